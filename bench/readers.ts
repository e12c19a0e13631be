// Late joiners: each reads a room from its start to what was newest when it came, once.
import { Mode } from '../src/protocol/index.ts';
import { taskOf, tell } from './child.ts';
import { Lean } from './lean.ts';

export interface ReadersTask {
  readonly port: number;
  readonly readers: number;
}

/** Of each of them, when it has everything. */
export interface ReadersResult {
  readonly entries: number;
  /** From its Join. */
  readonly ms: number;
  /** Of this process, all readers, until now. */
  readonly cpuSeconds: number;
}

const { port, readers } = taskOf() as ReadersTask;
const NO_SECRET = new Uint8Array(0);

function read(): Promise<void> {
  return new Promise((resolve) => {
    let [wanted, got, start] = [Number.POSITIVE_INFINITY, 0, 0];
    const lean = new Lean(port, '', NO_SECRET, {
      onJoined: ({ first, newest }) => {
        wanted = newest - first + 1;
      },
      onEntry: () => {
        if (++got !== wanted) return;
        lean.end();
        const { user, system } = process.cpuUsage();
        const ms = performance.now() - start;
        tell({ entries: got, ms, cpuSeconds: (user + system) / 1e6 } satisfies ReadersResult);
        resolve();
      },
    });
    void lean.welcome.then(() => {
      start = performance.now();
      lean.join(Mode.QUIET);
    });
  });
}

await Promise.all(Array.from({ length: readers }, read));
process.disconnect();
