// Owns what must be true of the whole server at once: names, memberships, private pairs, and the verdict.
import { hexOf } from '../support/hex.ts';
import type { Proposal } from '../../src/roomlog/roomlog.ts';
import { Frame, Reason } from '../../src/protocol/index.ts';
import type { Pair, Store, StoredRoom } from './store.ts';

/** What a run counts. */
export interface Totals {
  clients: number;
  deliveries: number;
  entries: number;
  sends: number;
  cuts: number;
  resumes: number;
  failures: number;
  crashes: number;
  gaps: number;
  erasures: number;
  faults: number;
  hostile: number;
  /** Frames that were refused because they came too fast. */
  limited: number;
  /** Names that were bound. */
  bound: number;
}

export function noTotals(): Totals {
  return {
    clients: 0,
    deliveries: 0,
    entries: 0,
    sends: 0,
    cuts: 0,
    resumes: 0,
    failures: 0,
    crashes: 0,
    gaps: 0,
    erasures: 0,
    faults: 0,
    hostile: 0,
    limited: 0,
    bound: 0,
  };
}

/** A rule of the protocol that was broken. */
export interface Violation {
  readonly rule: string;
  readonly detail: string;
}

export interface JudgeSettings {
  readonly windowBytes: number;
  readonly graceMs: number;
  readonly restartGraceMs: number;
  readonly stallMs: number;
  readonly pingIntervalMs: number;
  readonly rate: number;
  readonly burst: number;
  readonly requestRate: number;
  readonly requestBurst: number;
}

/** What a proof was given for, and the proof. */
export interface Shown {
  readonly name: string;
  readonly key: Uint8Array;
  readonly clientNonce: Uint8Array;
  readonly signature: Uint8Array;
}

const PROOFS_MAX = 64;

/** One session as the judge sees it. */
export interface SessionFace {
  readonly label: string;
}

interface Holder {
  readonly user: string;
  readonly sessions: Set<SessionFace>;
}

interface Presence {
  readonly sessions: Set<SessionFace>;
  /** Of them, those that have asked to leave. */
  readonly leaving: Set<SessionFace>;
  /** When the last of them was lost, milliseconds; undefined: never, or it is not lost. */
  lostAt: number | undefined;
  graceMs: number;
}

/** Collects the first violation instead of throwing: whoever broke the rule might catch it. */
export class Judge {
  readonly store: Store;
  readonly settings: JudgeSettings;
  readonly totals: Totals = noTotals();
  /** The newest right proofs, for those who would like to use them once more. */
  readonly proofs: Shown[] = [];
  readonly #boundTo: (name: string) => string | undefined;
  readonly #nowMs: () => number;
  readonly #trace: (kind: string, detail: string) => void;
  readonly #pairs = new Map<string, readonly [string, string]>();
  readonly #holders = new Map<string, Holder>();
  readonly #present = new Map<string, Presence>();
  readonly #open = new Map<string, StoredRoom>();
  readonly #told = new Map<string, number>();
  readonly #released = new Set<string>();
  violation: Violation | undefined;
  /** The server takes nothing new any more. */
  draining = false;

  constructor(
    store: Store,
    settings: JudgeSettings,
    boundTo: (name: string) => string | undefined,
    nowMs: () => number,
    trace: (kind: string, detail: string) => void,
  ) {
    this.store = store;
    this.settings = settings;
    this.#boundTo = boundTo;
    this.#nowMs = nowMs;
    this.#trace = trace;
  }

  get nowMs(): number {
    return this.#nowMs();
  }

  broken(rule: string, detail: string): void {
    this.#trace('BROKEN', `${rule}: ${detail}`);
    this.violation ??= { rule, detail };
  }

  check(holds: boolean, rule: string, detail: () => string): void {
    if (!holds) this.broken(rule, detail());
  }

  /** The engine has made a room known. */
  roomOpened(stored: StoredRoom, pair: Pair | undefined): void {
    this.#open.set(stored.name, stored);
    this.check(
      (pair !== undefined) === stored.name.startsWith('~'),
      'private rooms have two users, others none',
      () => stored.name,
    );
    if (pair === undefined) return;
    const users = [hexOf(pair[0]), hexOf(pair[1])].toSorted() as [string, string];
    const known = this.#pairs.get(stored.name);
    this.check(
      known === undefined || (known[0] === users[0] && known[1] === users[1]),
      'a private room belongs to two users, not to two names',
      () => stored.name,
    );
    this.#pairs.set(stored.name, users);
  }

  /** The room as it is now, with or without entries. */
  room(name: string): StoredRoom | undefined {
    return this.store.rooms.get(name) ?? this.#open.get(name);
  }

  pairOf(room: string): readonly [string, string] | undefined {
    return this.#pairs.get(room);
  }

