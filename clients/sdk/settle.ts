// Where the synchronous inside meets promises.
import type { ClientError } from './errors.ts';

/** Somebody outside who waits for an outcome. */
export interface Waiter<T> {
  resolve(value: T): void;
  reject(error: ClientError): void;
}

/** Owns: those who wait for one outcome. Each hears of one. */
export class Waiters<T> {
  readonly #waiting: Array<Waiter<T>> = [];

  get size(): number {
    return this.#waiting.length;
  }

  add(...waiters: ReadonlyArray<Waiter<T>>): void {
    this.#waiting.push(...waiters);
  }

  /** Gives them away. */
  take(): Array<Waiter<T>> {
    return this.#waiting.splice(0);
  }

  resolve(value: T): void {
    for (const waiter of this.take()) waiter.resolve(value);
  }

  reject(error: ClientError): void {
    for (const waiter of this.take()) waiter.reject(error);
  }
}

/** A promise whose waiter `start` puts where the outcome will be known. */
export function promised<T>(start: (waiter: Waiter<T>) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => start({ resolve, reject }));
}
