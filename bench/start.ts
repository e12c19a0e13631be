// How long a server takes until somebody is in: from the start of its process to the first Welcome.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bench, Setup } from './bench.ts';
import { Child } from './child.ts';
import { Lean } from './lean.ts';
import { makeLog } from './make-log.ts';
import { shown, Table } from './numbers.ts';
import type { SendersResult, SendersTask } from './senders.ts';
import { Server } from './server.ts';
import { settled, statusOf } from './status.ts';

const RETRY_MS = 1;
const LOAD_MS = 1_000;
const LOAD: Pick<SendersTask, 'senders' | 'depth' | 'areOrdered'> = {
  senders: 20,
  depth: 64,
  areOrdered: true,
};
const HEAD = ['data directory', 'entries', 'connected ms', 'Welcome ms', 'Welcome, slowest ms'];

export const start: Bench = {
  name: 'start',
  about: 'from the start of the process to the first Welcome: empty, a large log, the same after kill -9',
  run: async (setup) => {
    const table = new Table(HEAD);
    const runs = setup.repeats * 2 + 1;
    const data = setup.kept ?? join(setup.folder, 'start');
    await makeLog(data, setup.entries);
    const first = await Server.start({ data });
    await settled(data);
    await first.stop();
    for (let n = 0; n < runs; n++) {
      await startOnce('empty', join(setup.folder, `empty-${n}`), { setup, table });
    }
    for (let n = 0; n < runs; n++) await startOnce('large, stopped cleanly', data, { setup, table });
    for (let n = 0; n < runs; n++) {
      await killUnderLoad(data);
      await startOnce('large, killed under load', data, { setup, table });
    }
    return [table.toString()];
  },
};

const slowest = new Map<string, number>();

async function startOnce(
  name: string,
  data: string,
  { setup, table }: { setup: Setup; table: Table },
): Promise<void> {
  const port = await freePort();
  const at = performance.now();
  const server = new Server({ data, port, probe: false });
  const connected = await connects(port);
  const lean = new Lean(port, 'first', randomBytes(32), {});
  await lean.welcome;
  const welcome = performance.now() - at;
  lean.end();
  await server.ready();
  const entries = (await statusOf(data)).rooms.reduce((sum, { newest }) => sum + newest, 0);
  await server.stop();
  slowest.set(name, Math.max(welcome, slowest.get(name) ?? 0));
  table.add(name, [entries, connected - at, welcome, slowest.get(name) ?? 0]);
  setup.say(`${name}: connected ${shown(connected - at)} ms, Welcome ${shown(welcome)} ms`);
}

async function killUnderLoad(data: string): Promise<void> {
  const server = await Server.start({ data, probe: false });
  const task: SendersTask = { ...LOAD, port: server.port, spanMs: 60_000 };
  const senders = new Child<SendersResult>('./senders.ts', task);
  await senders.next();
  await wait(LOAD_MS);
  await Promise.all([server.kill(), senders.kill()]);
}

/** Resolves with the moment at which a connection was there. */
async function connects(port: number): Promise<number> {
  for (;;) {
    const socket = connect({ host: '127.0.0.1', port });
    try {
      await once(socket, 'connect');
      return performance.now();
    } catch {
      await wait(RETRY_MS);
    } finally {
      socket.destroy();
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
