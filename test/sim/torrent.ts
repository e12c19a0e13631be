// Says far more than is allowed, all at once, and says again, in order, what was refused.
import { FaultCode } from '../../src/protocol/index.ts';
import type { Random } from '../support/random.ts';

interface Said {
  readonly room: string;
  readonly text: string;
  readonly id: Uint8Array;
}

/** Sends a Chat. Returns its ref. */
export type Say = (said: Said) => number;

/** What is refused for good no one says again. */
const RETRY_MIN = 2_000;
const RETRY_END = 3_000;

/**
 * Owns: what one stranger has said and has no answer to. It minds none of the limits that a Welcome tells, but
 * keeps its order: after a refusal nothing new is sent before all that was refused was said again.
 */
export class Torrent {
  readonly #random: Random;
  readonly #label: string;
  readonly #say: Say;
  readonly #later: (ms: number, callback: () => void) => void;
  /** By ref, in the order in which they were said. */
  readonly #unanswered = new Map<number, Said>();
  #refused: Said[] = [];
  #waitMs = 0;
  #visits = 0;
  #lines = 0;
  #isWaiting = false;

  constructor(random: Random, label: string, say: Say, later: (ms: number, callback: () => void) => void) {
    this.#random = random;
    this.#label = label;
    this.#say = say;
    this.#later = later;
  }

  /** On a new connection: what has no answer may be stored or not, and is let go. */
  begin(): void {
    this.#visits++;
    this.#unanswered.clear();
    this.#refused = [];
    this.#isWaiting = false;
  }

  /** Says much more, unless something was refused. */
  pour(room: string): void {
    if (this.#isWaiting || this.#refused.length > 0 || this.#unanswered.size > 600) return;
    for (let i = this.#random.pick([1, 40, 100, 400]); i > 0; i--) {
      const text = `${this.#label}/${room}/${this.#lines++} .`;
      this.#send({ room, text, id: this.#random.bytes(16) });
    }
  }

  /** @param code of the fault; 0: it was stored */
  answered(ref: number, code: number, retryAfterMs: number): void {
    const said = this.#unanswered.get(ref);
    if (said === undefined) return;
    this.#unanswered.delete(ref);
    if (code >= RETRY_MIN && code < RETRY_END) {
      this.#refused.push(said);
      if (code !== FaultCode.OUT_OF_LINE) this.#waitMs = Math.max(1_000, retryAfterMs);
    }
    if (this.#unanswered.size > 0 || this.#refused.length === 0 || this.#isWaiting) return;
    this.#isWaiting = true;
    const visit = this.#visits;
    this.#later(this.#waitMs, () => {
      if (visit === this.#visits) this.#repeat();
    });
  }

  #repeat(): void {
    this.#isWaiting = false;
    for (const said of this.#refused.splice(0)) this.#send(said);
  }

  #send(said: Said): void {
    this.#unanswered.set(this.#say(said), said);
  }
}
