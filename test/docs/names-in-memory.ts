// Bound names without a disk: what is kept outlives a Rig that is given up, and may be held back or refused.
import type { BoundName, NameFailure, NameStore } from '../../src/core/ports.ts';

export class NamesInMemory implements NameStore {
  readonly #kept = new Map<string, BoundName>();
  readonly #defer: (callback: () => void) => void;
  #waiting: (() => void)[] | undefined;
  #failure: NameFailure | undefined;

  /** @param defer calls back later, in the same order */
  constructor(defer: (callback: () => void) => void, kept: readonly BoundName[] = []) {
    this.#defer = defer;
    for (const one of kept) this.#kept.set(one.name, one);
  }

  all(): readonly BoundName[] {
    return [...this.#kept.values()];
  }

  put(name: BoundName, done: (failure?: NameFailure) => void): void {
    this.#write(() => this.#kept.set(name.name, name), done);
  }

  remove(name: string, done: (failure?: NameFailure) => void): void {
    this.#write(() => this.#kept.delete(name), done);
  }

  /** Nothing is decided until `release`. */
  hold(): void {
    this.#waiting = [];
  }

  release(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const write of waiting) this.#defer(write);
  }

  /** What is written from now on is not kept. */
  fail(failure: NameFailure | undefined): void {
    this.#failure = failure;
  }

  #write(change: () => unknown, done: (failure?: NameFailure) => void): void {
    const write = (): void => {
      const failure = this.#failure;
      if (failure === undefined) change();
      done(failure);
    };
    if (this.#waiting === undefined) this.#defer(write);
    else this.#waiting.push(write);
  }
}
