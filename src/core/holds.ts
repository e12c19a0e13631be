// Owns how long the places of members are kept whose last session was lost.
import type { UserKey } from './members.ts';
import type { Clock } from './ports.ts';

export class Holds {
  readonly #clock: Clock;
  /** With what cancels the end. */
  readonly #held = new Map<UserKey, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#held.size;
  }

  has(key: UserKey): boolean {
    return this.#held.has(key);
  }

  keys(): UserKey[] {
    return [...this.#held.keys()];
  }

  /** Held from now on, however long it was to be until now. @param onOver called after `ms`, not when it ends before */
  hold(key: UserKey, ms: number, onOver: () => void): void {
    this.end(key);
    const cancel = this.#clock.after(ms, () => {
      this.#held.delete(key);
      onOver();
    });
    this.#held.set(key, cancel);
  }

  /** Held no longer. False: it was not. */
  end(key: UserKey): boolean {
    this.#held.get(key)?.();
    return this.#held.delete(key);
  }

  endAll(): void {
    for (const key of this.keys()) this.end(key);
  }
}
