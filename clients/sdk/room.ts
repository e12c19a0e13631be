// One room across all sessions: the way in and out, and what is sent to it.
import {
  type Author,
  Durability,
  FaultCode,
  type Frame,
  isPublicRoom,
  type Joined,
  type Left,
  Mode,
  Reason,
  sameBytes,
  Status,
  type Welcome,
} from '../../src/protocol/index.ts';
import type { JoinOptions, RoomView } from './api.ts';
import { writeChat } from './chat.ts';
import { authorOf, type Entry } from './entry.ts';
import { ClientError, foreseen } from './errors.ts';
import { Line, type Send } from './line.ts';
import { writeJoin, writeLeave } from './membership.ts';
import type { RoomHost } from './room-host.ts';
import type { Session, SystemKind } from './session.ts';
import { type Waiter, Waiters } from './settle.ts';
import { Stream } from './stream.ts';

/**
 *     away ─Join written─► asking ─Joined─► entering ─Roster─► in ─Leave written─► leaving
 *      ▲                     │ 2xxx            │               │                      │
 *      └──── session lost ───┴─────────────────┴───────────────┴──────────────────────┘
 *     any ─Left, refusal, close─► out
 */
type State =
  | { readonly at: 'away' | 'asking' | 'entering' | 'in' }
  /** `displaced`: the server's cursor was moved by another Join; its stream means nothing here. */
  | { readonly at: 'leaving'; readonly displaced: boolean }
  | { readonly at: 'out'; readonly error: ClientError };

/** The Leave was carried out and only its answer lost, or nothing of us was there. */
const LEFT_ALREADY: Left = { reason: Reason.LEFT, by: undefined, seq: 0 };
/** The wait before a refused Join or Leave is repeated, when the refusal names none. */
const REFUSAL_RETRY_MS = 1_000;

/** Owns: the state of one room, its stream and its line. Whatever emits does so last: a listener may do anything. */
export class Room {
  readonly line: Line;
  readonly stream: Stream;
  readonly view: RoomView;
  readonly #host: RoomHost;
  readonly #options: JoinOptions;
  #name: string;
  #peer: Author | undefined;
  #durability: Durability = Durability.UNSPECIFIED;
  #state: State = { at: 'away' };
  #everEntered = false;
  readonly #joining = new Waiters<RoomView>();
  readonly #leaving = new Waiters<void>();
  #cancelRetry: (() => void) | undefined;

  constructor(name: string, options: JoinOptions, host: RoomHost) {
    this.#name = name;
    this.#options = options;
    this.#host = host;
    this.stream = new Stream(options.have);
    this.line = new Line({
      clock: host.clock,
      room: () => this.#name,
      onReady: () => host.onReady(this),
      onAnswered: (cost) => host.onAnswered(cost),
    });
    this.view = host.viewOf(this);
  }

  get name(): string {
    return this.#name;
  }

  get peer(): Author | undefined {
    return this.#peer;
  }

  get durability(): Durability {
    return this.#durability;
  }

  /** In the room in the present session: what is asked about it or sent to it can go out. */
  get attached(): boolean {
    return this.#state.at === 'entering' || this.#state.at === 'in';
  }

