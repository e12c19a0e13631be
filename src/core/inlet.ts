// Owns everything that comes in on one connection, and what it has to wait for.
import { FrameSplitter } from '../protocol/framing.ts';
import {
  APPENDS_IN_FLIGHT_PER_SESSION_BYTES_MAX,
  APPENDS_IN_FLIGHT_PER_SESSION_MAX,
  FRAME_BYTES_MAX,
  FRAME_BYTES_MAX_BEFORE_WELCOME,
  INPUT_WAITING_BYTES_MAX,
} from '../protocol/limits.ts';
import type { Connection } from './ports.ts';

/** What an inlet shares with all others. */
export interface InletHost {
  /** Nothing that comes in is dealt with any more. */
  readonly isStopping: boolean;
  /** So much is undecided that whoever has a part in it is not read. */
  readonly isFull: boolean;
  /** What all sessions together do in one turn. */
  readonly turn: { readonly isFull: boolean; countFrame(): void };
  /** Counts bytes of an append; the result is called when it is decided. */
  appending(bytes: number): () => void;
}

/** Frames of one session that are dealt with before others have their turn. */
const FRAMES_PER_TURN_MAX = 64;
/** Many tiny chunks must not pin more memory than the bytes they carry. */
const CHUNKS_WAITING_MAX = 1_024;

/**
 * Frames are handed out one by one, and not before what stands in their way is decided: a Join or a Leave, or
 * too many appends. What waits is bounded: then the transport is not read.
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
  bytesIn = 0;

  constructor(connection: Connection, host: InletHost, resume: () => void) {
    this.#connection = connection;
    this.#host = host;
    this.#resume = resume;
  }

  /** The server is not reading this connection: what it does not say is not its fault (KTG-11.7). */
  get isPaused(): boolean {
    return this.#paused;
  }

  /** Nothing is undecided, and every whole frame has been handed out. */
  get isIdle(): boolean {
    return !this.#held && this.#appends === 0 && !this.#paused && this.#left > 0;
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
    if (this.#host.turn.isFull) this.#left = 0;
    if (this.#left === 0) {
      this.#resume();
      return undefined;
    }
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

  /** There was a Welcome: frames may be longer. */
  welcome(): void {
    this.#splitter.bytesMax = FRAME_BYTES_MAX;
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
