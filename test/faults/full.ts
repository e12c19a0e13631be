// A disk that is full, and has room again.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultCode } from '../../src/protocol/index.ts';
import type { Campaign, Figures, Run } from './campaign.ts';
import { Progress } from './progress.ts';
import { World } from './world.ts';

const SMALL_BYTES = 2 * 1024 * 1024;
const LARGE_BYTES = 128 * 1024 * 1024;
/** What is left free when the filler has come, in the small disk: little enough to be full soon. */
const LEFT_BYTES: readonly [number, number] = [0, 16_384];
/** The default floor, and a little. */
const BELOW_FLOOR_BYTES = 60 * 1024 * 1024;
const REFUSED_MS_MAX = 20_000;
/** When there is room again all is stored within this. */
const SETTLE_MS_MAX = 10_000;

export const full: Campaign = {
  name: 'full',
  about:
    'a disk of 2 MiB is filled and freed, and one of 128 MiB down to the default floor: sends wait, nothing is lost',
  quick: 5,
  full: 20,
  run: fillAndFree,
};

async function fillAndFree(run: Run): Promise<Figures> {
  const { findings, options } = run;
  if (process.getuid?.() !== 0) {
    const text = 'disks can be mounted by root alone: nothing was tried';
    if (options.allowSkip) process.stdout.write(`   skipped: ${text}\n`);
    else findings.add('stuck', `${text} (--allow-skip leaves it out)`);
    return { cycles: 0 };
  }
  const small = await onDisk(run, SMALL_BYTES, run.cycles, ['--reserve', '0'], () =>
    run.random.between(...LEFT_BYTES),
  );
  const large = await onDisk(run, LARGE_BYTES, 1, [], () => BELOW_FLOOR_BYTES);
  return {
    'fill/free cycles on 2 MiB': small.cycles,
    'lines refused': small.refused,
    acknowledged: small.receipts,
    'cycles on 128 MiB with the default floor': large.cycles,
    'lines refused there': large.refused,
    'acknowledged there': large.receipts,
  };
}

interface Sum {
  cycles: number;
  refused: number;
  receipts: number;
}

async function onDisk(
  { random, findings, folder, tree, options }: Run,
  bytes: number,
  cycles: number,
  flags: readonly string[],
  left: () => number,
): Promise<Sum> {
  const data = join(folder, `disk-${bytes}`);
  mkdirSync(data);
  system('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=700`, 'kentongan-faults', data]);
  const progress = new Progress(`disk of ${bytes / 1024 / 1024} MiB`);
  const world = new World({
    tree,
    random: random.fork(bytes),
    findings,
    data,
    flags: [...options.flags, ...flags],
    expected: (event) => EXPECTED.has(event),
  });
  const sum = { cycles: 0, refused: 0, receipts: 0 };
  try {
    if (!(await world.start())) return sum;
    await world.gather();
    for (let done = 0; done < cycles; done++) {
      findings.during = `disk of ${bytes / 1024 / 1024} MiB, cycle ${done + 1}: `;
      sum.refused += await fill(world, data, left());
      sum.cycles++;
      progress.tell(`${done + 1} of ${cycles}, ${world.receipts} receipts; ${findings.summary}`);
    }
    await world.judgeChatLog();
    await world.stop();
    if (await world.start()) {
      await world.judge();
      await world.stop();
    }
  } finally {
    progress.end();
    sum.receipts = world.receipts;
    await world.remove();
    system('umount', ['-l', data]);
  }
  return sum;
}

const EXPECTED: ReadonlySet<string> = new Set([
  'storage-full',
  'storage-recovered',
  'append-failed',
  'log-trouble',
  'log-recovered',
]);

/** Fills the disk, looks at the server, frees it, and waits until all is stored. Gives how many sends were refused. */
async function fill(world: World, data: string, left: number): Promise<number> {
  const filler = join(data, 'filler');
  const refused = (): number => world.refusals.get(FaultCode.STORAGE_FULL) ?? 0;
  const before = refused();
  fillUp(filler, data, left);
  try {
    world.talk(2);
    if (!(await until(() => refused() > before, REFUSED_MS_MAX))) {
      world.findings.add('answer', 'nobody was refused with STORAGE_FULL');
    }
    world.talk(0);
    // Reads go on, and whoever is a member comes back without anything being written.
    await world.judge();
    await comeBack(world);
  } finally {
    rmSync(filler, { force: true });
  }
  if (await world.settle(SETTLE_MS_MAX)) await world.judge();
  else world.findings.add('stuck', `on the disk: ${sizesIn(data)}`);
  return refused() - before;
}

function sizesIn(data: string): string {
  const files = readdirSync(data).map((name) => `${name} ${lstatSync(join(data, name)).size}`);
  const { bavail, bsize } = statfsSync(data);
  return `${files.join(', ')}, free ${bavail * bsize}`;
}

async function comeBack(world: World): Promise<void> {
  const [person] = world.people;
  if (person === undefined) return;
  person.cut();
  await person.ended();
  await person.connect(world.server.port);
  await person.join();
}

/** Takes all but `left` bytes of what is free. */
function fillUp(filler: string, data: string, left: number): void {
  const { bavail, bsize } = statfsSync(data);
  const file = openSync(filler, 'w');
  try {
    for (let rest = bavail * bsize - left; rest > 0; ) {
      const bytes = Math.min(rest, 1_048_576);
      rest -= writeSync(file, new Uint8Array(bytes));
    }
  } catch (error) {
    // The server was faster.
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
}

function system(command: string, words: readonly string[]): void {
  const ran = spawnSync(command, words, { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`${command} ${words.join(' ')}: ${ran.error?.message ?? ran.stderr}`);
}

async function until(holds: () => boolean, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > end) return false;
    await sleep(5);
  }
  return true;
}
