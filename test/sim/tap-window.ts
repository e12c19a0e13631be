// The rules of the ping window (KTG-11), counted from outside.
import { PINGS_OUTSTANDING_MAX } from '../../src/protocol/limits.ts';
import { hexOf } from '../support/hex.ts';

interface Outstanding {
  readonly nonce: string;
  readonly stream: number;
  readonly answers: number;
  readonly at: number;
}

/** How much less an answer counts while its client is made to wait (KTG-11.6). */
const BEHIND_COUNTS_LESS = 16;
/** An answer may be on its way when the limit is reached, and the closing Fault stands behind it. */
const ANSWERS_SLACK_BYTES = 70_000;

export class TapWindow {
  readonly #bytesMax: number;
  readonly #report: (rule: string, detail: string) => void;
  readonly #outstanding: Outstanding[] = [];
  readonly #nonces = new Set<string>();
  #lifted = false;
  #stream = 0;
  #streamAnswered = 0;
  #answers = 0;
  #answersAnswered = 0;
  /** A Pong that must end the session has reached the server. */
  badPong = false;

  constructor(bytesMax: number, report: (rule: string, detail: string) => void) {
    this.#bytesMax = bytesMax;
    this.#report = report;
  }

  /** The client has said its last word: no Pong can come, so nothing waits for one. */
  lift(): void {
    this.#lifted = true;
  }

  stream(bytes: number): void {
    this.#stream += bytes;
    if (this.#lifted) return;
    const unanswered = this.#stream - this.#streamAnswered;
    if (unanswered > this.#bytesMax) {
      this.#report('the stream stays within the window', `${unanswered} of ${this.#bytesMax}`);
    }
  }

  /** @param mayBeBehind the client may have been made to wait for this one */
  answer(bytes: number, mayBeBehind: boolean): void {
    this.#answers += bytes;
    if (this.#lifted) return;
    const unanswered = this.#answers - this.#answersAnswered;
    const most = (mayBeBehind ? BEHIND_COUNTS_LESS : 1) * this.#bytesMax;
    if (unanswered > most + ANSWERS_SLACK_BYTES) {
      this.#report('who asks without reading is closed', `${unanswered} of ${most}`);
    }
  }

  ping(nonce: Uint8Array, now: number): void {
    const hex = hexOf(nonce);
    if (nonce.length !== 8 || this.#nonces.has(hex)) this.#report('a Ping has a fresh nonce', hex);
    this.#nonces.add(hex);
    this.#outstanding.push({ nonce: hex, stream: this.#stream, answers: this.#answers, at: now });
    if (this.#outstanding.length > PINGS_OUTSTANDING_MAX) {
      this.#report('at most 8 Pings are outstanding', `${this.#outstanding.length}`);
    }
  }

  pong(nonce: Uint8Array): void {
    const oldest = this.#outstanding[0];
    if (oldest === undefined || oldest.nonce !== hexOf(nonce)) {
      this.badPong = true;
      return;
    }
    this.#outstanding.shift();
    this.#streamAnswered = oldest.stream;
    this.#answersAnswered = oldest.answers;
  }

  /** When the oldest unanswered Ping was written. */
  get oldestAt(): number | undefined {
    return this.#outstanding[0]?.at;
  }
}
