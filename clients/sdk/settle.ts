// Where the synchronous inside meets promises.
import type { ClientError } from './errors.ts';

/** Somebody outside who waits for an outcome. */
export interface Waiter<T> {
  resolve(value: T): void;
  reject(error: ClientError): void;
}

/** A promise whose waiter `start` puts where the outcome will be known. */
export function promised<T>(start: (waiter: Waiter<T>) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => start({ resolve, reject }));
}
