// Keeps bound names over the servers of a test, which decides when a write is durable, or fails.
import type { BoundName, NameFailure, NameStore } from '../../src/core/ports.ts';
import type { ManualClock } from './rig.ts';

export class NamesDisk implements NameStore {
  readonly bound = new Map<string, BoundName>();
  /** Writes are durable at once while set; else `decide` says when. */
  auto = true;
  /** What the next writes fail with. */
  failure: NameFailure | undefined;
  writes = 0;
  readonly #waiting: Array<() => void> = [];
  #clock: ManualClock | undefined;

  /** The next server. */
  attach(clock: ManualClock): this {
    this.#clock = clock;
    this.#waiting.length = 0;
    return this;
  }

  /** Everything that was written is durable, or has failed. */
  decide(): void {
    for (const run of this.#waiting.splice(0)) run();
  }

  all(): readonly BoundName[] {
    return [...this.bound.values()];
  }

  put(name: BoundName, done: (failure?: NameFailure) => void): void {
    this.#write(() => this.bound.set(name.name, name), done);
  }

  remove(name: string, done: (failure?: NameFailure) => void): void {
    this.#write(() => this.bound.delete(name), done);
  }

  #write(change: () => void, done: (failure?: NameFailure) => void): void {
    this.writes++;
    const decide = (): void => {
      if (this.failure === undefined) change();
      done(this.failure);
    };
    if (this.auto) this.#clock?.defer(decide);
    else this.#waiting.push(decide);
  }
}
