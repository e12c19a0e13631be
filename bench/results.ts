// What a benchmark found: the file that is kept, and what is made of its runs.
import { readFileSync, writeFileSync } from 'node:fs';
import type { FigureName } from './figures.ts';
import type { Machine } from './machine.ts';
import { median } from './numbers.ts';
import type { Outcome } from './setup.ts';

export interface Run {
  readonly load: string;
  readonly server: string;
  /** From 1. */
  readonly repetition: number;
  /** From 1; more when runs before were void. */
  readonly attempt: number;
  readonly outcome: Outcome;
}

export interface ServerFacts {
  readonly name: string;
  readonly about: string;
  /** Undefined: it was not there, for this reason. */
  readonly version: string | undefined;
  readonly missing: string | undefined;
}

/** As in the table of loads; kept with the runs, so that a later program can show them. */
export interface LoadFacts {
  readonly name: string;
  readonly about: string;
  readonly figures: readonly FigureName[];
  /** Servers that can not take part. */
  readonly without: readonly string[];
}

export interface Results {
  readonly format: 1;
  /** ISO 8601. */
  readonly begun: string;
  readonly ended: string;
  readonly commit: string;
  readonly words: readonly string[];
  readonly isQuick: boolean;
  readonly runsWanted: number;
  readonly seconds: number;
  readonly machine: Machine;
  readonly pinning: string;
  readonly servers: readonly ServerFacts[];
  readonly loads: readonly LoadFacts[];
  readonly runs: readonly Run[];
}

/** Median and spread of a figure over the runs. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** All runs of one server under one load. */
export interface Summary {
  readonly load: string;
  readonly server: string;
  readonly measured: number;
  /** Runs whose figures do not count, with the last reason. */
  readonly voids: number;
  readonly voidReason: string | undefined;
  readonly failures: number;
  readonly failure: string | undefined;
  readonly skipped: string | undefined;
  /** Of the measured runs; of the void ones when there are no others. */
  readonly figures: ReadonlyMap<FigureName, Spread>;
}

export function summarise(runs: readonly Run[], load: string, server: string): Summary {
  const outcomes = runs
    .filter((run) => run.load === load && run.server === server)
    .map(({ outcome }) => outcome);
  const measured = outcomes.filter((outcome) => outcome.kind === 'measured');
  const voids = outcomes.filter((outcome) => outcome.kind === 'void');
  const failed = outcomes.filter((outcome) => outcome.kind === 'failed');
  const values = new Map<FigureName, number[]>();
  for (const { figures } of measured.length > 0 ? measured : voids) {
    for (const [name, value] of Object.entries(figures) as Array<[FigureName, number | undefined]>) {
      if (value !== undefined && Number.isFinite(value))
        values.set(name, [...(values.get(name) ?? []), value]);
    }
  }
  return {
    load,
    server,
    measured: measured.length,
    voids: voids.length,
    voidReason: voids.at(-1)?.reason,
    failures: failed.length,
    failure: failed.at(-1)?.reason,
    skipped: outcomes.findLast((outcome) => outcome.kind === 'skipped')?.reason,
    figures: new Map([...values].map(([name, all]) => [name, spreadOf(all)])),
  };
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** One line for each run: a person can read the file, and see what changed. */
export function writeResults(file: string, results: Results): void {
  const { runs, ...facts } = results;
  const head = JSON.stringify(facts, undefined, 1).slice(0, -2);
  const lines = runs.map((run) => `  ${JSON.stringify(run, rounded)}`).join(',\n');
  writeFileSync(file, `${head},\n "runs": [\n${lines}\n ]\n}\n`);
}

/** Six digits say all that was measured. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}

/** @throws Error when it is no such file */
export function readResults(file: string): Results {
  const results = JSON.parse(readFileSync(file, 'utf8')) as Partial<Results>;
  if (results.format !== 1 || !Array.isArray(results.runs))
    throw new Error(`${file} has no results of this benchmark`);
  return results as Results;
}
