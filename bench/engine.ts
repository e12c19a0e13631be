// The engine alone, in this process: what appends and reads cost without a network.
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bench, Setup } from './bench.ts';
import { closed, listener, makeLog, openLog, proposalOf, ROOM } from './make-log.ts';
import { shown, Table } from './numbers.ts';

interface Load {
  /** Appends without an outcome. */
  readonly depth: number;
  readonly areOrdered: boolean;
}

const LOADS: readonly Load[] = [
  { depth: 1, areOrdered: true },
  { depth: 64, areOrdered: true },
  { depth: 1_000, areOrdered: true },
  { depth: 10_000, areOrdered: true },
  { depth: 10_000, areOrdered: false },
];
const PAGE_BYTES = 65_536;
const MADE = 100_000;

export const engine: Bench = {
  name: 'engine',
  about: 'the engine without a network: appends by how many wait, with ordered and random ids; reads',
  run: async (setup) => {
    const appends = new Table(['appends under way', 'stored/s', 'main thread µs', 'all threads µs']);
    const reads = new Table(['reads under way', 'entries/s', 'main thread µs', 'all threads µs']);
    for (let n = 0; n < setup.repeats; n++) {
      const directory = setup.kept ?? join(setup.folder, `large-${n}`);
      await makeLog(directory, setup.entries);
      for (const depth of [1, 16]) await readAll(directory, depth, { setup, table: reads });
      for (const [i, load] of LOADS.entries())
        await appendFor(join(setup.folder, `${n}-${i}`), load, { setup, table: appends });
    }
    return [appends.toString(), reads.toString()];
  },
};

interface Run {
  readonly setup: Setup;
  readonly table: Table;
}

async function appendFor(
  directory: string,
  { depth, areOrdered }: Load,
  { setup, table }: Run,
): Promise<void> {
  const log = await openLog(directory);
  // Made before: what they cost is not the engine's.
  const ready = Array.from({ length: MADE }, (_, n) => proposalOf(n, areOrdered));
  let [appended, stored] = [0, 0];
  const state = { isOver: false };
  const done = Promise.withResolvers<void>();
  const more = (): void => {
    for (; !state.isOver && appended - stored < depth; appended++) {
      const proposal = ready[appended % MADE];
      if (proposal === undefined) return;
      log.append(
        ROOM,
        appended < MADE ? proposal : { ...proposal, id: idOf(proposal.id, appended, areOrdered) },
      );
    }
    if (state.isOver && stored === appended) done.resolve();
  };
  log.open(
    ROOM,
    listener((outcomes) => {
      stored += outcomes.length;
      more();
    }),
  );
  const look = lookAt();
  more();
  await wait(setup.spanMs);
  state.isOver = true;
  await done.promise;
  const { perSecond, mainUs, allUs } = look(stored);
  await closed(log);
  const name = `${depth}${areOrdered ? '' : ', random ids'}`;
  table.add(name, [perSecond, mainUs, allUs]);
  setup.say(`append ${name}: ${shown(perSecond)}/s, main ${shown(mainUs)} µs, all ${shown(allUs)} µs`);
}

/** As the one that it was made of: greater than all before, or anywhere. */
function idOf(id: Uint8Array, n: number, areOrdered: boolean): Uint8Array {
  const other = Buffer.from(id);
  if (areOrdered) {
    other.writeUInt32BE(Math.floor(Date.now() / 2 ** 16), 0);
    other.writeUInt16BE(Date.now() % 2 ** 16, 4);
  }
  other.writeUInt32BE(n, areOrdered ? 12 : (n % 3) * 4);
  return other;
}

/** Reads the whole log, over and over, by so many readers that go from its start to its end. */
async function readAll(directory: string, depth: number, { setup, table }: Run): Promise<void> {
  const log = await openLog(directory);
  const { newest } = log.open(
    ROOM,
    listener(() => undefined),
  );
  const until = performance.now() + setup.spanMs;
  let entries = 0;
  const look = lookAt();
  await Promise.all(
    Array.from({ length: depth }, async (_, reader) => {
      let from = 1 + Math.floor((newest / depth) * reader);
      while (performance.now() < until) {
        const last = await readPage(log, from);
        entries += last - from + 1;
        from = last >= newest ? 1 : last + 1;
      }
    }),
  );
  const { perSecond, mainUs, allUs } = look(entries);
  await closed(log);
  table.add(String(depth), [perSecond, mainUs, allUs]);
  setup.say(`read, ${depth}: ${shown(perSecond)}/s, main ${shown(mainUs)} µs, all ${shown(allUs)} µs`);
}

function readPage(log: Awaited<ReturnType<typeof openLog>>, from: number): Promise<number> {
  return new Promise((resolve, reject) => {
    log.read({ room: ROOM, from, bytesMax: PAGE_BYTES }, (result) => {
      if (result.status === 'run') resolve(result.last);
      else reject(new Error(result.status));
    });
  });
}

/** Begins to measure; the result tells what each of so many entries has cost. */
function lookAt(): (entries: number) => { perSecond: number; mainUs: number; allUs: number } {
  const at = performance.now();
  const all = process.cpuUsage();
  const main = process.threadCpuUsage();
  return (entries) => {
    const ms = performance.now() - at;
    const [allNow, mainNow] = [process.cpuUsage(all), process.threadCpuUsage(main)];
    return {
      perSecond: (entries / ms) * 1_000,
      mainUs: (mainNow.user + mainNow.system) / entries,
      allUs: (allNow.user + allNow.system) / entries,
    };
  };
}
