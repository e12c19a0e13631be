// How fast a late joiner gets everything, and what everybody else notices of it.
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bench, Setup } from './bench.ts';
import { Child } from './child.ts';
import { makeLog } from './make-log.ts';
import { shown, Table } from './numbers.ts';
import type { ReadersResult, ReadersTask } from './readers.ts';
import { busy, Server } from './server.ts';
import { settled } from './status.ts';
import type { TalkersResult, TalkersTask } from './talkers.ts';

const ROUNDS = 5;
const READERS = 200;
const MEMBERS = 10;
const PER_SECOND = 20;
const CROWD_MS = 20_000;
const SAMPLE_MS = 100;
const MIB = 2 ** 20;

const ALONE_HEAD = [
  'late joiners',
  'entries/s',
  'clients busy %',
  'server: main + other threads',
  'RSS before MiB',
  'RSS at most MiB',
  'RSS after MiB',
  'heap at most MiB',
  'loop max ms',
];
const LIVE_HEAD = [
  'live members while',
  'deliveries',
  'p50 ms',
  'p99 ms',
  'max ms',
  'loop p99 ms',
  'loop p99.99 ms',
  'loop max ms',
];

export const replay: Bench = {
  name: 'replay',
  about: 'a large log from its start to one late joiner, and to 200 at once beside live members',
  run: async (setup) => {
    const alone = new Table(ALONE_HEAD);
    const live = new Table(LIVE_HEAD);
    const data = setup.kept ?? join(setup.folder, 'replay');
    await makeLog(data, setup.entries);
    for (let n = 0; n < setup.repeats; n++) {
      const server = await Server.start({ data, profiles: setup.profiles });
      try {
        await settled(data);
        await late(server, { setup, table: alone });
        await crowd(server, { setup, alone, live });
      } finally {
        await server.stop();
      }
    }
    return [alone.toString(), live.toString()];
  },
};

/** Looks at the memory of a server until it is told to stop. */
async function watch(server: Server): Promise<() => Promise<Array<number | string>>> {
  server.reset();
  const before = (await server.report()).memory.rss / MIB;
  let [rss, heap] = [before, 0];
  const state = { isOver: false };
  const watching = (async () => {
    while (!state.isOver) {
      const { memory } = await server.report();
      rss = Math.max(rss, memory.rss / MIB);
      heap = Math.max(heap, (memory.heapUsed + memory.external) / MIB);
      await wait(SAMPLE_MS);
    }
  })();
  return async () => {
    state.isOver = true;
    await watching;
    const { loopMs } = await server.report();
    await wait(2_000);
    const after = (await server.report()).memory.rss / MIB;
    return [before, rss, after, heap, loopMs.max];
  };
}

async function late(server: Server, run: { setup: Setup; table: Table }): Promise<void> {
  const done = await watch(server);
  const threads = server.threads();
  const task: ReadersTask = { port: server.port, readers: 1, rounds: ROUNDS };
  const child = new Child<ReadersResult>('./readers.ts', task);
  const rounds: ReadersResult[] = [];
  for (let n = 0; n < ROUNDS; n++) rounds.push(await child.next());
  const spent = rounds.reduce((sum, { ms }) => sum + ms, 0);
  const used = busy(threads, server.threads(), spent);
  await child.ended();
  const memory = await done();
  for (const { entries, ms, busy: own } of rounds) {
    run.table.add('1', [(entries / ms) * 1_000, own * 100, used, ...memory]);
    run.setup.say(`1 late joiner: ${shown((entries / ms) * 1_000)}/s; threads ${used}`);
  }
}

async function crowd(server: Server, run: { setup: Setup; alone: Table; live: Table }): Promise<void> {
  const talk: TalkersTask = { port: server.port, members: MEMBERS, perSecond: PER_SECOND };
  const talkers = new Child<TalkersResult>('./talkers.ts', talk);
  await talkers.next();
  const hear = async (name: string): Promise<void> => {
    talkers.tell('report');
    const { deliveries, p50Ms, p99Ms, maxMs } = await talkers.next();
    const { p99, p9999, max } = (await server.report()).loopMs;
    run.live.add(name, [deliveries, p50Ms, p99Ms, maxMs, p99, p9999, max]);
    run.setup.say(
      `${name}: p50 ${shown(p50Ms)} ms, p99 ${shown(p99Ms)} ms, max ${shown(maxMs)} ms; loop max ${shown(max)} ms`,
    );
  };
  server.reset();
  await wait(run.setup.spanMs);
  await hear('nobody comes');
  const done = await watch(server);
  const [threads, at] = [server.threads(), performance.now()];
  const task: ReadersTask = { port: server.port, readers: READERS, rounds: 0 };
  const readers = new Child<ReadersResult>('./readers.ts', task);
  await wait(Math.min(CROWD_MS, run.setup.spanMs * 3));
  readers.tell('stop');
  const { entries, ms, busy: own } = await readers.next();
  const used = busy(threads, server.threads(), performance.now() - at);
  await hear(`${READERS} late joiners read`);
  await readers.ended();
  const memory = await done();
  run.alone.add(String(READERS), [(entries / ms) * 1_000, own * 100, used, ...memory]);
  run.setup.say(
    `${READERS} late joiners: ${shown((entries / ms) * 1_000)}/s; threads ${used}; clients ${shown(own * 100)} %`,
  );
  talkers.tell('stop');
  await talkers.ended();
}
