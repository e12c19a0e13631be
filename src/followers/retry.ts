// Waiting for a disk that does not take anything just now.
import { Pause } from './pause.ts';

/** What a file tells about its troubles: once when they begin, once when they are over. */
export interface TroubleListener {
  onTrouble(error: Error): void;
  /** `retries`: how many times in vain. */
  onRecovered(retries: number): void;
}

/** The first retry comes after `min`, each further one after twice as long, up to `max`. Milliseconds. */
export interface RetryTimes {
  readonly min: number;
  readonly max: number;
}

const RETRY: RetryTimes = { min: 100, max: 10_000 };

/** Owns: how many times something was tried in vain. */
export class Retry {
  readonly #listener: TroubleListener;
  readonly #times: RetryTimes;
  readonly #pause = new Pause();
  #count = 0;

  constructor(listener: TroubleListener, times: RetryTimes = RETRY) {
    this.#listener = listener;
    this.#times = times;
  }

  /** Retries in vain since the trouble began, 0 = none. */
  get count(): number {
    return this.#count;
  }

  /** Tells of the first failure, and waits before the next attempt. */
  async wait(error: Error): Promise<void> {
    if (this.#count === 0) this.#listener.onTrouble(error);
    const ms = Math.min(this.#times.min * 2 ** this.#count, this.#times.max);
    this.#count++;
    await this.#pause.wait(ms);
  }

  /** The next attempt comes now. */
  hurry(): void {
    this.#pause.end();
  }

  succeeded(): void {
    if (this.#count === 0) return;
    this.#listener.onRecovered(this.#count);
    this.#count = 0;
  }
}
