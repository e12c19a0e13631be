// Owns the server: its rooms, its users, its sessions, and the turn in which they are served.
import { Fault, type FaultName } from '../protocol/faults.ts';
import { PresenceState } from '../protocol/gen/kentongan/v1/kentongan.ts';
import {
  ANNOUNCEMENT_BYTES_MAX,
  APPENDS_IN_FLIGHT_TOTAL_BYTES_MAX,
  SERVER_ID_BYTES,
} from '../protocol/limits.ts';
import { utf8Bytes } from '../protocol/names.ts';
import { type RoomLog, type Seq, seqOf } from '../roomlog/roomlog.ts';
import { drainingFrame } from './answers.ts';
import { BoundNames, type BoundNameStatus, type Released } from './bound-names.ts';
import { Crowd } from './crowd.ts';
import { erase, type Erased } from './erasing.ts';
import type { Follower } from './follower.ts';
import type { InletHost } from './inlet.ts';
import { type HubOptions, type Settings, settingsOf } from './options.ts';
import type { Connection, Ports } from './ports.ts';
import { type Limits, limitsOf } from './rate.ts';
import type { ReleasedName } from './released-names.ts';
import type { Room, RoomHost } from './room.ts';
import { Rooms } from './rooms.ts';
import { Session, type SessionInput } from './session.ts';
import { Held, MINUTE_MS, Quota } from './sources.ts';
import { type HubStatus, statusOf } from './status.ts';
import { Tails } from './tails.ts';
import { Turn } from './turn.ts';
import { type User, Users } from './user.ts';

type State =
  | { at: 'serving' }
  | { at: 'draining'; retryAfterMs: number; onDrained: () => void }
  | { at: 'drained' };

/** A draining server ends the sessions that are left after so long. */
const DRAIN_MS_MAX = 10_000;
/** Its multiples, modulo 1, lie as evenly as can be, however many there are. */
const GOLDEN_RATIO = 0.618_033_988_75;

export class Hub implements RoomHost, InletHost {
  readonly log: RoomLog;
  readonly ports: Ports;
  readonly settings: Settings;
  readonly tails = new Tails();
  readonly serverId: Uint8Array;
  readonly users = new Users();
  readonly names: BoundNames;
  readonly rooms: Rooms;
  readonly turn: Turn;
  /** Hellos that failed, by source. */
  readonly attempts: Quota;
  /** Of whoever has no rate of its own. */
  readonly #limits: Limits;
  readonly #held: Held;
  readonly #sessions = new Set<Session>();
  readonly #newcomers = new Crowd<Session>();
  #sessionsEver = 0;
  #appendBytes = 0;
  #appends = 0;
  #sweptAt: number;
  #state: State = { at: 'serving' };

