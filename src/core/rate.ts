// Owns how fast one kind of frame may come on one connection: what it may still take, and who waits for it.
import { Fault } from '../protocol/faults.ts';
import { APPENDS_IN_FLIGHT_PER_SESSION_MAX } from '../protocol/limits.ts';
import { BURST_SECONDS, type Settings } from './options.ts';

export interface RateLimits {
  /** Frames that may come each second for long; 0 = any number. */
  readonly perSecond: number;
  /** Frames that may come at once. */
  readonly burst: number;
}

/** How many Chats a session may send. @param folded the name of its user, if there is one */
export function chatRateOf({ rate, burst, rateFor }: Settings, folded = ''): RateLimits {
  const granted = rateFor.get(folded);
  if (granted !== undefined) return { perSecond: granted, burst: BURST_SECONDS * granted };
  return { perSecond: rate, burst: rate === 0 ? 0 : burst };
}

/** How fast Chats may come on one connection, and all other requests together. */
export interface Limits {
  readonly chat: RateLimits;
  readonly request: RateLimits;
}

/** @param folded as `chatRateOf` */
export function limitsOf(settings: Settings, folded = ''): Limits {
  const { requestRate, requestBurst } = settings;
  return {
    chat: chatRateOf(settings, folded),
    request: { perSecond: requestRate, burst: requestBurst },
  };
}

/** What has waited so long because of a rate is refused. */
const PATIENCE_MS = 2_000;
/** As exact as this part of the patience it is known how long something waited. */
const MARKS_PER_PATIENCE = 8;

/** What stands before the offset `end` was there when `waitedMs` had been waited. */
interface Mark {
  readonly end: number;
  readonly waitedMs: number;
}

/**
 * A bucket of tokens that may be overdrawn: a frame is always taken and charged, and while there is a debt
 * nothing more is handed out. So a client is delayed first. What waits for too long is refused: when a frame
 * has been delayed for the patience, all that is there by then is refused; what comes later is delayed again.
 *
 * How long a frame waited is known without a time for each: now and then it is noted up to where the input went
 * and how much had been waited, and what stands before a mark has waited at least since then.
 *
 * All offsets count the bytes that came in on this connection.
 */
export class Rate {
  readonly #limits: RateLimits;
  #tokens: number;
  #filledAt: number;
  /** Time in which input was delayed because of this rate, in all. */
  #waitedMs = 0;
  /** The oldest first; none that has been passed. */
  readonly #marks: Mark[] = [];
  /** What stands before this offset is refused. */
  #refusedTo = 0;

  /** @param now on the monotonic clock, as everywhere here */
  constructor(limits: RateLimits, now: number) {
    this.#limits = limits;
    this.#tokens = limits.burst;
    this.#filledAt = now;
  }

  /**
   * Charges a frame.
   * @param offset where it began
   * @throws Fault RATE_LIMITED when it has waited for too long; nothing is charged
   */
  take(offset: number, now: number): void {
    if (this.#limits.perSecond === 0) return;
    this.#fill(now);
    if (this.#tokens < 1 && this.isRefusing(offset)) {
      const limit = this.#limits.perSecond;
      throw new Fault('RATE_LIMITED', { retryAfterMs: this.#msToFull(), limit });
    }
    this.#tokens--;
  }

  /** How long until nothing is owed. */
  debtMs(now: number): number {
    if (this.#tokens >= 0) return 0;
    this.#fill(now);
    return Math.max(0, (-this.#tokens * 1_000) / this.#limits.perSecond);
  }

  get owes(): boolean {
    return this.#tokens < 0;
  }

  /** Whether what begins at this offset is not delayed any more, but refused. */
  isRefusing(offset: number): boolean {
    return offset < this.#refusedTo;
  }

  /**
   * The input is about to be delayed.
   * @param offset what waits begins here
   * @param end and ends here
   */
  delay(offset: number, end: number): void {
    this.#pass(offset);
    const last = this.#marks.at(-1);
    if (last !== undefined && this.#waitedMs - last.waitedMs < this.#patienceMs / MARKS_PER_PATIENCE) return;
    this.#marks.push({ end, waitedMs: this.#waitedMs });
  }

  /**
   * The input was delayed, for so long.
   * @param offset, end as before
   */
  delayed(ms: number, offset: number, end: number): void {
    this.#waitedMs += ms;
    this.#pass(offset);
    const [oldest] = this.#marks;
    if (oldest !== undefined && this.#waitedMs - oldest.waitedMs >= this.#patienceMs) this.#refusedTo = end;
  }

  #pass(offset: number): void {
    while (this.#marks[0] !== undefined && this.#marks[0].end <= offset) this.#marks.shift();
  }

  /** Whoever has no more Chats unanswered than is allowed must never be refused, however low the rate is. */
  get #patienceMs(): number {
    const allowedMs = (APPENDS_IN_FLIGHT_PER_SESSION_MAX * 1_000) / this.#limits.perSecond;
    return Math.max(PATIENCE_MS, 2 * allowedMs);
  }

  #fill(now: number): void {
    const { perSecond, burst } = this.#limits;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) * perSecond) / 1_000);
    this.#filledAt = now;
  }

  /** Who comes back then finds the bucket full, or is delayed again. */
  #msToFull(): number {
    const { perSecond, burst } = this.#limits;
    return Math.min(PATIENCE_MS, Math.ceil(((burst - this.#tokens) * 1_000) / perSecond));
  }
}