  get privateRooms(): readonly string[] {
    return [...this.#pairs.keys()];
  }

  /** Private rooms of this user in which something stands. */
  privateRoomsOf(user: string): StoredRoom[] {
    return [...this.store.rooms.values()].filter((room) => {
      return room.newest > 0 && this.#pairs.get(room.name)?.includes(user) === true;
    });
  }

  /** Some session of this user has entries of a private room up to `seq`, or was told of them. */
  told(user: string, room: string, seq: number): void {
    if (room.startsWith('~')) this.#told.set(key(user, room), Math.max(seq, this.toldOf(user, room)));
  }

  toldOf(user: string, room: string): number {
    return this.#told.get(key(user, room)) ?? 0;
  }

  /** Whether this room may be known to this user. */
  mayKnow(room: string, user: string | undefined): boolean {
    if (!room.startsWith('~')) return true;
    return user !== undefined && (this.#pairs.get(room)?.includes(user) ?? false);
  }

  /** @param isBound what the Welcome says */
  welcomed(session: SessionFace, name: string, user: string, isBound: boolean): void {
    const folded = name.toLowerCase();
    const owner = this.#boundTo(name);
    this.check(owner === undefined || owner === user, 'a bound name is its key’s alone', () => name);
    this.check(!isBound || owner === user, 'a name is bound durably before the Welcome', () => name);
    const holder = this.#holders.get(folded);
    if (holder !== undefined && holder.user !== user) {
      this.check(holder.sessions.size === 0, 'a name belongs to one user at a time', () => name);
      const held = [...this.store.rooms.values()].find((room) => {
        const presence = this.#present.get(key(holder.user, room.name));
        return (
          room.members.has(holder.user) &&
          presence?.lostAt !== undefined &&
          !this.wasReleased(holder.user) &&
          this.nowMs < presence.lostAt + presence.graceMs
        );
      });
      this.check(held === undefined, 'a name is held for the grace', () => `${name} in ${held?.name}`);
    }
    if (holder?.user === user) holder.sessions.add(session);
    else this.#holders.set(folded, { user, sessions: new Set([session]) });
  }

  proven(shown: Shown): void {
    if (this.proofs.push(shown) > PROOFS_MAX) this.proofs.shift();
  }

  /** The operator takes the name of this user. */
  releasing(user: string): void {
    this.#released.add(user);
  }

  wasReleased(user: string): boolean {
    return this.#released.has(user);
  }

  /** The session is over, whoever ended it. */
  ended(session: SessionFace, name: string): void {
    this.#holders.get(name.toLowerCase())?.sessions.delete(session);
  }

  attached(session: SessionFace, user: string, room: string): void {
    const presence = this.#presence(user, room);
    presence.sessions.add(session);
    presence.leaving.delete(session);
    presence.lostAt = undefined;
  }

  detached(session: SessionFace, user: string, room: string, lost: boolean): void {
    const presence = this.#presence(user, room);
    presence.leaving.delete(session);
    if (!presence.sessions.delete(session) || presence.sessions.size > 0 || !lost) return;
    presence.lostAt = this.nowMs;
    presence.graceMs = this.settings.graceMs;
  }

  /** A session was lost before its Join was answered: the ordinary grace counts from here, if the Join was heard. */
  returnedInVain(user: string, room: string): void {
    const presence = this.#present.get(key(user, room));
    if (presence?.lostAt !== undefined) presence.graceMs = Math.min(presence.graceMs, this.settings.graceMs);
  }

  /** A session has asked to leave: it may be out before it hears of it. `isRefused`: it stays. */
  leaving(session: SessionFace, user: string, room: string, isRefused: boolean): void {
    const presence = this.#present.get(key(user, room));
    if (isRefused) presence?.leaving.delete(session);
    else presence?.leaving.add(session);
  }

  /** A session was lost before its Leave was answered: there is no grace for who wants to go. */
  wantedOut(user: string, room: string): void {
    const presence = this.#present.get(key(user, room));
    if (presence !== undefined) presence.lostAt = undefined;
  }

  /** Who has a session in the room now, as a listed member. */
  present(user: string, room: string): boolean {
    return (this.#present.get(key(user, room))?.sessions.size ?? 0) > 0;
  }

  /** The process died; whoever is in a durable member table is held from now on. */
  restarted(): void {
    this.#present.clear();
    this.#open.clear();
    for (const holder of this.#holders.values()) holder.sessions.clear();
    for (const room of this.store.rooms.values()) {
      for (const user of room.members.keys()) {
        const presence = this.#presence(user, room.name);
        presence.lostAt = this.nowMs;
        presence.graceMs = this.settings.restartGraceMs;
      }
    }
  }

  /** An entry takes its place in the order of its room. */
  proposed(room: string, { body, member }: Proposal): void {
    if (member === undefined) return;
    this.check(!room.startsWith('~'), 'private rooms have no Join and no Leave', () => room);
    if (member.op === 'join') return;
    const frame = Frame.decode(body);
    const user = hexOf(member.user);
    if (frame.kind?.$case !== 'leave' || frame.kind.value.reason !== Reason.LOST) return;
    const presence = this.#present.get(key(user, room));
    const who = (): string => `${frame.author?.name} in ${room}`;
    const staying = [...(presence?.sessions ?? [])].filter((each) => presence?.leaving.has(each) !== true);
    this.check(staying.length === 0, 'nobody present is entered as lost', who);
    this.check(
      presence?.lostAt === undefined ||
        this.nowMs >= presence.lostAt + presence.graceMs - 1 ||
        this.wasReleased(user),
      'a member is held for the grace',
      who,
    );
  }

  #presence(user: string, room: string): Presence {
    const known = this.#present.get(key(user, room));
    if (known !== undefined) return known;
    const fresh: Presence = {
      sessions: new Set(),
      leaving: new Set(),
      lostAt: undefined,
      graceMs: this.settings.graceMs,
    };
    this.#present.set(key(user, room), fresh);
    return fresh;
  }
}

function key(user: string, room: string): string {
  return `${user} ${room}`;
}
