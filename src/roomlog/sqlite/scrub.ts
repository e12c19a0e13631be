// Verifies every room over and over, slowly, while nothing else is to be done.
import type { DatabaseSync } from 'node:sqlite';
import type { Damage } from './damage.ts';

export interface ScrubOptions {
  /** 1 MiB when absent. */
  readonly bytesPerSecond?: number;
  /** Between two rounds, a day when absent. */
  readonly restMs?: number;
  /** Called once for each damaged room. */
  readonly onDamage: (damage: Damage) => void;
}

export class Scrub {
  constructor(_database: DatabaseSync, _options: ScrubOptions) {}

  /** One short read transaction. Says after how many milliseconds the next step is wanted. */
  step(): number {
    throw new Error('not written yet');
  }
}
