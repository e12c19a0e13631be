// A large room from its start to late joiners.
import { Child } from './child.ts';
import type { Measure } from './loads.ts';
import type { ReadersResult, ReadersTask } from './readers.ts';
import { freePort, type ServerProcess } from './process.ts';
import type { Place, ServerKind } from './servers.ts';
import type { Outcome, Setup } from './setup.ts';
import { settled, statusOf } from './status.ts';
import { memoryOf, spentBetween, usageOf } from './usage.ts';

type Replay = Extract<Measure, { how: 'replay' }>;

/** Lets a server on the large log be used. Nothing is said there, so it stays as it is. */
async function withLargeLog<T>(
  server: ServerKind,
  setup: Setup,
  use: (process: ServerProcess, place: Place) => Promise<T>,
): Promise<T> {
  const place: Place = { folder: await setup.largeLog(), port: await freePort(), pinning: setup.pinning };
  const process = server.launch(place);
  try {
    await process.accepts();
    await settled(place.folder);
    return await use(process, place);
  } finally {
    await process.stop();
  }
}

export function replay({ joiners }: Replay, server: ServerKind, setup: Setup): Promise<Outcome> {
  return withLargeLog(server, setup, async (process, { port, folder }) => {
    await statusOf(folder, true);
    const before = usageOf(process.pid);
    const task: ReadersTask = { port, readers: joiners };
    const child = new Child<ReadersResult>('./readers.ts', task, setup.pinning);
    try {
      const rounds: ReadersResult[] = [];
      while (rounds.length < joiners) rounds.push(await child.next());
      const after = usageOf(process.pid);
      const own = rounds.reduce((most, { cpuSeconds }) => Math.max(most, cpuSeconds), 0);
      const spent = spentBetween(before, after, own);
      const entries = rounds.reduce((sum, round) => sum + round.entries, 0);
      const { measuredDelayMs } = await statusOf(folder, true);
      // From the first Join: the start of the readers' process is not the server's.
      const seconds = Math.max(...rounds.map(({ ms }) => ms)) / 1_000;
      const figures = {
        entries,
        entriesPerSecond: entries / seconds,
        entryUs: (spent.cpu / entries) * 1e6,
        seconds,
        loopLateMs: measuredDelayMs?.max,
        rssMiB: memoryOf(process.pid).peakKib / 1_024,
        serverBusy: (spent.cpu / seconds) * 100,
        loadBusy: (own / seconds) * 100,
        othersBusy: spent.othersBusy * 100,
      };
      return { kind: 'measured', figures };
    } finally {
      await child.kill();
    }
  });
}
