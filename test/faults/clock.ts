// A wall clock that jumps while people talk: nothing rests on it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Campaign, Figures, Run } from './campaign.ts';
import { Progress } from './progress.ts';
import { buildShim, Shim } from './shim.ts';
import { World } from './world.ts';

const HOUR_MS = 3_600_000;
/** Milliseconds since 1970. */
const MOMENTS = [
  Date.UTC(1970, 0, 1, 0, 0, 1),
  Date.UTC(2038, 0, 19, 3, 14, 6),
  Date.UTC(2106, 1, 7, 6, 28, 14),
];
const TALK_MS: readonly [number, number] = [50, 500];
const KILL_CHANCE = 0.2;

export const clock: Campaign = {
  name: 'clock',
  about: 'the wall clock jumps by an hour, to 1970, 2038 and 2106: no disorder, nobody is put out',
  quick: 5,
  full: 200,
  run: jumps,
};

async function jumps({ random, findings, cycles, options, tree, folder }: Run): Promise<Figures> {
  const progress = new Progress('jumps');
  const environment: NodeJS.ProcessEnv = {};
  const world = new World({ tree, random: random.fork(0), findings, flags: options.flags, environment });
  const shim = new Shim(buildShim(folder), world.folder, world.data, false);
  Object.assign(environment, shim.environment);
  let kills = 0;
  try {
    if (!(await world.start())) return {};
    await world.gather();
    for (let done = 0; done < cycles; done++) {
      world.talk(random.pick([1, 4, 16]));
      await sleep(random.between(...TALK_MS));
      const to = random.pick([...MOMENTS, Date.now() - HOUR_MS, Date.now() + HOUR_MS, Date.now()]);
      shim.set('clockOffsetNs', BigInt(Math.round(to - Date.now())) * 1_000_000n);
      await sleep(random.between(...TALK_MS));
      if (random.chance(KILL_CHANCE)) {
        kills++;
        await world.kill();
        if (!(await world.start())) return {};
        await world.judge();
        await world.gather();
      } else {
        await world.settle();
        await world.judge();
      }
      progress.tell(`${done + 1} of ${cycles}, ${world.receipts} receipts; ${findings.summary}`);
    }
    await world.settle();
    await world.judge();
    await world.judgeChatLog();
    await world.stop();
  } finally {
    progress.end();
    await world.remove();
    shim.close();
  }
  return { jumps: cycles, 'kills among them': kills, acknowledged: world.receipts };
}
