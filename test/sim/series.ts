// Runs many seeds and says what they came to.
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CROWD_EVERY } from './plan.ts';
import { Report } from './report.ts';
import { simulate } from './simulate.ts';

/** Seeds 1 to SEEDS are run, more of them by KENTONGAN_SEEDS; a single one, with its trace, by KENTONGAN_SEED. */
export const SEEDS = Number(process.env['KENTONGAN_SEEDS'] ?? 1_000);
const ONE = process.env['KENTONGAN_SEED'];
/** After so many broken runs the rest would say nothing new. */
const BROKEN_MAX = 5;

/** Longer than any series takes; whoever asks for more seeds has the time. */
export const SERIES_MS_MAX = 3_600_000;

/**
 * Runs the seeds that are crowds, or all others, and prints the sums. With KENTONGAN_SEED only that one, if it
 * is of the kind.
 */
export async function runSeries(kind: 'groups' | 'crowds'): Promise<Report> {
  const isWanted = (seed: number): boolean => (seed % CROWD_EVERY === 0) === (kind === 'crowds');
  const report = new Report(kind);
  if (ONE !== undefined) {
    if (isWanted(Number(ONE))) await replay(Number(ONE), report);
    return report;
  }
  for (let seed = 1; seed <= SEEDS && report.broken.length < BROKEN_MAX; seed++) {
    if (isWanted(seed)) report.add(await simulate(seed));
  }
  console.log(report.toString());
  return report;
}

async function replay(seed: number, report: Report): Promise<void> {
  const run = await simulate(seed, { traced: true });
  const file = join(tmpdir(), `kentongan-seed-${seed}.txt`);
  writeFileSync(file, `${JSON.stringify(run.plan, undefined, 2)}\n${run.trace.join('\n')}\n`);
  report.add(run);
  console.log(`${report.toString()}\nthe trace of seed ${seed} is in ${file}`);
}