  constructor(log: RoomLog, ports: Ports, options: HubOptions) {
    this.log = log;
    this.ports = ports;
    this.settings = settingsOf(options);
    this.#limits = limitsOf(this.settings);
    this.serverId = options.serverId ?? ports.crypto.random(SERVER_ID_BYTES);
    this.turn = new Turn(ports.clock, () => this.#drainIfIdle());
    this.attempts = new Quota(this.settings.attemptsPerMinute, MINUTE_MS);
    this.#held = new Held(this.settings.heldPerSource);
    // Whose name is bound has private rooms to come back to.
    this.names = new BoundNames(this);
    this.rooms = new Rooms(this);
    for (const user of this.users.present()) if (this.names.isReleased(user)) this.evict(user);
    this.#sweptAt = ports.clock.monotonic();
    this.#sweepLater();
  }

  // For transports and the composition root

  /** A new connection. Undefined: there is no place for it; close it without a word. */
  accept(connection: Connection): SessionInput | undefined {
    if (this.isStopping || this.#sessions.size >= this.settings.connectionsMax) return undefined;
    this.#boundNewcomers();
    const session = new Session(++this.#sessionsEver, this, connection);
    this.#sessions.add(session);
    this.#newcomers.add(session, connection.source);
    this.ports.observe({ event: 'opened', session: session.number, address: connection.address });
    return session;
  }

  /** Lets a follower read every room that it wants, now and later. */
  follow(follower: Follower): void {
    this.rooms.follow(follower);
  }

  /** Says something to a whole public room, as the server. */
  announce(name: string, text: string, done: (result: { seq: Seq } | { fault: FaultName }) => void): void {
    const room = this.rooms.get(name);
    const bytes = utf8Bytes(text);
    if (this.isStopping) done({ fault: 'DRAINING' });
    else if (room === undefined || room.isPrivate) done({ fault: 'NO_SUCH_ROOM' });
    else if (room.isDamaged) done({ fault: 'ROOM_QUARANTINED' });
    else if (bytes === 0) done({ fault: 'BAD_FIELD' });
    else if (bytes > ANNOUNCEMENT_BYTES_MAX) done({ fault: 'TEXT_TOO_LONG' });
    else {
      const decided = this.appending(bytes);
      room.announce(text, (outcome) => {
        done(outcome.status === 'failed' ? { fault: outcome.failure } : { seq: seqOf(outcome) });
        decided();
      });
    }
  }

  /** Erases what an entry of any room says, for everybody and for ever. */
  erase(name: string, seq: Seq, done: (result: Erased) => void): void {
    const room = this.rooms.get(name);
    if (room === undefined) {
      done({ refusal: 'NO_SUCH_ROOM' });
      return;
    }
    const decided = this.appending(0);
    const refusal = (): FaultName | undefined => {
      if (this.isStopping) return 'DRAINING';
      if (room.isDamaged) return 'ROOM_QUARANTINED';
      return this.rooms.get(name) === room ? undefined : 'NO_SUCH_ROOM';
    };
    erase(room, seq, refusal, (result) => {
      done(result);
      decided();
    });
  }

  /** All bound names, in order. */
  boundNames(): readonly BoundNameStatus[] {
    return this.names.all();
  }

  /** Names that their keys may not have for a while, in order. */
  releasedNames(): readonly ReleasedName[] {
    return this.names.released();
  }

  /** Takes a bound name from its key: its sessions end, it is free, and the key does not get it for a day. */
  releaseName(name: string, done: (result: Released) => void): void {
    this.names.release(name, done);
  }

  /**
   * Stops: nobody new, nothing new; what is under way is stored and answered, then every session ends.
   * @param retryAfterMs clients come back at a moment between this and twice this
   */
  drain(retryAfterMs: number, onDrained: () => void): void {
    if (this.#state.at !== 'serving') return;
    const cancel = this.ports.clock.after(DRAIN_MS_MAX, () => this.#endAll());
    const done = (): void => {
      cancel();
      onDrained();
    };
    this.#state = { at: 'draining', retryAfterMs, onDrained: done };
    for (const session of this.#sessions) {
      if (session.isOpen) session.outlet.answer(drainingFrame(this.#retryAfterMs(session)));
    }
    this.#drainIfIdle();
  }

  status(): HubStatus {
    return statusOf(this.#sessions.size, this.users.size, this.#appendBytes, this.rooms.all());
  }

  // For sessions

  /** Nothing that comes in is dealt with any more, and nothing is appended by the server itself. */
  get isStopping(): boolean {
    return this.#state.at !== 'serving';
  }

  /** So much is undecided that whoever has a part in it is not read. */
  get isFull(): boolean {
    return this.#appendBytes >= APPENDS_IN_FLIGHT_TOTAL_BYTES_MAX;
  }

  /** When a session may come back: evenly spread, so that not all come at once, and the same whenever asked. */
  #retryAfterMs({ number }: Session): number {
    const base = this.#state.at === 'draining' ? this.#state.retryAfterMs : 0;
    return Math.round(base * (1 + ((number * GOLDEN_RATIO) % 1)));
  }

  appending(bytes: number): () => void {
    this.#appends++;
    this.#appendBytes += bytes;
    return () => {
      const wasFull = this.isFull;
      this.#appends--;
      this.#appendBytes -= bytes;
      if (wasFull && !this.isFull) for (const session of this.#sessions) this.turn.resume(session);
      // Perhaps nobody is woken by it, and a draining server waits for this alone.
      if (this.#state.at === 'draining' && this.#appends === 0) {
        this.ports.clock.defer(() => this.#drainIfIdle());
      }
    };
  }

  limitsFor(user: User | undefined): Limits {
    const isGranted = user !== undefined && this.settings.rateFor.has(user.folded);
    return isGranted ? limitsOf(this.settings, user.folded) : this.#limits;
  }

  welcomed(session: Session): void {
    this.#newcomers.delete(session);
  }

  enteredBy(user: User, session: Session): void {
    user.cancelEnd?.();
    user.cancelEnd = undefined;
    this.#held.remove(user);
    const wasAway = user.sessions.size === 0;
    user.sessions.add(session);
    this.names.used(user);
    if (!wasAway) return;
    for (const room of user.privateRooms) room.signalPresence(user, PresenceState.HERE);
    if (user.rooms.size > 0) this.ports.observe({ event: 'returned', name: user.name });
  }

  leftBy(user: User, session: Session): void {
    user.sessions.delete(session);
    if (user.sessions.size > 0) return;
    user.heldUntil = this.ports.clock.monotonic() + this.settings.graceMs;
    for (const room of user.privateRooms) room.signalPresence(user, PresenceState.HELD);
    if (user.rooms.size > 0) this.ports.observe({ event: 'held', name: user.name });
    if (user.privateRooms.size > 0 && !user.isBound) {
      user.cancelEnd = this.ports.clock.after(this.settings.graceMs, () => {
        user.cancelEnd = undefined;
        this.released(user);
      });
    }
    this.released(user);
    // What a bound name alone keeps is not held.
    if (user.rooms.size === 0 && user.cancelEnd === undefined) return;
    const surplus = this.#held.add(user, session.connection.source);
    if (surplus !== undefined) this.#endGrace(surplus);
  }

  forget(session: Session, code: number): void {
    if (!this.#sessions.delete(session)) return;
    this.#newcomers.delete(session);
    this.turn.forget(session);
    const { number, connection, inlet, outlet } = session;
    const bytes = { bytesIn: inlet.bytesIn, bytesOut: outlet.bytesOut };
    const name = session.user?.name ?? '';
    const event = { event: 'closed', session: number, address: connection.address, name, code } as const;
    this.ports.observe({ ...event, ...bytes });
    if (this.#state.at === 'draining') this.#drainIfIdle();
  }

  // For rooms

  closed(room: Room): void {
    this.rooms.remove(room);
    for (const user of room.pair ?? []) this.users.forgetGone(user);
  }

  /** Nothing holds this user any more, unless something does. */
  released(user: User): void {
    if (user.sessions.size > 0 || user.rooms.size > 0 || user.cancelEnd !== undefined) return;
    if (this.users.byKey(user.key) !== user) return;
    this.#held.remove(user);
    if (user.isBound) return;
    this.users.remove(user);
    this.rooms.endSidesOf(user);
  }

  evict(user: User): void {
    user.isEvicted = true;
    this.#endGrace(user);
  }

  // Inside

  /** The name of a user without a session is held no longer. */
  #endGrace(user: User): void {
    user.heldUntil = this.ports.clock.monotonic();
    for (const room of [...user.rooms]) room.endGrace(user);
    user.cancelEnd?.();
    user.cancelEnd = undefined;
    this.released(user);
  }

  #sweepLater(): void {
    const { pingIntervalMs, stallMs, helloTimeoutMs } = this.settings;
    const ms = Math.max(10, Math.min(1_000, pingIntervalMs / 4, stallMs / 4, helloTimeoutMs / 4));
    this.ports.clock.after(ms, () => {
      if (this.#state.at === 'drained') return;
      const now = this.ports.clock.monotonic();
      const since = now - this.#sweptAt;
      this.#sweptAt = now;
      for (const session of this.#sessions) session.sweep(since);
      this.#sweepLater();
    });
  }

  #drainIfIdle(): void {
    if (this.#state.at !== 'draining') return;
    if (this.#sessions.size === 0) this.#drained(this.#state.onDrained);
    else if (this.#appends === 0 && this.turn.isIdle) this.#endAll();
  }

  /** Who says nothing takes no place from who does. */
  #boundNewcomers(): void {
    if (this.#newcomers.size < this.settings.unwelcomedMax) return;
    const longest = this.#newcomers.longestOfMost();
    if (longest === undefined) return;
    this.#newcomers.delete(longest);
    longest.end(new Fault('HELLO_TIMEOUT'));
  }

  #endAll(): void {
    for (const session of this.#sessions) {
      session.end(new Fault('DRAINING', { retryAfterMs: this.#retryAfterMs(session) }));
    }
  }

  #drained(onDrained: () => void): void {
    this.#state = { at: 'drained' };
    onDrained();
  }
}
