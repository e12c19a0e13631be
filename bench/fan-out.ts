// Messages of a few to many, made by the generator: paced (so many a second) or closed (so many under way).
import type { Figures } from './figures.ts';
import { Generator, type LoadResult, type Mark } from './generator.ts';
import type { Load, Measure } from './loads.ts';
import type { ServerKind } from './servers.ts';
import { type Outcome, type Setup, withServer } from './setup.ts';
import { memoryOf, socketBuffersKib, spentBetween, type Spent, type Usage, usageOf } from './usage.ts';

type Crowd = Extract<Measure, { how: 'paced' | 'closed' }>;

/** A generator that is busier than that decides the latencies of a paced load itself. */
const BUSY_MAX = 0.85;
const WARM_UP_MESSAGES = 2_000;
const WARM_UP_QUICK = 500;
const QUICK_PART = 4;
/** More messages than the last rate asks for: the next run may be faster. */
const MARGIN = 1.35;
/** Beyond its plan: joining, warming up, falling behind. */
const LIMIT_SECONDS = 60;
const LIMIT_SECONDS_QUICK = 20;

/** What was read at the two marks. */
interface Looks {
  readonly usage: Map<Mark, Usage>;
  rssKib: number;
  peakKib: number;
  buffersKib: number;
}

export async function fanOut(load: Load, crowd: Crowd, server: ServerKind, setup: Setup): Promise<Outcome> {
  const key = `${load.name} ${server.name}`;
  // A first run finds out how many messages a run of that length takes; it is not counted.
  if (crowd.how === 'closed' && !setup.isQuick && !setup.paces.has(key))
    await once(key, crowd, server, setup);
  return once(key, crowd, server, setup);
}

async function once(key: string, crowd: Crowd, server: ServerKind, setup: Setup): Promise<Outcome> {
  const looks: Looks = { usage: new Map(), rssKib: 0, peakKib: 0, buffersKib: 0 };
  const result = await withServer(server, setup, async (process, { port }) => {
    const args = generatorWords(crowd, { server, port, setup, pace: setup.paces.get(key) });
    const generator = new Generator(args, setup.pinning, (mark) => look(process.pid, mark, looks));
    return generator.result();
  });
  setup.paces.set(key, result.messages / result.seconds);
  const [begin, end] = [looks.usage.get('begin'), looks.usage.get('end')];
  if (begin === undefined || end === undefined) throw new Error('the generator told of no begin or no end');
  const figures = figuresOf(result, spentBetween(begin, end, result.busy * result.seconds), looks);
  return judged(crowd, result, figures, setup);
}

function look(pid: number, mark: Mark, looks: Looks): void {
  looks.usage.set(mark, usageOf(pid));
  const { rssKib, peakKib } = memoryOf(pid);
  if (mark === 'begin') looks.rssKib = rssKib;
  looks.peakKib = peakKib;
  looks.buffersKib = socketBuffersKib();
}

interface For {
  readonly server: ServerKind;
  readonly port: number;
  readonly setup: Setup;
  /** Messages a second of an earlier run. */
  readonly pace: number | undefined;
}

export function generatorWords(crowd: Crowd, { server, port, setup, pace }: For): string[] {
  const words = ['--protocol', server.protocol, '--host', '127.0.0.1', '--port', String(port)];
  words.push('--readers', String(crowd.readers), '--senders', String(crowd.senders));
  words.push('--limit-seconds', String(setup.isQuick ? LIMIT_SECONDS_QUICK : LIMIT_SECONDS));
  if (crowd.how === 'paced') {
    words.push('--rate', String(crowd.rate), '--seconds', String(setup.seconds));
    words.push('--warm-up', String(Math.min(WARM_UP_MESSAGES, crowd.rate)));
    if (crowd.stopped > 0) words.push('--stopped', String(crowd.stopped));
    return words;
  }
  words.push('--window', String(crowd.window), '--messages', String(messagesOf(crowd, setup, pace)));
  words.push('--warm-up', String(setup.isQuick ? WARM_UP_QUICK : WARM_UP_MESSAGES));
  if (crowd.rooms > 1) words.push('--rooms', String(crowd.rooms));
  return words;
}

/** As many as the load has, more where that would be too short; fewer when quick. */
function messagesOf(
  crowd: Extract<Crowd, { how: 'closed' }>,
  setup: Setup,
  pace: number | undefined,
): number {
  if (setup.isQuick) return Math.ceil(crowd.messages / QUICK_PART);
  return Math.max(crowd.messages, Math.ceil((pace ?? 0) * setup.seconds * MARGIN));
}

function figuresOf(result: LoadResult, spent: Spent, looks: Looks): Figures {
  const { deliveries, messages, latencyMs } = result;
  const cpuUs = (spent.cpu / deliveries) * 1e6;
  return {
    cpuUs,
    userUs: cpuUs * spent.user,
    perSecond: result.deliveriesPerSecond,
    messagesPerSecond: messages / result.seconds,
    messageUs: (spent.cpu / messages) * 1e6,
    p50Ms: latencyMs.p50,
    p99Ms: latencyMs.p99,
    p999Ms: latencyMs.p999,
    maxMs: latencyMs.max,
    serverBusy: spent.busy * 100,
    loadBusy: result.busy * 100,
    othersBusy: spent.othersBusy * 100,
    seconds: result.seconds,
    joinSeconds: result.joinSeconds,
    rssMiB: looks.peakKib / 1_024,
    grownMiB: (looks.peakKib - looks.rssKib) / 1_024,
    kernelMiB: looks.buffersKib / 1_024,
  };
}

/** Whether the figures of a run say what they should. */
export function judged(crowd: Crowd, result: LoadResult, figures: Figures, setup: Setup): Outcome {
  if (crowd.how === 'paced' && result.busy > BUSY_MAX) {
    return { kind: 'void', reason: `the generator was busy for ${Math.round(result.busy * 100)} %`, figures };
  }
  if (crowd.how === 'closed' && !setup.isQuick && result.seconds < setup.seconds) {
    return { kind: 'void', reason: `it took ${result.seconds.toFixed(1)} s only`, figures };
  }
  return { kind: 'measured', figures };
}
