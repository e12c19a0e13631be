// Those who only listen, over one transport: they take every entry off the wire and do nothing else with it.
import { Mode } from '../src/protocol/index.ts';
import { taskOf, tell } from './child.ts';
import { Lean } from './lean.ts';
import type { Transport } from './link.ts';

export interface ListenersTask {
  readonly port: number;
  readonly listeners: number;
  readonly transport: Transport;
}

/** Since it was asked last. */
export interface ListenersResult {
  readonly entries: number;
  readonly ms: number;
  /** What part of a core this process used itself. */
  readonly busy: number;
}

const task = taskOf() as ListenersTask;
const NO_SECRET = new Uint8Array(0);
/** TLS takes some time for each: so many come in at one time. */
const AT_ONCE = 20;

let entries = 0;
const onEntry = (): void => {
  entries++;
};

function listener(): Promise<Lean> {
  return new Promise((resolve) => {
    const owner = { onEntry, onJoined: () => resolve(lean) };
    const lean = new Lean(task.port, '', NO_SECRET, owner, task.transport);
    // The newest one will do.
    void lean.welcome.then(() => lean.join(Mode.QUIET, 1));
  });
}

const all: Lean[] = [];
while (all.length < task.listeners) {
  const count = Math.min(AT_ONCE, task.listeners - all.length);
  all.push(...(await Promise.all(Array.from({ length: count }, () => listener()))));
}

let [since, cpu] = [performance.now(), process.cpuUsage()];
tell({});

process.on('message', (word) => {
  if (word === 'stop') {
    for (const lean of all) lean.end();
    process.disconnect();
    return;
  }
  const ms = performance.now() - since;
  const { user, system } = process.cpuUsage(cpu);
  tell({ entries, ms, busy: (user + system) / 1_000 / ms } satisfies ListenersResult);
  [entries, since, cpu] = [0, performance.now(), process.cpuUsage()];
});
