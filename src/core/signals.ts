// Owns a room's newest signals: what is told and never stored. A short log of its own, with positions in it.

const SIGNALS_KEPT = 64;

/**
 * Numbered from 1. Who is further behind than what is kept learns the present state by a roster instead, so
 * nobody stays wrong and no reader has a queue.
 */
export class Signals {
  readonly #kept: Uint8Array[] = [];
  #newest = 0;

  get newest(): number {
    return this.#newest;
  }

  append(frame: Uint8Array): void {
    this.#kept.push(frame);
    if (this.#kept.length > SIGNALS_KEPT) this.#kept.shift();
    this.#newest++;
  }

  /** The signal behind `position`; 'gone' when it is no longer kept. */
  after(position: number): Uint8Array | 'none' | 'gone' {
    if (position >= this.#newest) return 'none';
    return this.#kept[position - (this.#newest - this.#kept.length)] ?? 'gone';
  }
}
