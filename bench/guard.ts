// A guard against getting slower: ratios to others in the same run, never times, against limits in one file.
import { readFileSync } from 'node:fs';
import { FIGURES, type FigureName, isFigure } from './figures.ts';
import { LOADS } from './loads.ts';
import { shown } from './numbers.ts';
import { type Run, summarise } from './results.ts';
import { SERVERS } from './servers.ts';

/** What `server` has of `figure` under `load`, divided by what `against` has, is at most `max`, at least `min`. */
export interface Threshold {
  readonly load: string;
  readonly figure: FigureName;
  readonly server: string;
  readonly against: string;
  readonly max?: number;
  readonly min?: number;
}

export type Verdict =
  | { readonly kind: 'passed'; readonly ratio: number }
  | { readonly kind: 'exceeded'; readonly ratio: number }
  /** One of the two has no measured run. */
  | { readonly kind: 'not measured'; readonly reason: string };

/** @throws Error that says which entry is wrong, and how */
export function parseThresholds(text: string): Threshold[] {
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list) || list.length === 0)
    throw new Error('thresholds are a list with at least one entry');
  return list.map((entry: unknown, n) => {
    const fault = faultOf(entry);
    if (fault !== undefined) throw new Error(`threshold ${n + 1}: ${fault}`);
    return entry as Threshold;
  });
}

export function readThresholds(file: string): Threshold[] {
  return parseThresholds(readFileSync(file, 'utf8'));
}

function faultOf(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null) return 'no object';
  const { load, figure, server, against, max, min } = entry as Record<string, unknown>;
  if (!LOADS.some(({ name }) => name === load)) return `there is no load ${String(load)}`;
  if (typeof figure !== 'string' || !isFigure(figure)) return `there is no figure ${String(figure)}`;
  for (const name of [server, against]) {
    if (!SERVERS.some((known) => known.name === name)) return `there is no server ${String(name)}`;
  }
  if (max === undefined && min === undefined) return 'neither max nor min';
  for (const limit of [max, min]) {
    if (limit !== undefined && !(typeof limit === 'number' && limit > 0))
      return `${JSON.stringify(limit)} is no limit`;
  }
  return undefined;
}

export function judge(threshold: Threshold, runs: readonly Run[]): Verdict {
  const { load, figure, server, against, max = Number.POSITIVE_INFINITY, min = 0 } = threshold;
  const values: number[] = [];
  for (const name of [server, against]) {
    const { figures, measured, failure, voidReason, skipped } = summarise(runs, load, name);
    const value = figures.get(figure)?.median;
    if (value === undefined || measured === 0) {
      return { kind: 'not measured', reason: `${name}: ${failure ?? voidReason ?? skipped ?? 'not there'}` };
    }
    values.push(value);
  }
  const [mine = 0, other = 0] = values;
  const ratio = mine / other;
  return { kind: ratio >= min && ratio <= max ? 'passed' : 'exceeded', ratio };
}

/** One line about a threshold and what was found. */
export function verdictLine(threshold: Threshold, verdict: Verdict): string {
  const { load, figure, server, against, max, min } = threshold;
  const limits = [min === undefined ? '' : `at least ${min}`, max === undefined ? '' : `at most ${max}`];
  const limit = limits.filter((text) => text !== '').join(' and ');
  const what = `${load}: ${FIGURES[figure].head} of ${server} ÷ ${against}`;
  if (verdict.kind === 'not measured') return `FAILED  ${what}: not measured (${verdict.reason})`;
  const word = verdict.kind === 'passed' ? 'ok    ' : 'FAILED';
  return `${word}  ${what}: ${shown(verdict.ratio)} (${limit})`;
}

/** Tries until everything has passed once, `tries` times at most. What has passed is not tried again. */
export async function guard(
  thresholds: readonly Threshold[],
  tries: number,
  run: (open: readonly Threshold[]) => Promise<readonly Run[]>,
): Promise<Map<Threshold, Verdict>> {
  const verdicts = new Map<Threshold, Verdict>();
  for (let n = 0; n < tries; n++) {
    const open = thresholds.filter((threshold) => verdicts.get(threshold)?.kind !== 'passed');
    if (open.length === 0) break;
    const runs = await run(open);
    for (const threshold of open)
      verdicts.set(threshold, better(verdicts.get(threshold), judge(threshold, runs), threshold));
  }
  return verdicts;
}

/** The one that is nearer to its limit, of two that did not pass. */
function better(before: Verdict | undefined, now: Verdict, { max }: Threshold): Verdict {
  if (before?.kind !== 'exceeded' || now.kind !== 'exceeded')
    return now.kind === 'not measured' && before !== undefined ? before : now;
  const isNearer = max === undefined ? now.ratio > before.ratio : now.ratio < before.ratio;
  return isNearer ? now : before;
}
