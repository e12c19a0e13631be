// Owns everything that comes in on one connection, and what it has to wait for.
import { FrameSplitter } from '../protocol/framing.ts';
import {
  APPENDS_IN_FLIGHT_PER_SESSION_BYTES_MAX,
  APPENDS_IN_FLIGHT_PER_SESSION_MAX,
  FRAME_BYTES_MAX,
  FRAME_BYTES_MAX_BEFORE_WELCOME,
  INPUT_WAITING_BYTES_MAX,
} from '../protocol/limits.ts';
import type { Connection, Ports } from './ports.ts';
import { type Limits, Rate } from './rate.ts';

/** What an inlet shares with all others. */
export interface InletHost {
  readonly ports: Pick<Ports, 'clock'>;
  /** Nothing that comes in is dealt with any more. */
  readonly isStopping: boolean;
  /** So much is undecided that whoever has a part in it is not read. */
  readonly isFull: boolean;
  /** What all sessions together do in one turn. */
  readonly turn: { readonly isFull: boolean; readonly now: number; countFrame(): void };
  /** Counts bytes of an append; the result is called when it is decided. */
  appending(bytes: number): () => void;
}

/** Frames of one session that are dealt with before others have their turn. */
const FRAMES_PER_TURN_MAX = 64;
/** Many tiny chunks must not pin more memory than the bytes they carry. */
const CHUNKS_WAITING_MAX = 1_024;
/** What is delayed waits at least for so long: fewer timers, and several frames to one commit. */
const DELAY_MS_MIN = 20;
/** Time in which input has to wait, but moves, counts so many times less for the stall rule. */
const WAITING_COUNTS_LESS = 8;

/**
 * Frames are handed out one by one, and not before what stands in their way is decided: a Join or a Leave, or
 * too many appends; and not faster than the rates allow. What waits is bounded: then the transport is not read.
 */
export class Inlet {
  readonly #connection: Connection;
  readonly #host: InletHost;
  /** Asks for calls to `next` in this turn of the event loop. */
  readonly #resume: () => void;
  readonly #splitter = new FrameSplitter(FRAME_BYTES_MAX_BEFORE_WELCOME);
  #held = false;
  #appends = 0;
  #appendBytes = 0;
  #paused = false;
  #left = FRAMES_PER_TURN_MAX;
  #limits: Limits | undefined;
  /** Each is made when it is needed for the first time: full, as it would be by then. */
  #chats: Rate | undefined;
  #requests: Rate | undefined;
  /** The rate that is owed something, if any: there is one at most. */
  #owed: Rate | undefined;
  /** Set while the input is delayed: ends that without a word. */
  #cancelDelay: (() => void) | undefined;
  /** What stands before this offset was there when a delay ended. */
  #delayedTo = 0;
  /** Where in all bytes the newest frame began. */
  #began = 0;
  /** The same when it was last asked how much of the time counts. */
  #beganBefore = 0;
  bytesIn = 0;

  constructor(connection: Connection, host: InletHost, resume: () => void) {
    this.#connection = connection;
    this.#host = host;
    this.#resume = resume;
  }

  /** Nothing is undecided, and every whole frame has been handed out. */
  get isIdle(): boolean {
    return !this.#held && this.#appends === 0 && !this.#paused && this.#left > 0 && !this.#isDelayed;
  }

  /** More has come than is allowed: the newest frame had to wait, or the next one has to. */
  get isBehind(): boolean {
    return this.#owed !== undefined || this.#began < this.#delayedTo;
  }

  receive(chunk: Uint8Array): void {
    this.bytesIn += chunk.length;
    this.#splitter.write(chunk);
  }

