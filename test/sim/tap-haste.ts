// How fast one session is let be (KTG-11.9 to KTG-11.11), counted from outside.
import { FaultCode } from '../../src/protocol/index.ts';
import { APPENDS_IN_FLIGHT_PER_SESSION_MAX } from '../../src/protocol/limits.ts';
import type { Judge } from './judge.ts';

/** A rate begins with the Welcome's turn of the event loop, and the Welcome is seen at the end of it, so much later at most. */
const TURN_MS = 1;

export class TapHaste {
  readonly #judge: Judge;
  readonly #report: (rule: string, detail: string) => void;
  #welcomedAt = 0;
  #rate = 0;
  #burst = 0;
  /** Chats without an answer, now and at most. */
  #unanswered = 0;
  #mostUnanswered = 0;
  /** Frames that were dealt with: neither refused for their haste nor still waiting. */
  #chats = 0;
  #requests = 0;

  constructor(judge: Judge, report: (rule: string, detail: string) => void) {
    this.#judge = judge;
    this.#report = report;
  }

  /** Something of this session may have had to wait because of its rate. */
  get mayBeBehind(): boolean {
    const { rate, requestRate } = this.#judge.settings;
    return rate > 0 || requestRate > 0;
  }

  welcomed(limits: { readonly rate: number; readonly burst: number } | undefined): void {
    this.#welcomedAt = this.#judge.nowMs;
    this.#rate = limits?.rate ?? 0;
    this.#burst = limits?.burst ?? 0;
    const { rate, burst } = this.#judge.settings;
    if (this.#rate !== rate || this.#burst !== burst)
      this.#report('the Welcome tells the rate', `${this.#rate}`);
  }

  asked(kind: string): void {
    if (kind !== 'chat') return;
    this.#unanswered++;
    this.#mostUnanswered = Math.max(this.#mostUnanswered, this.#unanswered);
  }

  /** @param code of the fault, if it is one */
  answered(kind: string, code: number): void {
    if (kind === 'hello') return;
    if (kind === 'chat') this.#unanswered--;
    if (code === FaultCode.RATE_LIMITED) {
      this.#refused(kind);
      return;
    }
    const seconds = (this.#judge.nowMs - this.#welcomedAt + TURN_MS) / 1_000;
    const { requestRate, requestBurst } = this.#judge.settings;
    // What was refused to keep the order may have been refused for its haste as well.
    if (kind === 'chat' && code !== FaultCode.OUT_OF_LINE) this.#chats++;
    else if (kind !== 'chat') this.#requests++;
    this.#check('Chats', this.#chats, this.#rate, this.#burst, seconds);
    this.#check('requests', this.#requests, requestRate, requestBurst, seconds);
  }

  #check(what: string, count: number, rate: number, burst: number, seconds: number): void {
    if (rate > 0 && count > burst + 1 + rate * seconds)
      this.#report('nobody is faster than the rate', `${count} ${what} in ${seconds.toFixed(3)} s`);
  }

  #refused(kind: string): void {
    this.#judge.totals.limited++;
    if (kind === 'chat' && this.#mostUnanswered <= APPENDS_IN_FLIGHT_PER_SESSION_MAX)
      this.#report('who keeps to in_flight is never refused', `at most ${this.#mostUnanswered}`);
  }
}
