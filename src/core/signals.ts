// Owns a room's newest signals: what is told and never stored. A short log of its own, with positions in it.
import type { UserKey } from './members.ts';

const SIGNALS_KEPT = 64;

/** Whose connection a signal speaks of, and what it says. */
export interface About {
  readonly user: UserKey;
  readonly held: boolean;
}

/**
 * Numbered from 1. Who is further behind than what is kept learns the present state by a roster instead, so
 * nobody stays wrong and no reader has a queue.
 */
export class Signals {
  readonly #kept: Array<{ readonly frame: Uint8Array; readonly about: About | undefined }> = [];
  #newest = 0;

  get newest(): number {
    return this.#newest;
  }

  append(frame: Uint8Array, about?: About): void {
    this.#kept.push({ frame, about });
    if (this.#kept.length > SIGNALS_KEPT) this.#kept.shift();
    this.#newest++;
  }

  /** Whether the last that somebody may still learn from here about this user is that the connection is lost. */
  saysHeld(user: UserKey): boolean {
    return this.#kept.findLast(({ about }) => about?.user === user)?.about?.held === true;
  }

  /** The signal behind `position`; 'gone' when it is no longer kept. */
  after(position: number): Uint8Array | 'none' | 'gone' {
    if (position >= this.#newest) return 'none';
    return this.#kept[position - (this.#newest - this.#kept.length)]?.frame ?? 'gone';
  }
}
