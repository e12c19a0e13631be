// Carries out one attack in a process of its own: `node attacker.ts TASK`.
import { setPriority } from 'node:os';
import { taskOf, tell } from '../../bench/child.ts';
import type { Transport } from '../../bench/link.ts';
import { Random } from '../support/random.ts';
import type { Counts, Scale, Strike } from './attack.ts';
import { attackOf } from './attacks.ts';
import type { Found } from './finding.ts';

export interface AttackerTask {
  readonly attack: string;
  readonly port: number;
  readonly seed: number;
  readonly stream: number;
  readonly amount: number;
  readonly scale: Scale;
  readonly transports: readonly Transport[];
  readonly marker: string;
}

export type AttackerWord =
  | { readonly is: 'progress'; readonly done: number }
  | { readonly is: 'found'; readonly found: Found }
  | { readonly is: 'done'; readonly counts: Counts };

const PROGRESS_MS = 500;
/** An attacker has a machine of its own; here it takes what the server and honest people leave. */
const NICENESS = 10;

function say(word: AttackerWord): void {
  tell(word);
}

async function main(): Promise<void> {
  const task = taskOf() as AttackerTask;
  const attack = attackOf(task.attack);
  let told = 0;
  const strike: Strike = {
    ...task,
    random: new Random(task.seed, task.stream),
    found: (kind, text) => say({ is: 'found', found: [kind, text] }),
    progress: (done) => {
      const now = performance.now();
      if (now - told < PROGRESS_MS) return;
      told = now;
      say({ is: 'progress', done });
    },
  };
  say({ is: 'done', counts: await attack.strike(strike) });
}

function fail(error: unknown): void {
  say({ is: 'found', found: ['stuck', (error as Error).stack ?? String(error)] });
  say({ is: 'done', counts: {} });
}

setPriority(NICENESS);
process.on('uncaughtException', fail);
await main().catch(fail);
// What an attack left open is cut by the end of the process, but for those that it holds on purpose.
process.once('message', () => process.exit(0));
