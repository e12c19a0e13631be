// Owns a room's newest signals: what is told and never stored. A short log of its own, with positions in it.

import type { UserKey } from './members.ts';

const SIGNALS_KEPT = 64;

/**
 * Numbered from 1. Who is further behind than what is kept learns the present state by a roster instead, so
 * nobody stays wrong and no reader has a queue.
 */
export class Signals {
  readonly #kept: Array<{ readonly frame: Uint8Array; readonly held: UserKey | undefined }> = [];
  #newest = 0;

  get newest(): number {
    return this.#newest;
  }

  /** @param held whom the frame says to be lost */
  append(frame: Uint8Array, held?: UserKey): void {
    this.#kept.push({ frame, held });
    if (this.#kept.length > SIGNALS_KEPT) this.#kept.shift();
    this.#newest++;
  }

  /** Whether somebody may still learn from here that this user is lost. */
  saysHeld(user: UserKey): boolean {
    return this.#kept.some(({ held }) => held === user);
  }

  /** The signal behind `position`; 'gone' when it is no longer kept. */
  after(position: number): Uint8Array | 'none' | 'gone' {
    if (position >= this.#newest) return 'none';
    return this.#kept[position - (this.#newest - this.#kept.length)]?.frame ?? 'gone';
  }
}
