// kill -9 at random instants under load.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Campaign, Figures, Run } from './campaign.ts';
import { Progress } from './progress.ts';
import { World } from './world.ts';

/** A kill comes so many milliseconds after everybody has come, at random. */
const KILL_MS: readonly [number, number] = [5, 250];
/** Sometimes the server is killed while it starts; a start takes about so long. */
const START_MS: readonly [number, number] = [20, 400];
const START_CHANCE = 0.15;
const DEPTHS = [1, 1, 4, 16];

export const kill: Campaign = {
  name: 'kill',
  about: 'kill -9 at random instants under load from 20 clients',
  quick: 20,
  full: 1_000,
  run: (run) => crashes(run, { lose: () => undefined }),
};

/** What is done to the disk between a kill and the next start. */
export interface Crash {
  /** A new data directory, before its first server. */
  begin?(world: World): NodeJS.ProcessEnv;
  /** The server was killed. */
  lose(world: World): void;
  /** The server has stopped in good order. */
  accept?(world: World): void;
  /** The directory is given up. */
  end?(): void;
  figures?(): Figures;
}

/** Cycles of start, reading, load and crash; each directory ends with a stop in good order and one more reading. */
export async function crashes(run: Run, crash: Crash): Promise<Figures> {
  const { random, findings, cycles, options } = run;
  const progress = new Progress('cycles');
  const since = performance.now();
  const sum = { receipts: 0, entries: 0, readings: 0, startsKilled: 0, directories: 0 };
  for (let done = 0; done < cycles; ) {
    const environment: NodeJS.ProcessEnv = {};
    const world = new World({
      tree: run.tree,
      random: random.fork(done),
      findings,
      flags: options.flags,
      environment,
    });
    Object.assign(environment, crash.begin?.(world));
    try {
      for (let n = 0; n < options.perDirectory && done < cycles; n++, done++) {
        if (random.chance(START_CHANCE)) {
          sum.startsKilled++;
          world.spawn();
          await sleep(random.between(...START_MS));
          await world.kill();
          crash.lose(world);
        }
        if (!(await world.start())) return figuresOf();
        await world.judge();
        await world.gather();
        for (const person of world.people) person.repeat(random.below(4));
        world.talk(random.pick(DEPTHS));
        await sleep(random.between(...KILL_MS));
        await world.kill();
        crash.lose(world);
        progress.tell(
          `${done + 1} of ${cycles}, ${sum.receipts + world.receipts} receipts; ${findings.summary}`,
        );
      }
      await finish(world);
      crash.accept?.(world);
      sum.receipts += world.receipts;
      sum.entries += world.entriesRead;
      sum.readings += world.readings;
      sum.directories++;
    } finally {
      await world.remove();
      crash.end?.();
    }
  }
  return figuresOf();

  function figuresOf(): Figures {
    progress.end();
    return {
      cycles,
      'kills while starting': sum.startsKilled,
      directories: sum.directories,
      acknowledged: sum.receipts,
      'entries read back': sum.entries,
      ...crash.figures?.(),
      'seconds a cycle': ((performance.now() - since) / 1000 / cycles).toFixed(2),
    };
  }
}

/** Everything gets its receipt; the server stops in good order, starts again, and all is there. */
async function finish(world: World): Promise<void> {
  if (!(await world.start())) return;
  await world.judge();
  await world.gather();
  await world.settle();
  await world.judge();
  await world.stop();
  if (!(await world.start())) return;
  await world.judge();
  await world.stop();
}
