// What each transport costs: the same messages to as many listeners, over one of the four.
import { setTimeout as wait } from 'node:timers/promises';
import { Child } from './child.ts';
import type { ListenersResult, ListenersTask } from './listeners.ts';
import type { Measure } from './loads.ts';
import type { SendersResult, SendersTask } from './senders.ts';
import type { ServerKind } from './servers.ts';
import { type Outcome, type Setup, withServer } from './setup.ts';
import type { TalkersResult, TalkersTask } from './talkers.ts';
import { memoryOf, spentBetween, usageOf } from './usage.ts';

type Over = Extract<Measure, { how: 'transport' }>;

const LISTENERS = 200;
const PER_SECOND = 100;
/** As much as goes: so many senders, each with so many messages that are not acknowledged. All of them over plain TCP. */
const FLOOD = { senders: 4, depth: 64, areOrdered: true } as const;
const WARM_MS = 1_000;

export function transport(over: Over, server: ServerKind, setup: Setup): Promise<Outcome> {
  return withServer(server, setup, async (process, { port }) => {
    const task: ListenersTask = { port, listeners: LISTENERS, transport: over.transport };
    const listeners = new Child<ListenersResult>('./listeners.ts', task, setup.pinning);
    let talking: { kill(): Promise<void> } | undefined;
    try {
      await listeners.next();
      const spanMs = setup.seconds * 1_000;
      talking = await begin(over, port, spanMs, setup);
      listeners.tell('report');
      await listeners.next();
      const before = usageOf(process.pid);
      await wait(spanMs);
      const after = usageOf(process.pid);
      listeners.tell('report');
      const { entries, ms, busy } = await listeners.next();
      const spent = spentBetween(before, after, (busy * ms) / 1_000);
      const cpuUs = (spent.cpu / entries) * 1e6;
      const figures = {
        cpuUs,
        userUs: cpuUs * spent.user,
        perSecond: (entries / ms) * 1_000,
        serverBusy: spent.busy * 100,
        loadBusy: busy * 100,
        othersBusy: spent.othersBusy * 100,
        rssMiB: memoryOf(process.pid).peakKib / 1_024,
      };
      return { kind: 'measured', figures };
    } finally {
      await Promise.all([listeners.kill(), talking?.kill()]);
    }
  });
}

/** Lets somebody talk; resolves when it goes on as it will go on. */
async function begin(
  { flood }: Over,
  port: number,
  spanMs: number,
  setup: Setup,
): Promise<{ kill(): Promise<void> }> {
  if (flood) {
    const task: SendersTask = { ...FLOOD, port, spanMs: spanMs + 2 * WARM_MS };
    const senders = new Child<SendersResult>('./senders.ts', task, setup.pinning);
    await senders.next();
    return senders;
  }
  const task: TalkersTask = { port, members: 1, perSecond: PER_SECOND };
  const talker = new Child<TalkersResult>('./talkers.ts', task, setup.pinning);
  await talker.next();
  await wait(WARM_MS);
  return talker;
}
