// Owns how much memory all tails take together.
import type { Tail } from './tail.ts';

/** What some two hundred busy rooms take. */
const TAILS_BYTES_MAX = 67_108_864;

/**
 * Invariant: tails hold at most so many bytes, and the newest one whatever it takes. Whoever needs more makes the one
 * that has grown longest ago forget: the engine has what stood there.
 */
export class Tails {
  /** In the order in which they last grew. */
  readonly #tails = new Map<Tail, number>();
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number = TAILS_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** A tail takes more memory now, or less; 0: none. */
  resized(tail: Tail, bytes: number): void {
    this.#bytes += bytes - (this.#tails.get(tail) ?? 0);
    this.#tails.delete(tail);
    if (bytes > 0) this.#tails.set(tail, bytes);
    for (const oldest of this.#tails.keys()) {
      if (this.#bytes <= this.#bytesMax || oldest === tail) return;
      oldest.forget();
    }
  }
}
