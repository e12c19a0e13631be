// A crowd that joins and then says nothing: how fast it gets in, and what it costs to have it.
import { setTimeout as wait } from 'node:timers/promises';
import { Generator } from './generator.ts';
import type { Measure } from './loads.ts';
import type { ServerProcess } from './process.ts';
import type { ServerKind } from './servers.ts';
import { type Outcome, type Setup, withServer } from './setup.ts';
import { connectionsMax, kernelKib, type Memory, memoryOf, spentBetween, usageOf } from './usage.ts';

type Hold = Extract<Measure, { how: 'hold' }>;

const SETTLE_MS = 500;
const QUICK_PART = 9;
const LIMIT_SECONDS = 60;

export function hold(crowd: Hold, server: ServerKind, setup: Setup): Promise<Outcome> {
  return withServer(server, setup, async (process, { port }) => {
    const wanted = setup.isQuick ? Math.ceil(crowd.readers / QUICK_PART) : crowd.readers;
    // Fewer where no more can be open; the table has how many there were.
    const people = Math.min(wanted, connectionsMax());
    await wait(SETTLE_MS);
    const before = lookAt(process);
    const generator = new Generator(holdWords(crowd, people, server, port), setup.pinning);
    try {
      await generator.ready();
      const ready = usageOf(process.pid);
      await wait(SETTLE_MS);
      const quiet = usageOf(process.pid);
      await wait(setup.isQuick ? SETTLE_MS : setup.seconds * 1_000);
      const idle = spentBetween(quiet, usageOf(process.pid), 0);
      const after = lookAt(process);
      const { joinSeconds } = await generator.result();
      const figures = {
        connections: people,
        joinSeconds,
        joinUs: ((ready.cpu - before.usage.cpu) / people) * 1e6,
        rssKiB: (after.memory.rssKib - before.memory.rssKib) / people,
        pssKiB: grown(before.memory, after.memory, people),
        kernelKiB: (after.kernel - before.kernel) / people,
        idlePercent: idle.busy * 100,
        rssMiB: after.memory.peakKib / 1_024,
        othersBusy: idle.othersBusy * 100,
      };
      return { kind: 'measured', figures };
    } finally {
      await generator.kill();
    }
  });
}

function lookAt({ pid }: ServerProcess): {
  usage: ReturnType<typeof usageOf>;
  memory: Memory;
  kernel: number;
} {
  return { usage: usageOf(pid), memory: memoryOf(pid), kernel: kernelKib() };
}

function grown(before: Memory, after: Memory, people: number): number | undefined {
  if (before.pssKib === undefined || after.pssKib === undefined) return undefined;
  return (after.pssKib - before.pssKib) / people;
}

export function holdWords(crowd: Hold, people: number, server: ServerKind, port: number): string[] {
  const words = ['--protocol', server.protocol, '--host', '127.0.0.1', '--port', String(port)];
  words.push(
    '--readers',
    String(people),
    '--senders',
    '0',
    '--hold',
    '--limit-seconds',
    String(LIMIT_SECONDS),
  );
  // As many in a room, however many there are.
  const rooms = Math.ceil((crowd.rooms * people) / crowd.readers);
  if (rooms > 1 && server.abilities.includes('rooms')) words.push('--rooms', String(rooms));
  if (crowd.atOnce) words.push('--join-at-once');
  return words;
}
