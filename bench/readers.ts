// Late joiners: each reads a room from its start, over and over, until it is told to stop.
import { setTimeout as wait } from 'node:timers/promises';
import { Mode } from '../src/protocol/index.ts';
import { taskOf, tell } from './child.ts';
import { Lean } from './lean.ts';

export interface ReadersTask {
  readonly port: number;
  readonly readers: number;
  /** Times that each reads everything; 0 = until it is told to stop. */
  readonly rounds: number;
}

/** After each round, and, summed up, when stopped. */
export interface ReadersResult {
  readonly entries: number;
  readonly ms: number;
  /** What part of a core this process used itself. */
  readonly busy: number;
}

const task = taskOf() as ReadersTask;
const { port, readers } = task;
const NO_SECRET = new Uint8Array(0);
const all = new Set<Lean>();
let total = 0;
const stopped = Promise.withResolvers<void>();
const state = { isOver: false };

/** One connection reads what there was when it came; resolves with the number of entries. */
function readOnce(): Promise<{ entries: number; ms: number }> {
  return new Promise((resolve) => {
    let [wanted, got, start] = [Number.POSITIVE_INFINITY, 0, 0];
    const lean = new Lean(port, '', NO_SECRET, {
      onJoined: ({ first, newest }) => {
        wanted = newest - first + 1;
      },
      onEntry: () => {
        got++;
        total++;
        if (got !== wanted) return;
        all.delete(lean);
        lean.end();
        resolve({ entries: got, ms: performance.now() - start });
      },
    });
    all.add(lean);
    void lean.welcome.then(() => {
      start = performance.now();
      lean.join(Mode.QUIET);
    });
  });
}

async function reader(): Promise<void> {
  for (let round = 0; !state.isOver && (task.rounds === 0 || round < task.rounds); round++) {
    const cpu = process.cpuUsage();
    const { entries, ms } = await readOnce();
    const { user, system } = process.cpuUsage(cpu);
    if (task.rounds > 0) tell({ entries, ms, busy: (user + system) / 1_000 / ms } satisfies ReadersResult);
  }
}

const start = performance.now();
const cpu = process.cpuUsage();
process.on('message', () => {
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  state.isOver = true;
  for (const lean of all) lean.end();
  tell({ entries: total, ms, busy: (user + system) / 1_000 / ms } satisfies ReadersResult);
  stopped.resolve();
});

const reading: Array<Promise<void>> = [];
for (let number = 0; number < readers; number++) {
  reading.push(reader());
  // A server lets few connections wait for their Welcome at one time.
  if (number % 50 === 49) await wait(100);
}
await Promise.race([Promise.all(reading), stopped.promise]);
process.disconnect();
