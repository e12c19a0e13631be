// How long to wait before the next connection.
import type { ReconnectOptions } from './api.ts';

/** Random waits below a ceiling that doubles from `minMs` to `maxMs`, so that no two clients march in step (KTG-13.4). */
export class Backoff {
  readonly #bounds: ReconnectOptions;
  readonly #random: (length: number) => Uint8Array;
  #failures = 0;

  constructor(bounds: ReconnectOptions, random: (length: number) => Uint8Array) {
    this.#bounds = bounds;
    this.#random = random;
  }

  /** Failures since the last reset. */
  get failures(): number {
    return this.#failures;
  }

  /** The wait after one more failure, on top of what the server asked for: milliseconds. */
  next(retryAfterMs: number): number {
    const { minMs, maxMs } = this.#bounds;
    const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(this.#failures, 30));
    this.#failures++;
    return Math.round(retryAfterMs + ceiling * this.#fraction());
  }

  reset(): void {
    this.#failures = 0;
  }

  /** 0 to 1. */
  #fraction(): number {
    let value = 0;
    for (const byte of this.#random(4)) value = value * 256 + byte;
    return value / 2 ** 32;
  }
}
