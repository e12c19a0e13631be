// The sends of one room that have no outcome yet, in the order in which they were made.
import { FaultCode, hexOf } from '../../src/protocol/index.ts';
import type { Receipt } from './api.ts';
import { asUnstored, ClientError, foreseen } from './errors.ts';
import type { Waiter } from './settle.ts';
import type { SdkClock } from './transport.ts';

/** One send. `state` and `floor` belong to its line. */
export interface Send {
  readonly id: Uint8Array;
  readonly text: string;
  readonly replyTo: number;
  /** Upper bound of its frame in bytes, prefix included. */
  readonly cost: number;
  /** Those who sent the same under the same id. */
  readonly waiters: Array<Waiter<Receipt>>;
  state: 'waiting' | 'written' | 'done';
  /** If it is stored, then behind this entry. Undefined: it surely is not. */
  floor: number | undefined;
  /** The floor of an attempt that was lost with its connection. */
  unanswered: number | undefined;
}

export interface LineOwner {
  /** The room's name, for errors and receipts. */
  room(): string;
  readonly clock: SdkClock;
  /** Something may be written that could not before. */
  onReady(): void;
  /** A written send of this cost is no longer on the wire. */
  onAnswered(cost: number): void;
}

/** The wait after a refusal that names none. */
const REFUSAL_RETRY_MS = 1_000;
/** Sends that are done are dropped from the front when they are so many, and half of all. */
const COMPACT_MIN = 256;

/**
 * Owns: the order of one room's sends.
 * Invariant: what is written next is the first that has no outcome and is not on the wire; nothing that was
 * refused or lost is overtaken by what stands behind it.
 *
 * Repeating is going back: `#next` returns to the front and everything without an outcome is written again.
 */
