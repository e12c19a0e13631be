// How much space is left, asked not too often.
import { statfsSync } from 'node:fs';

const ASK_MS = 250;

/** Owns: the last answer. */
export class DiskSpace {
  readonly #directory: string;
  readonly #reserveBytes: number;
  #freeBytes = Number.POSITIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;

  /** @param reserveBytes what is to be left for everything else; 0 = nothing */
  constructor(directory: string, reserveBytes: number) {
    this.#directory = directory;
    this.#reserveBytes = reserveBytes;
  }

  /** Less is left than is to be left. */
  get isShort(): boolean {
    return this.#reserveBytes > 0 && this.freeBytes() < this.#reserveBytes;
  }

  /** Bytes free for this process; infinite where the system does not say. */
  freeBytes(maxAgeMs = ASK_MS): number {
    const now = performance.now();
    if (now - this.#askedAt >= maxAgeMs) {
      this.#askedAt = now;
      this.#freeBytes = ask(this.#directory);
    }
    return this.#freeBytes;
  }
}

function ask(directory: string): number {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
