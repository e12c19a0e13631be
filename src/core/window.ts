// Owns the ping window of one connection: what was sent and not yet answered (docs/protocol.md §11).
import { sameBytes } from '../protocol/bytes.ts';
import { PINGS_OUTSTANDING_MAX } from '../protocol/limits.ts';

interface OutstandingPing {
  readonly nonce: Uint8Array;
  /** Totals of what was written before it. */
  readonly stream: number;
  readonly answers: number;
  /** The reading clock when it was written. */
  readonly readingMs: number;
}

/**
 * Counts bytes of frames, prefixes included. Stream: entries and all else that waits for the window.
 * Answers: what is never held back. Pings count as neither.
 *
 * Invariant: unanswered stream bytes never exceed `bytesMax`.
 */
export class Window {
  readonly bytesMax: number;
  #outstanding: OutstandingPing[] = [];
  #stream = 0;
  #answers = 0;
  #streamAnswered = 0;
  #answersAnswered = 0;
  #sincePing = 0;
  #lifted = false;
  #sent = 0;
  #answered = 0;
  /** The reading clock at the newest Pong. */
  #pongMs = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** How many bytes of stream may be written now. */
  get room(): number {
    if (this.#lifted) return Number.POSITIVE_INFINITY;
    return this.bytesMax - (this.#stream - this.#streamAnswered);
  }

  /** Answers that the client has not acknowledged, weighed bytes. More than `bytesMax`: it asks without reading. */
  get answersUnanswered(): number {
    return this.#lifted ? 0 : this.#answers - this.#answersAnswered;
  }

  /** The number of the ping that will be written next; a ping is answered when `answered` has reached it. */
  get next(): number {
    return this.#sent + 1;
  }

  get answered(): number {
    return this.#answered;
  }

  get outstanding(): number {
    return this.#outstanding.length;
  }

  get mayPing(): boolean {
    return !this.#lifted && this.#outstanding.length < PINGS_OUTSTANDING_MAX;
  }

  /** A quarter of the window has gone out since the last ping. */
  get pingDue(): boolean {
    return this.mayPing && this.#sincePing > this.bytesMax / 4;
  }

  /** The client can answer no more Pings: what it is still owed goes out without them (KTG-5.10). */
  lift(): void {
    this.#lifted = true;
  }

  countStream(bytes: number): void {
    this.#stream += bytes;
    this.#sincePing += bytes;
  }

  /** @param share how much of it counts as asked for without reading, 0 to 1 */
  countAnswer(bytes: number, share: number): void {
    this.#answers += bytes * share;
    this.#sincePing += bytes * share;
  }

  countPing(nonce: Uint8Array, readingMs: number): void {
    const ping = { nonce, stream: this.#stream, answers: this.#answers, readingMs };
    // With room for one, as long as it is one.
    if (this.#outstanding.length === 0) this.#outstanding = [ping];
    else this.#outstanding.push(ping);
    this.#sincePing = 0;
    this.#sent++;
  }

  /** Takes a Pong. False: it is not for the oldest outstanding Ping. */
  pong(nonce: Uint8Array, readingMs: number): boolean {
    const oldest = this.#outstanding[0];
    if (oldest === undefined || !sameBytes(oldest.nonce, nonce)) return false;
    this.#outstanding.shift();
    this.#streamAnswered = oldest.stream;
    this.#answersAnswered = oldest.answers;
    this.#answered++;
    this.#pongMs = readingMs;
    return true;
  }

  /**
   * How long the oldest outstanding Ping has brought no Pong, on the given reading clock, milliseconds. Counted
   * from its writing or from the Pong before it: several are written at once, and who answers one after the other
   * makes progress.
   */
  unansweredMs(readingMs: number): number {
    const oldest = this.#outstanding[0];
    if (oldest === undefined || this.#lifted) return 0;
    return readingMs - Math.max(oldest.readingMs, this.#pongMs);
  }
}