export class Line {
  readonly #owner: LineOwner;
  #sends: Send[] = [];
  #front = 0;
  #next = 0;
  /** Answers that are still to come on this connection; also to those whose own copy has come already. */
  #answersDue = 0;
  readonly #byId = new Map<string, Send>();
  #refused = false;
  #awaitsPing = false;
  #resumeAt = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(owner: LineOwner) {
    this.#owner = owner;
  }

  /** Sends without an outcome. */
  get size(): number {
    return this.#byId.size;
  }

  /** A refusal stopped the line; it goes on by itself. */
  get stopped(): boolean {
    return this.#refused || this.#cancelTimer !== undefined || this.#awaitsPing;
  }

  /** Takes a place in the order. The same content under the id of an unfinished send shares its outcome. */
  push(send: Pick<Send, 'id' | 'text' | 'replyTo' | 'cost'>, waiter: Waiter<Receipt>): void {
    const key = hexOf(send.id);
    const same = this.#byId.get(key);
    if (same === undefined) {
      const added: Send = {
        ...send,
        waiters: [waiter],
        state: 'waiting',
        floor: undefined,
        unanswered: undefined,
      };
      this.#byId.set(key, added);
      this.#sends.push(added);
    } else if (same.text === send.text && same.replyTo === send.replyTo) {
      same.waiters.push(waiter);
    } else {
      waiter.reject(asUnstored(foreseen(FaultCode.ID_REUSED, { room: this.#owner.room() })));
    }
  }

  /** What is to be written now, if anything. */
  next(): Send | undefined {
    if (this.stopped) return undefined;
    while (this.#sends[this.#next]?.state === 'done') this.#next++;
    return this.#sends[this.#next];
  }

  /** `next()` is on the wire. `newest`: the newest entry of the room that is known to exist. */
  written(send: Send, newest: number): void {
    send.state = 'written';
    send.floor ??= newest;
    this.#next++;
    this.#answersDue++;
  }

  /** A send is in the log. */
  stored(send: Send, seq: number, time: number, duplicate: boolean): void {
    if (!this.#finish(send)) return;
    let repeated = duplicate;
    for (const waiter of send.waiters) {
      waiter.resolve({ room: this.#owner.room(), id: send.id, seq, time, duplicate: repeated });
      repeated = true;
    }
    this.#goOn();
  }

  /** The answer to a written send has come, and was told by `stored`, `rejected` or `refused`. */
  answered(): void {
    this.#answersDue--;
    this.#goOn();
  }

  /** An own entry came along the stream: as good as a receipt. */
  ownCopy(id: Uint8Array, seq: number, time: number): void {
    if (this.size === 0) return;
    const send = this.#byId.get(hexOf(id));
    if (send !== undefined) this.stored(send, seq, time, false);
  }

  /** Refused for good; those behind it are not affected. */
  rejected(send: Send, error: ClientError): void {
    if (!this.#finish(send)) return;
    // An attempt before this one may have been stored, whatever became of this one.
    reject(send, error, send.unanswered === undefined);
    this.#goOn();
  }

  /**
   * Refused for now. The server also refuses what stands behind it, until a Pong shows that we know
   * (KTG-9.11, KTG-9.12); so the line waits for the answers to all that was written, for the Ping
   * and for the time, and then repeats everything in its order.
   */
  refused(send: Send, error: ClientError): void {
    // A retry may be refused whose own copy came meanwhile: it is done, but the line behind it is stopped all the same.
    if (send.state === 'written') {
      this.#offWire(send);
      send.state = 'waiting';
      // This attempt surely is not stored; one that a lost connection took along still may be.
      send.floor = send.unanswered;
    }
    const outOfLine = error.code === FaultCode.OUT_OF_LINE;
    // Each refusal has a Ping behind it, of its own or one that it shares with others; OUT_OF_LINE has none.
    if (!outOfLine) this.#awaitsPing = true;
    this.#refused = true;
    this.#pauseFor(error.retryAfterMs > 0 || outOfLine ? error.retryAfterMs : REFUSAL_RETRY_MS);
    this.#goOn();
  }

  /** A Ping was answered. */
  ponged(): void {
    if (!this.#awaitsPing) return;
    this.#awaitsPing = false;
    this.#goOn();
  }

  /** The session is lost: what was on the wire may or may not be stored. All of it is to be repeated. */
  detach(): void {
    for (const send of this.#sends) {
      if (send.state !== 'written') continue;
      this.#offWire(send);
      send.state = 'waiting';
      send.unanswered = send.floor;
    }
    this.#answersDue = 0;
    this.#awaitsPing = false;
    this.#refused = false;
    this.#rewind();
  }

  /**
   * The entries before `oldest` no longer exist, nor their ids: a send that may stand there must not be repeated
   * by itself, and what stands behind it must not overtake it.
   */
  truncated(oldest: number): void {
    const first = this.#sends.findIndex(
      ({ state, floor }) => state !== 'done' && floor !== undefined && oldest > floor + 1,
    );
    if (first < 0) return;
    const error = new ClientError('log-truncated', 'whether this was stored can no longer be known', {
      room: this.#owner.room(),
    });
    this.#rejectFrom(first, error);
  }

  /** Ends all that has no outcome. */
  rejectAll(error: ClientError): void {
    this.#rejectFrom(0, error);
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#refused = false;
    this.#awaitsPing = false;
  }

  #rejectFrom(first: number, error: ClientError): void {
    for (const send of this.#sends.slice(first)) {
      if (this.#finish(send)) reject(send, error, send.floor === undefined);
    }
  }

  /** False: it had its outcome already. */
  #finish(send: Send): boolean {
    if (send.state === 'done') return false;
    if (send.state === 'written') this.#offWire(send);
    send.state = 'done';
    this.#byId.delete(hexOf(send.id));
    this.#compact();
    return true;
  }

  #offWire(send: Send): void {
    this.#owner.onAnswered(send.cost);
  }

  #goOn(): void {
    if (this.#refused) {
      if (this.#answersDue > 0) return;
      this.#refused = false;
      this.#rewind();
    }
    if (!this.stopped) this.#owner.onReady();
  }

  #rewind(): void {
    this.#next = this.#front;
  }

  #pauseFor(ms: number): void {
    const { clock } = this.#owner;
    const resumeAt = clock.monotonic() + ms;
    if (ms === 0 || (this.#cancelTimer !== undefined && resumeAt <= this.#resumeAt)) return;
    this.#cancelTimer?.();
    this.#resumeAt = resumeAt;
    this.#cancelTimer = clock.after(ms, () => {
      this.#cancelTimer = undefined;
      this.#goOn();
    });
  }

  #compact(): void {
    while (this.#sends[this.#front]?.state === 'done') this.#front++;
    if (this.#next < this.#front) this.#next = this.#front;
    if (this.#front < COMPACT_MIN || this.#front * 2 < this.#sends.length) return;
    this.#sends = this.#sends.slice(this.#front);
    this.#next -= this.#front;
    this.#front = 0;
  }
}

function reject(send: Send, error: ClientError, isUnstored: boolean): void {
  const told = isUnstored ? asUnstored(error) : error;
  for (const waiter of send.waiters) waiter.reject(told);
}
