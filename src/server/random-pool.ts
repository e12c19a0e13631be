// Random bytes, asked of the system for many at once.
import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4_096;

/** Owns: random bytes that nobody has been given yet. */
export class RandomPool {
  readonly #pool = new Uint8Array(POOL_BYTES);
  #at = POOL_BYTES;

  /** So many bytes of memory of their own, given to nobody else. @param length at most 4,096 */
  take(length: number): Uint8Array {
    if (this.#at + length > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#at = 0;
    }
    const taken = this.#pool.slice(this.#at, this.#at + length);
    // What is a secret by now is nowhere else.
    this.#pool.fill(0, this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }
}
