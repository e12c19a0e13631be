// Processes that stand still for a while: the server, some of its clients, its disk.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Campaign, Figures, Run } from './campaign.ts';
import { Progress } from './progress.ts';
import { World } from './world.ts';

/** So long a process stands still, milliseconds. */
const STILL_MS: readonly [number, number] = [1_000, 5_000];
const BETWEEN_MS: readonly [number, number] = [50, 400];

/** What stands still. */
const WHO = ['server', 'client', 'clients'] as const;

export const stop: Campaign = {
  name: 'stop',
  about: 'SIGSTOP of the server, and clients that stand still, for 1 to 5 s: nothing is lost, sessions go on',
  quick: 3,
  full: 60,
  run: stopAndGo,
};

async function stopAndGo({ random, findings, cycles, options, tree }: Run): Promise<Figures> {
  const progress = new Progress('stops');
  const world = new World({ tree, random: random.fork(0), findings, flags: options.flags });
  const counts = { server: 0, client: 0, clients: 0 };
  try {
    if (!(await world.start())) return {};
    await world.gather();
    for (let done = 0; done < cycles; done++) {
      world.talk(random.pick([1, 4, 16]));
      await sleep(random.between(...BETWEEN_MS));
      const who = WHO[done % WHO.length] ?? 'server';
      counts[who]++;
      await stand(world, who, random.between(...STILL_MS), random.below(world.people.length));
      await sleep(random.between(...BETWEEN_MS));
      world.talk(0);
      await world.settle();
      await world.judge();
      progress.tell(`${done + 1} of ${cycles}, ${world.receipts} receipts; ${findings.summary}`);
    }
    await world.stop();
  } finally {
    progress.end();
    await world.remove();
  }
  return {
    cycles,
    'stops of the server': counts.server,
    'of one client': counts.client,
    'of half the clients': counts.clients,
    acknowledged: world.receipts,
  };
}

async function stand(world: World, who: (typeof WHO)[number], ms: number, first: number): Promise<void> {
  if (who === 'server') {
    world.server.signal('SIGSTOP');
    await sleep(ms);
    world.server.signal('SIGCONT');
    return;
  }
  // A client that reads nothing is what a client that stands still looks like from the other side.
  const { people } = world;
  const still = people.filter((_, index) => (who === 'client' ? index === first : index % 2 === first % 2));
  for (const person of still) person.pause();
  await sleep(ms);
  for (const person of still) person.resume();
}
