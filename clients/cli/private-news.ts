// Owns the news of private rooms, until these can be opened.
import type { DirectInfo } from '../sdk/index.ts';

/**
 *     waiting ──begin()──► each is opened as it comes, one room once at a time
 */
export class PrivateNews {
  readonly #open: (info: DirectInfo) => Promise<void>;
  readonly #opening = new Set<string>();
  #waiting: DirectInfo[] | undefined = [];

  /** `open` never rejects. */
  constructor(open: (info: DirectInfo) => Promise<void>) {
    this.#open = open;
  }

  take(info: DirectInfo): void {
    if (this.#waiting !== undefined) this.#waiting.push(info);
    else if (!this.#opening.has(info.room)) {
      this.#opening.add(info.room);
      void this.#open(info).finally(() => this.#opening.delete(info.room));
    }
  }

  begin(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const info of waiting) this.take(info);
  }
}
