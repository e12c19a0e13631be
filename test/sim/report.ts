// Says what a series of runs was, and which of them broke what.
import { noTotals, type Totals } from './judge.ts';
import type { RunResult } from './simulate.ts';

/** Adds up runs. */
export class Report {
  readonly #name: string;
  readonly totals: Totals = noTotals();
  readonly broken: RunResult[] = [];
  runs = 0;
  /** Runs with at least 200 clients and 200 messages. */
  crowds = 0;

  constructor(name: string) {
    this.#name = name;
  }

  add(run: RunResult): void {
    this.runs++;
    if (run.totals.clients >= 200 && run.totals.sends >= 200) this.crowds++;
    if (run.violation !== undefined) this.broken.push(run);
    for (const key of Object.keys(this.totals) as Array<keyof Totals>) this.totals[key] += run.totals[key];
  }

  /** What was broken, one text for each run. */
  complaints(): string[] {
    return this.broken.map(({ seed, violation }) => `seed ${seed}: ${violation?.rule}: ${violation?.detail}`);
  }

  /** One line of sums, then two for each run that broke a rule. */
  toString(): string {
    const {
      clients,
      hostile,
      sends,
      deliveries,
      cuts,
      resumes,
      failures,
      crashes,
      gaps,
      erasures,
      faults,
      limited,
      bound,
    } = this.totals;
    const lines = [
      `${this.runs} seeds of ${this.#name}: ${clients} clients (${hostile} hostile), ${sends} sends, ` +
        `${deliveries} deliveries, ${cuts} cuts, ${resumes} resumes, ${failures} storage failures, ` +
        `${crashes} crashes, ${gaps} gaps, ${erasures} erasures, ${faults} faults, ${limited} refused for haste, ${bound} names bound`,
    ];
    for (const { seed, violation } of this.broken) {
      lines.push(`seed ${seed} broke "${violation?.rule}"`, `  ${violation?.detail}`);
      lines.push(`  replay: KENTONGAN_SEED=${seed} npx vitest run test/sim`);
    }
    return lines.join('\n');
  }
}
