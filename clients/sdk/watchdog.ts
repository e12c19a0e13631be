// Notices when the server falls silent.
import type { SdkClock } from './transport.ts';

/** Owns: one timer. It is moved only when it fires, so that hearing something costs nothing. */
export class Watchdog {
  readonly #clock: SdkClock;
  readonly #onSilent: (ms: number) => void;
  #heardAt: number;
  #limitMs = 0;
  #cancel: (() => void) | undefined;

  /** `onSilent` is called once, with the length of the silence in milliseconds. */
  constructor(clock: SdkClock, onSilent: (ms: number) => void) {
    this.#clock = clock;
    this.#onSilent = onSilent;
    this.#heardAt = clock.monotonic();
  }

  /** From now on no silence may last longer. */
  watch(limitMs: number): void {
    this.stop();
    this.#limitMs = limitMs;
    this.heard();
    this.#arm(limitMs);
  }

  heard(): void {
    this.#heardAt = this.#clock.monotonic();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => {
      this.#cancel = undefined;
      const silentMs = this.#clock.monotonic() - this.#heardAt;
      if (silentMs >= this.#limitMs) this.#onSilent(silentMs);
      else this.#arm(this.#limitMs - silentMs);
    });
  }
}
