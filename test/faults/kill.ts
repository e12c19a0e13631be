// kill -9 at random instants under load.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../support/random.ts';
import type { Campaign, Figures, Run } from './campaign.ts';
import { Progress } from './progress.ts';
import { World } from './world.ts';

/** A kill comes so many milliseconds after everybody has come, at random. */
const KILL_MS: readonly [number, number] = [5, 250];
/** Sometimes the server is killed while it starts; a start takes about so long. */
const START_MS: readonly [number, number] = [20, 400];
const START_CHANCE = 0.15;
/** chat.log is compared after each so many kills, and at the end of each directory. */
const CHAT_LOG_EVERY = 10;
const DEPTHS = [1, 1, 4, 16];

export const kill: Campaign = {
  name: 'kill',
  about: 'kill -9 at random instants under load from 20 clients',
  quick: 12,
  full: 1_000,
  run: (run) => crashes(run, { lose: () => 'a kill' }),
};

/** What is done to the disk between a kill and the next start. */
export interface Crash {
  /** A new data directory, before its first server. */
  begin?(world: World): NodeJS.ProcessEnv;
  /** The server was killed. Says what was done, for whoever looks for a reason. */
  lose(world: World): string;
  /** The directory is given up. */
  end?(): void;
  figures?(): Figures;
}

/** Cycles of start, reading, load and crash; each directory ends with a stop in good order and one more reading. */
export async function crashes(run: Run, crash: Crash): Promise<Figures> {
  const { random, findings, cycles, options } = run;
  const progress = new Progress('cycles');
  const since = performance.now();
  const sum = { cycles: 0, receipts: 0, entries: 0, chatLogs: 0, startsKilled: 0, directories: 0 };
  const isEnough = run.isEnough ?? (() => false);
  for (let first = 0; first < cycles && !isEnough(); first += options.perDirectory) {
    const environment: NodeJS.ProcessEnv = {};
    const seeds = random.fork(first);
    const world = new World({ tree: run.tree, random: seeds, findings, flags: options.flags, environment });
    Object.assign(environment, crash.begin?.(world));
    try {
      let goesOn = true;
      let before = 'nothing';
      for (let n = first; goesOn && !isEnough() && n < Math.min(cycles, first + options.perDirectory); n++) {
        findings.during = `cycle ${n + 1}, behind ${before}: `;
        if (random.chance(START_CHANCE)) {
          sum.startsKilled++;
          world.spawn();
          await sleep(random.between(...START_MS));
          await world.kill();
          before = crash.lose(world);
        }
        goesOn = await cycle(world, random, n % CHAT_LOG_EVERY === 0);
        if (goesOn) before = crash.lose(world);
        sum.cycles++;
        progress.tell(
          `${n + 1} of ${cycles}, ${sum.receipts + world.receipts} receipts; ${findings.summary}`,
        );
      }
      if (goesOn && !isEnough()) await finish(world);
      sum.receipts += world.receipts;
      sum.entries += world.entriesRead;
      sum.chatLogs += world.chatLogs;
      sum.directories++;
    } finally {
      await world.remove();
      crash.end?.();
    }
  }
  progress.end();
  return {
    cycles: sum.cycles,
    'kills while starting': sum.startsKilled,
    directories: sum.directories,
    acknowledged: sum.receipts,
    'entries read back': sum.entries,
    'chat.log compared': sum.chatLogs,
    ...crash.figures?.(),
    'seconds a cycle': ((performance.now() - since) / 1000 / sum.cycles).toFixed(2),
  };
}

/** From a start to a kill. False: it did not start. */
async function cycle(world: World, random: Random, withChatLog: boolean): Promise<boolean> {
  if (!(await world.start())) return false;
  await world.judge();
  if (withChatLog) await world.judgeChatLog();
  await world.gather();
  for (const person of world.people) person.repeat(random.below(4));
  world.talk(random.pick(DEPTHS));
  await sleep(random.between(...KILL_MS));
  await world.kill();
  return true;
}

/** Everything gets its receipt; the server stops in good order, starts again, and all is there. */
async function finish(world: World): Promise<void> {
  if (!(await world.start())) return;
  await world.judge();
  await world.gather();
  await world.settle();
  await world.judge();
  await world.judgeChatLog();
  await world.stop();
  await world.judgeTools();
  if (!(await world.start())) return;
  await world.judge();
  await world.stop();
}