  /** Why nothing more can be asked of this room. */
  get ended(): ClientError | undefined {
    if (this.#state.at === 'out') return this.#state.error;
    return this.#leaving.size > 0 ? leftError(this.#name) : undefined;
  }

  awaitEntered(waiter: Waiter<RoomView>): void {
    if (this.#state.at === 'out') waiter.reject(this.#state.error);
    else if (this.#state.at === 'in') waiter.resolve(this.view);
    else this.#joining.add(waiter);
  }

  leave(waiter: Waiter<void>): void {
    if (this.#state.at === 'out') {
      waiter.resolve();
      return;
    }
    this.#leaving.add(waiter);
    this.#leaveIfDone();
  }

  /** A session is open: enters, again or for the first time. */
  attach(session: Session, welcome: Welcome): void {
    if (this.#state.at === 'out') return;
    if (this.#leaving.size > 0 && !this.#isMember(welcome)) {
      this.#end(LEFT_ALREADY);
    } else {
      this.#ask(session);
    }
  }

  /** The session is lost. */
  detach(): void {
    if (this.#state.at === 'out') return;
    this.#state = { at: 'away' };
    this.#cancelRetry?.();
    this.line.detach();
  }

  /** Ends without an event: only those who wait for something hear of it. */
  close(error: ClientError): void {
    if (this.#state.at === 'out') return;
    this.#state = { at: 'out', error };
    this.#cancelRetry?.();
    this.#host.onGone(this, error);
    this.line.rejectAll(error);
    this.#joining.reject(error);
    // Who wanted to leave is out.
    if (error.reason === 'left' || error.code === FaultCode.ROOM_QUARANTINED) this.#leaving.resolve();
    else this.#leaving.reject(error);
  }

  nextSend(): Send | undefined {
    return this.attached ? this.line.next() : undefined;
  }

  writeSend(session: Session, send: Send): void {
    writeChat(session, this, send, (refusal) => {
      this.#host.onReady(this);
      this.#leaveIfDone();
      if (refusal !== undefined) this.#host.emitter.emit('fault', refusal);
    });
    this.#leaveIfDone();
  }

  /** Leaves when that was asked for and everything sent before is on the wire, or stopped by a refusal. */
  #leaveIfDone(): void {
    const session = this.#host.session();
    if (this.#leaving.size === 0 || this.#state.at !== 'in' || session === undefined) return;
    if (!this.line.stopped && this.line.next() !== undefined) return;
    this.#state = { at: 'leaving', displaced: false };
    writeLeave(session, this.#name, {
      onDone: (left) => this.#end(left),
      onDeferred: (error) => this.#retry(error, () => this.#leaveAgain()),
      onRefused: () => this.#end(LEFT_ALREADY),
    });
  }

  /** Takes a frame of this room that answers no request. */
  take(frame: Frame): void {
    // Joining anew within a session moves the server's cursor: what comes before its Joined is of the old place.
    if (!this.attached && this.#state.at !== 'leaving') return;
    const system = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
    if (this.#state.at === 'leaving' && this.#state.displaced && system?.$case !== 'left') return;
    if (frame.seq !== 0) this.#takeEntry(frame);
    else if (system !== undefined) this.#takeSystem(system);
  }

  /** The room was joined under another name, which moved the server's cursor: takes it back to where we are. */
  adopt(waiters: ReadonlyArray<Waiter<RoomView>>): void {
    this.#joining.add(...waiters);
    const session = this.#host.session();
    if (this.attached && session !== undefined) this.#ask(session);
    else if (this.#state.at === 'leaving') this.#state = { at: 'leaving', displaced: true };
  }

  #ask(session: Session): void {
    this.#state = { at: 'asking' };
    const have = this.stream.position;
    const last = this.#everEntered ? 0 : (this.#options.last ?? 0);
    const mode = this.#options.mode ?? Mode.MEMBER;
    writeJoin(
      session,
      this.#name,
      { have, last, mode },
      {
        onDone: (joined, room) => this.#onJoined(joined, room),
        onDeferred: (error) => this.#retry(error, () => this.#askAgain()),
        onRefused: (error) => this.#endRefused(error),
      },
    );
  }

  #onJoined(joined: Joined, room: string): void {
    if (this.#state.at !== 'asking') return;
    if (room !== this.#name) {
      const known = this.#host.onNamed(this, room);
      this.#name = room;
      if (known !== undefined) {
        const waiters = this.#joining.take();
        this.close(leftError(room));
        known.adopt(waiters);
        return;
      }
    }
    const status = this.stream.enter(joined);
    if (status === Status.NEW_LOG) {
      this.line.rejectAll(
        new ClientError('log-changed', 'the log of this room is another one now', { room }),
      );
    } else {
      this.line.truncated(joined.oldest);
    }
    this.stream.roster.startOver();
    this.#durability = joined.durability;
    this.#peer = joined.peer === undefined ? undefined : authorOf(joined.peer);
    this.#everEntered = true;
    this.#state = { at: 'entering' };
    // Who only sends gets no roster.
    if (!this.#follows) this.#enter();
    this.#host.onEntered(this);
    const { first, newest, oldest } = joined;
    this.#host.emitter.emit('joined', this.view, { status, first, newest, oldest });
  }

  #enter(): void {
    this.#state = { at: 'in' };
    this.#joining.resolve(this.view);
    this.#leaveIfDone();
  }

  #takeEntry(frame: Frame): void {
    const entry = this.stream.advance(frame);
    // Nobody says whose it was that was erased, but nobody else has the id of what has no answer yet (KTG-10.19).
    if (this.line.size > 0 && (this.#isOwn(entry) || entry.kind.type === 'removed')) {
      this.line.ownCopy(entry.id, entry.seq, entry.time);
      this.#host.onReady(this);
    }
    this.#host.emitter.emit('entry', entry, this.view);
  }

  #takeSystem(system: SystemKind): void {
    const { emitter } = this.#host;
    const { roster } = this.stream;
    switch (system.$case) {
      case 'roster':
        if (!roster.take(system.value)) return;
        if (this.#state.at === 'entering') this.#enter();
        emitter.emit('roster', this.view);
        return;
      case 'gap':
        this.stream.jump(system.value.next);
        emitter.emit('gap', this.view, system.value.next);
        return;
      case 'left':
        this.#end(system.value);
        return;
      case 'presence': {
        const { user, listenersChanged } = roster.presence(system.value);
        if (user !== undefined) emitter.emit('presence', this.view, user, system.value.state);
        if (listenersChanged && this.#state.at !== 'out') emitter.emit('roster', this.view);
        return;
      }
      default:
    }
  }

  #askAgain(): void {
    const session = this.#host.session();
    if (session !== undefined) this.#ask(session);
  }

  #leaveAgain(): void {
    if (this.#state.at === 'leaving' && this.#state.displaced) {
      this.#askAgain();
      return;
    }
    this.#state = { at: 'in' };
    // What was refused together with the Leave goes out again before it.
    this.#host.onReady(this);
    this.#leaveIfDone();
  }

  #retry(error: ClientError, again: () => void): void {
    const ms = error.retryAfterMs > 0 ? error.retryAfterMs : REFUSAL_RETRY_MS;
    this.#cancelRetry = this.#host.clock.after(ms, again);
    this.#host.emitter.emit('fault', error);
  }

  #endRefused(cause: ClientError): void {
    const wasIn = this.#everEntered;
    this.close(cause);
    if (wasIn)
      this.#host.emitter.emit('left', { room: this.#name, reason: Reason.UNSPECIFIED, seq: 0, cause });
  }

  #end({ reason, by, seq }: Left): void {
    if (this.#state.at === 'out') return;
    const cause = reason === Reason.QUARANTINED ? damagedError(this.#name) : undefined;
    this.close(cause ?? leftError(this.#name));
    const who = by === undefined ? {} : { by: authorOf(by) };
    const why = cause === undefined ? {} : { cause };
    this.#host.emitter.emit('left', { room: this.#name, reason, ...who, seq, ...why });
  }

  get #follows(): boolean {
    return this.#options.mode !== Mode.SEND_ONLY;
  }

  #isOwn({ author }: Entry): boolean {
    const user = this.#host.session()?.welcome?.user;
    return user !== undefined && author !== undefined && sameBytes(author.user, user);
  }

  /** Whether a Leave is needed to end what the last session began. */
  #isMember(welcome: Welcome): boolean {
    const mode = this.#options.mode ?? Mode.MEMBER;
    const listed = mode === Mode.MEMBER || mode === Mode.UNSPECIFIED;
    return listed && isPublicRoom(this.#name) && welcome.rooms.includes(this.#name);
  }
}

/** As if the server had refused what is asked of the room now. */
function damagedError(room: string): ClientError {
  return foreseen(FaultCode.ROOM_QUARANTINED, { room });
}

function leftError(room: string): ClientError {
  return new ClientError('left', 'the room was left', { room });
}
