// What each transport costs: the same lines to the same number of listeners, over each of them in turn.
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bench, Setup } from './bench.ts';
import { Child } from './child.ts';
import { type Transport, TRANSPORTS } from './link.ts';
import type { ListenersResult, ListenersTask } from './listeners.ts';
import { shown, Table } from './numbers.ts';
import type { SendersResult, SendersTask } from './senders.ts';
import { busy, Server, spent } from './server.ts';
import type { TalkersResult, TalkersTask } from './talkers.ts';

const LISTENERS = 200;
/** A busy room: so many lines a second, whatever the transport. */
const PER_SECOND = 100;
/** As much as goes: so many senders, each with so many lines that are not acknowledged. All of them over plain. */
const FLOOD = { senders: 4, depth: 64, areOrdered: true } as const;
const WARM_MS = 1_000;

const HEAD = [
  'transport, load',
  'deliveries/s',
  'main thread µs/delivery',
  'all threads µs/delivery',
  'times plain',
  'listeners busy %',
  'server: main + other threads',
  'loop p99 ms',
  'RSS MiB',
];

export const transports: Bench = {
  name: 'transports',
  about: `fan-out to ${LISTENERS} listeners over plain TCP, TLS, WebSocket and secure WebSocket`,
  run: async (setup) => {
    const table = new Table(HEAD);
    for (let n = 0; n < setup.repeats; n++) {
      for (const load of ['steady', 'flood'] as const) {
        const server = await Server.start({
          data: join(setup.folder, `${load}-${n}`),
          profiles: setup.profiles,
        });
        try {
          await all(server, load, { setup, table });
        } finally {
          await server.stop();
        }
      }
    }
    return [table.toString()];
  },
};

interface Run {
  readonly setup: Setup;
  readonly table: Table;
}

async function all(server: Server, load: 'steady' | 'flood', run: Run): Promise<void> {
  let plain = Number.NaN;
  for (const transport of TRANSPORTS) {
    const each = await one(server, load, transport, plain, run);
    if (transport === 'plain') plain = each;
  }
}

/** Returns the CPU time of one delivery, microseconds, all threads. */
async function one(
  server: Server,
  load: 'steady' | 'flood',
  transport: Transport,
  plain: number,
  { setup, table }: Run,
): Promise<number> {
  const task: ListenersTask = { port: server.port, listeners: LISTENERS, transport };
  const listeners = new Child<ListenersResult>('./listeners.ts', task);
  await listeners.next();
  const stop = await begin(server, load, setup.spanMs);
  listeners.tell('report');
  await listeners.next();
  server.reset();
  const before = server.threads();
  await wait(setup.spanMs);
  const after = server.threads();
  listeners.tell('report');
  const { entries, ms, busy: part } = await listeners.next();
  const { loopMs, memory } = await server.report();
  await stop();
  listeners.tell('stop');
  await listeners.ended();
  const cpu = spent(before, after);
  const [main, each] = [(cpu.main / entries) * 1e6, (cpu.all / entries) * 1e6];
  const perSecond = (entries / ms) * 1_000;
  const times = transport === 'plain' ? 1 : each / plain;
  const threads = busy(before, after, setup.spanMs);
  const name = `${transport}, ${load}`;
  table.add(name, [perSecond, main, each, times, part * 100, threads, loopMs.p99, memory.rss / 2 ** 20]);
  setup.say(
    `${name}: ${shown(perSecond)} deliveries/s at ${shown(each)} µs, main ${shown(main)}; listeners ${shown(part * 100)} %; threads ${threads}`,
  );
  return each;
}

/** Lets somebody talk; resolves when it goes on as it will go on. The result ends it. */
async function begin(server: Server, load: 'steady' | 'flood', spanMs: number): Promise<() => Promise<void>> {
  if (load === 'steady') {
    const task: TalkersTask = { port: server.port, members: 1, perSecond: PER_SECOND };
    const talker = new Child<TalkersResult>('./talkers.ts', task);
    await talker.next();
    await wait(WARM_MS);
    return async () => {
      talker.tell('stop');
      await talker.ended();
    };
  }
  const task: SendersTask = { ...FLOOD, port: server.port, spanMs: spanMs + WARM_MS };
  const senders = new Child<SendersResult>('./senders.ts', task);
  await senders.next();
  return () => senders.kill();
}
