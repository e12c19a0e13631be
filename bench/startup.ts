// From the start of a server's process until somebody is in.
import { randomBytes } from 'node:crypto';
import { cpSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { removeFolder } from './alive.ts';
import { Child } from './child.ts';
import { Lean } from './lean.ts';
import type { Measure } from './loads.ts';
import type { SendersResult, SendersTask } from './senders.ts';
import type { Place, ServerKind } from './servers.ts';
import { makePlace, type Outcome, type Setup } from './setup.ts';
import { memoryOf, usageOf } from './usage.ts';

type Startup = Extract<Measure, { how: 'startup' }>;

const LOAD: Pick<SendersTask, 'senders' | 'depth' | 'areOrdered'> = {
  senders: 20,
  depth: 64,
  areOrdered: true,
};
const LOAD_MS = 1_000;

export async function startup({ data }: Startup, server: ServerKind, setup: Setup): Promise<Outcome> {
  const place = await makePlace(setup);
  try {
    if (data !== 'empty') cpSync(await setup.largeLog(), place.folder, { recursive: true });
    if (data === 'killed') await killUnderLoad(server, place, setup);
    return await startOnce(server, place);
  } finally {
    removeFolder(place.folder);
  }
}

async function startOnce(server: ServerKind, place: Place): Promise<Outcome> {
  const at = performance.now();
  const process = server.launch(place);
  try {
    const connectMs = (await process.accepts()) - at;
    let welcomeMs: number | undefined;
    if (server.protocol === 'kentongan') {
      const lean = new Lean(place.port, 'first', randomBytes(32), {});
      await lean.welcome;
      welcomeMs = performance.now() - at;
      lean.end();
    }
    const { cpu } = usageOf(process.pid);
    const rssMiB = memoryOf(process.pid).peakKib / 1_024;
    return { kind: 'measured', figures: { connectMs, welcomeMs, startCpuMs: cpu * 1_000, rssMiB } };
  } finally {
    await process.stop();
  }
}

async function killUnderLoad(server: ServerKind, place: Place, setup: Setup): Promise<void> {
  const process = server.launch(place);
  await process.accepts();
  const task: SendersTask = { ...LOAD, port: place.port, spanMs: 60_000 };
  const senders = new Child<SendersResult>('./senders.ts', task, setup.pinning);
  await senders.next();
  await wait(LOAD_MS);
  await Promise.all([process.kill(), senders.kill()]);
}
