// How many sends a second are stored and acknowledged, and how long one takes.
import { join } from 'node:path';
import type { Bench, Setup } from './bench.ts';
import { Child } from './child.ts';
import { measureDisk } from './machine.ts';
import { shown, Table } from './numbers.ts';
import type { SendersResult, SendersTask } from './senders.ts';
import { busy, Server, spent } from './server.ts';

type Load = Pick<SendersTask, 'senders' | 'depth' | 'areOrdered'>;

const LOADS: readonly Load[] = [
  { senders: 1, depth: 1, areOrdered: true },
  { senders: 20, depth: 1, areOrdered: true },
  { senders: 200, depth: 1, areOrdered: true },
  { senders: 20, depth: 64, areOrdered: true },
  { senders: 200, depth: 64, areOrdered: true },
  { senders: 200, depth: 64, areOrdered: false },
];

const HEAD = [
  'senders × in flight',
  'acknowledged/s',
  'p50 ms',
  'p99 ms',
  'p50 in lone commits',
  'loop p99 ms',
  'loop p99.99 ms',
  'loop max ms',
  'clients busy %',
  'server: main + other threads',
  'main thread µs/send',
  'all threads µs/send',
  'RSS MiB',
];
const DISK_MS = 1_000;

export const sends: Bench = {
  name: 'sends',
  about: 'sends stored, flushed and acknowledged: rate and latency, beside a lone commit of SQLite',
  run: async (setup) => {
    const table = new Table(HEAD);
    const disk = new Table(['disk', 'fdatasync µs', 'lone commit µs']);
    for (let n = 0; n < setup.repeats; n++) {
      const server = await Server.start({ data: join(setup.folder, `sends-${n}`), profiles: setup.profiles });
      try {
        for (const load of LOADS) {
          const facts = measureDisk(setup.folder, DISK_MS);
          disk.add('medians', [facts.fdatasyncUs, facts.commitUs]);
          await one(server, load, { setup, commitUs: facts.commitUs, table });
        }
      } finally {
        await server.stop();
      }
    }
    return [disk.toString(), table.toString()];
  },
};

interface Run {
  readonly setup: Setup;
  readonly commitUs: number;
  readonly table: Table;
}

async function one(server: Server, load: Load, { setup, commitUs, table }: Run): Promise<void> {
  const task: SendersTask = { ...load, port: server.port, spanMs: setup.spanMs };
  const child = new Child<SendersResult>('./senders.ts', task);
  await child.next();
  server.reset();
  const before = server.threads();
  const result = await child.next();
  const after = server.threads();
  const threads = busy(before, after, setup.spanMs);
  const { loopMs, memory } = await server.report();
  await child.ended();
  const { perSecond, p50Ms, p99Ms } = result;
  const name = `${load.senders} × ${load.depth}${load.areOrdered ? '' : ', random ids'}`;
  const ratio = (p50Ms * 1_000) / commitUs;
  const { p99, p9999, max } = loopMs;
  const sent = (perSecond * setup.spanMs) / 1_000;
  const cpu = spent(before, after);
  const each = [(cpu.main / sent) * 1e6, (cpu.all / sent) * 1e6, memory.rss / 2 ** 20];
  table.add(name, [perSecond, p50Ms, p99Ms, ratio, p99, p9999, max, result.busy * 100, threads, ...each]);
  setup.say(
    `${name}: ${shown(perSecond)}/s, p50 ${shown(p50Ms)} ms = ${shown(ratio)} commits of ${shown(commitUs)} µs, p99 ${shown(p99Ms)} ms; loop max ${shown(max)} ms; threads ${threads}; clients ${shown(result.busy * 100)} %`,
  );
}
