// The time between the last word to a client and the closed connection.
import { LINGER_BYTES_MAX, LINGER_MS } from '../protocol/limits.ts';

/** How long the last bytes may take to leave, however slowly they move. */
const FLUSH_MS_MAX = 30_000;

/**
 * Whatever the client still sends is read and thrown away: closing over unread input would reset the
 * connection and could take the last answers with it. Cuts after LINGER_BYTES_MAX of it, or after LINGER_MS, unless
 * what was written is still on its way and moving.
 */
export class Linger {
  readonly #pendingBytes: () => number;
  readonly #cut: () => void;
  readonly #since = performance.now();
  #timer: NodeJS.Timeout;
  #discarded = 0;

  /** @param pendingBytes what was written and has not left yet */
  constructor(pendingBytes: () => number, cut: () => void) {
    this.#pendingBytes = pendingBytes;
    this.#cut = cut;
    this.#timer = this.#wait();
  }

  discard(bytes: number): void {
    this.#discarded += bytes;
    if (this.#discarded > LINGER_BYTES_MAX) this.#cut();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(): NodeJS.Timeout {
    const before = this.#pendingBytes();
    return setTimeout(() => {
      const left = this.#pendingBytes();
      const moves = left > 0 && left < before;
      if (moves && performance.now() - this.#since < FLUSH_MS_MAX) this.#timer = this.#wait();
      else this.#cut();
    }, LINGER_MS);
  }
}
