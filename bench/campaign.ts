// All runs of a benchmark: every server once, then every server again in another order, load by load.
import { obstacle, type ServerKind } from './servers.ts';
import { shown } from './numbers.ts';
import { FIGURES } from './figures.ts';
import type { Load } from './loads.ts';
import type { Run } from './results.ts';
import type { Outcome, Setup } from './setup.ts';

/** A void run is repeated so often. */
const ATTEMPTS = 3;

export interface Plan {
  readonly loads: readonly Load[];
  /** Those that are there. */
  readonly servers: readonly ServerKind[];
  readonly runs: number;
  /** Nothing is begun after that, milliseconds of `performance.now()`. */
  readonly until: number;
}

export type MeasureOne = (load: Load, server: ServerKind, setup: Setup) => Promise<Outcome>;

/** In another order each time: what changes on the machine meanwhile is nobody's alone. */
export function rotated<T>(list: readonly T[], by: number): T[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

export function partakers(load: Load, servers: readonly ServerKind[]): ServerKind[] {
  return servers.filter((server) => obstacle(server, load.needs) === undefined);
}

export async function runAll(
  plan: Plan,
  setup: Setup,
  say: (line: string) => void,
  measureOne: MeasureOne,
): Promise<Run[]> {
  const runs: Run[] = [];
  const total = plan.loads.reduce((sum, load) => sum + partakers(load, plan.servers).length * plan.runs, 0);
  let number = 0;
  for (const load of plan.loads) {
    const servers = partakers(load, plan.servers);
    for (let repetition = 1; repetition <= plan.runs; repetition++) {
      for (const server of rotated(servers, repetition - 1)) {
        number++;
        for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
          const outcome = await runOne(plan, () => measureOne(load, server, setup));
          runs.push({ load: load.name, server: server.name, repetition, attempt, outcome });
          say(
            `[${number}/${total}] ${load.name}, ${server.name}, run ${repetition}/${plan.runs}: ${told(load, outcome)}`,
          );
          if (outcome.kind !== 'void') break;
        }
      }
    }
  }
  return runs;
}

async function runOne({ until }: Plan, run: () => Promise<Outcome>): Promise<Outcome> {
  if (performance.now() > until) return { kind: 'skipped', reason: 'no time left' };
  return run();
}

/** One line about an outcome. */
function told(load: Load, outcome: Outcome): string {
  if (outcome.kind === 'failed') return `FAILED: ${outcome.reason}`;
  if (outcome.kind === 'skipped') return `skipped: ${outcome.reason}`;
  const parts = load.figures.slice(0, 5).flatMap((name) => {
    const value = outcome.figures[name];
    return value === undefined ? [] : [`${FIGURES[name].head} ${shown(value)}`];
  });
  return `${outcome.kind === 'void' ? `void (${outcome.reason}): ` : ''}${parts.join(', ')}`;
}

const START_SECONDS = 0.8;
const LARGE_SECONDS = 45;

/** About how long a plan takes, seconds: so that one can go and get coffee. */
export function estimate(plan: Plan, setup: Pick<Setup, 'seconds' | 'isQuick'>): number {
  let seconds = plan.loads.some(({ needs }) => needs === 'replay') ? LARGE_SECONDS : 0;
  for (const load of plan.loads) {
    seconds += partakers(load, plan.servers).length * plan.runs * (START_SECONDS + secondsOf(load, setup));
  }
  return seconds;
}

function secondsOf({ measure }: Load, { seconds, isQuick }: Pick<Setup, 'seconds' | 'isQuick'>): number {
  switch (measure.how) {
    case 'closed':
      return isQuick ? 0.5 : seconds * 1.4;
    case 'paced':
    case 'engine':
      return seconds + 1.5;
    case 'append':
      return seconds + 2;
    case 'transport':
      return seconds + 3;
    case 'hold':
      return measure.atOnce ? seconds + 3 : isQuick ? 1 : 6 + seconds;
    case 'replay':
      return (isQuick ? 0.1 : 1) * (1 + 0.7 * measure.joiners);
    case 'startup':
      return measure.data === 'empty' ? 0.5 : 4;
  }
}