  /**
   * The next payload; undefined when none is whole yet or something is in the way.
   * @throws Fault as FrameSplitter.next
   */
  next(): Uint8Array | undefined {
    if (!this.#mayRead()) return undefined;
    if (this.#owed !== undefined && this.#mustWait(this.#owed)) return undefined;
    if (this.#host.turn.isFull) this.#left = 0;
    if (this.#left === 0) {
      this.#resume();
      return undefined;
    }
    this.#began = this.#taken;
    const payload = this.#splitter.next();
    if (payload !== undefined) {
      this.#left--;
      this.#host.turn.countFrame();
    }
    return payload;
  }

  /** A turn of this session's: `next` goes on. */
  renew(): void {
    this.#left = FRAMES_PER_TURN_MAX;
  }

  /** There was a Welcome: frames may be longer, and not more than so many. */
  welcome(limits: Limits): void {
    this.#splitter.bytesMax = FRAME_BYTES_MAX;
    this.#limits = limits;
  }

  /**
   * Charges the frame that was handed out last.
   * @throws Fault RATE_LIMITED when it has been delayed for too long
   */
  charge(kind: 'chat' | 'request'): void {
    const limits = this.#limits?.[kind];
    if (limits === undefined || limits.perSecond === 0) return;
    const { now } = this.#host.turn;
    const rate =
      kind === 'chat' ? (this.#chats ??= new Rate(limits, now)) : (this.#requests ??= new Rate(limits, now));
    rate.take(this.#began, now);
    if (rate.owes) this.#owed = rate;
  }

  /** Nothing more is handed out. */
  stop(): void {
    this.#cancelDelay?.();
    this.#cancelDelay = undefined;
  }

  /**
   * How much of the last `ms` counts as time in which the server was reading this connection (KTG-11.14). While
   * input waits, so may the Pong in it: if nothing moves, that is the server's doing alone. If it moves, a little
   * counts, or who sends without end would never have to read.
   */
  countOf(ms: number): number {
    const moves = this.#began !== this.#beganBefore;
    this.#beganBefore = this.#began;
    const { waitingBytes } = this.#splitter;
    const waits = this.#paused || (waitingBytes > 0 && (this.#isDelayed || !this.#mayRead()));
    if (!waits) return ms;
    return moves ? ms / WAITING_COUNTS_LESS : 0;
  }

  /** Later frames wait until the result is called. */
  hold(): () => void {
    this.#held = true;
    return () => {
      this.#held = false;
      this.#resume();
    };
  }

  /** Counts an append. The result is called when it is decided. */
  appending(bytes: number): () => void {
    this.#appends++;
    this.#appendBytes += bytes;
    const decided = this.#host.appending(bytes);
    return () => {
      this.#appends--;
      this.#appendBytes -= bytes;
      decided();
      this.#resume();
    };
  }

  /** Reads no more from the transport while much is waiting; called when `next` has given what it may. */
  balance(): void {
    const { waitingBytes, waitingChunks } = this.#splitter;
    const full = waitingBytes > INPUT_WAITING_BYTES_MAX || waitingChunks > CHUNKS_WAITING_MAX;
    if (full === this.#paused) return;
    this.#paused = full;
    if (full) this.#connection.pauseReading();
    else this.#connection.resumeReading();
  }

  /** How many of all bytes were handed out. */
  get #taken(): number {
    return this.bytesIn - this.#splitter.waitingBytes;
  }

  get #isDelayed(): boolean {
    return this.#cancelDelay !== undefined;
  }

  /** While something is owed, what is there waits until it is paid, unless it has waited for so long that it is refused. */
  #mustWait(rate: Rate): boolean {
    if (this.#isDelayed) return true;
    const { clock } = this.#host.ports;
    const since = clock.monotonic();
    const debtMs = rate.debtMs(since);
    if (debtMs === 0) {
      this.#owed = undefined;
      return false;
    }
    if (this.#splitter.waitingBytes === 0 || rate.isRefusing(this.#taken)) return false;
    rate.delay(this.#taken, this.bytesIn);
    this.#cancelDelay = clock.after(Math.max(DELAY_MS_MIN, Math.ceil(debtMs)), () => {
      this.#cancelDelay = undefined;
      this.#delayedTo = this.bytesIn;
      rate.delayed(clock.monotonic() - since, this.#taken, this.bytesIn);
      this.#resume();
    });
    return true;
  }

  #mayRead(): boolean {
    return (
      !this.#held &&
      !this.#host.isStopping &&
      this.#appends < APPENDS_IN_FLIGHT_PER_SESSION_MAX &&
      this.#appendBytes < APPENDS_IN_FLIGHT_PER_SESSION_BYTES_MAX &&
      (this.#appends === 0 || !this.#host.isFull)
    );
  }
}
