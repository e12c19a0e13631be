// What all campaigns have in common.
import type { Random } from '../support/random.ts';
import type { Findings } from './finding.ts';

export interface Run {
  readonly seed: number;
  readonly random: Random;
  readonly findings: Findings;
  /** The checkout that is run. */
  readonly tree: string;
  /** How many cycles or cases. */
  readonly cycles: number;
  /** Words of the command line that only this campaign knows. */
  readonly options: Options;
  /** Nothing more has to be found out: the rest of the cycles is left out. */
  readonly isEnough?: () => boolean;
  /** A folder for the whole run. */
  readonly folder: string;
  /** Another one, in memory where there is such a place: for what asks nothing of the disk. */
  readonly fast: string;
}

export interface Options {
  /** So many cycles share a data directory. */
  readonly perDirectory: number;
  /** What this machine can not do is left out, and said. */
  readonly allowSkip: boolean;
  /** More words for `serve`. */
  readonly flags: readonly string[];
}

/** What a campaign measured: the cells of a table's row. */
export type Figures = Readonly<Record<string, string | number>>;

export interface Campaign {
  readonly name: string;
  readonly about: string;
  /** Cycles of the quick slice, and of the full figures. */
  readonly quick: number;
  readonly full: number;
  run(run: Run): Promise<Figures>;
}
