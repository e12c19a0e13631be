// Messages that are acknowledged when they are stored, beside what a lone commit takes in the same minute.
import { Child } from './child.ts';
import type { Measure } from './loads.ts';
import { commitUsOf } from './machine.ts';
import type { SendersResult, SendersTask } from './senders.ts';
import type { ServerKind } from './servers.ts';
import { type Outcome, type Setup, withServer } from './setup.ts';
import { memoryOf, spentBetween, usageOf } from './usage.ts';

type Append = Extract<Measure, { how: 'append' }>;

const COMMITS_MS = 1_000;
const COMMITS_QUICK_MS = 300;

export function append({ senders, inFlight }: Append, server: ServerKind, setup: Setup): Promise<Outcome> {
  // Before the server is there, on the same disk.
  const commitUs = commitUsOf(setup.folder, setup.isQuick ? COMMITS_QUICK_MS : COMMITS_MS);
  return withServer(server, setup, async (process, { port }) => {
    const spanMs = setup.seconds * 1_000;
    const task: SendersTask = { port, senders, depth: inFlight, spanMs, areOrdered: true };
    const child = new Child<SendersResult>('./senders.ts', task, setup.pinning);
    try {
      await child.next();
      const before = usageOf(process.pid);
      const { perSecond, p50Ms, p99Ms, maxMs, busy } = await child.next();
      const spent = spentBetween(before, usageOf(process.pid), busy * setup.seconds);
      const figures = {
        messagesPerSecond: perSecond,
        ...{ p50Ms, p99Ms, maxMs, commitUs },
        messageUs: (spent.cpu / (perSecond * setup.seconds)) * 1e6,
        commits: (p50Ms * 1_000) / commitUs,
        perCommit: (perSecond * commitUs) / 1e6,
        serverBusy: spent.busy * 100,
        loadBusy: busy * 100,
        othersBusy: spent.othersBusy * 100,
        rssMiB: memoryOf(process.pid).peakKib / 1_024,
      };
      return { kind: 'measured', figures };
    } finally {
      await child.kill();
    }
  });
}
