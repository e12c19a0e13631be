// A disk that fails: the n-th fsync, the n-th write, once or several times; then power is lost.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultCode } from '../../src/protocol/index.ts';
import type { Random } from '../support/random.ts';
import type { Campaign, Figures, Run } from './campaign.ts';
import { Disk, weatherOf } from './disk.ts';
import { readJournal } from './journal.ts';
import { Progress } from './progress.ts';
import { buildShim, ERRNO, FAIL, type Failure, GROUP, Shim } from './shim.ts';
import { World } from './world.ts';

/** The first failure comes so late at most. */
const NTH_MAX = 50;
/** Under load the n-th operation comes soon. */
const HAPPENS_MS_MAX = 20_000;
/** What was on its way when the first refusal came may take so long. */
const CALM_MS = 100;
const WATCH_MS = 200;

type Kind = 'sync' | 'write' | 'full' | 'chat';
/** A disk that fails under the log most often; one that is full; one that fails under chat.log alone. */
const KINDS: readonly Kind[] = ['sync', 'write', 'sync', 'full', 'sync', 'chat'];

export const fsync: Campaign = {
  name: 'fsync',
  about: 'the n-th fsync or write fails: read-only until a restart, and nothing acknowledged is lost',
  quick: 6,
  full: 300,
  run: failures,
};

async function failures(run: Run): Promise<Figures> {
  const { random, findings, cycles, options, tree } = run;
  const library = buildShim(run.folder);
  const progress = new Progress('failures');
  const counts: Record<Kind, number> = { sync: 0, write: 0, full: 0, chat: 0 };
  let receipts = 0;
  let idle = 0;
  for (let done = 0; done < cycles; done++) {
    const kind = KINDS[done % KINDS.length] ?? 'sync';
    // n = 1 … 50, once and five times, in the order in which a full run goes through them.
    const turn = Math.floor(done / KINDS.length);
    const nth = cycles >= KINDS.length * NTH_MAX ? (turn % NTH_MAX) + 1 : random.between(1, NTH_MAX);
    const times = done % 2 === 0 ? 1 : 5;
    const environment: NodeJS.ProcessEnv = {};
    const expected = (event: string): boolean => EXPECTED[kind].has(event);
    const world = new World({
      tree,
      random: random.fork(done),
      findings,
      flags: options.flags,
      environment,
      expected,
    });
    const shim = new Shim(library, world.folder, world.data, true);
    const disk = new Disk(world.data, join(world.folder, 'shadow'));
    Object.assign(environment, shim.environment);
    try {
      counts[kind]++;
      const name = `case ${done + 1} (${kind} ${nth} × ${times})`;
      findings.during = `${name}: `;
      if (!(await failOnce(world, shim, failureOf(kind, nth, times), kind))) idle++;
      await afterwards(world, shim, disk, random);
      receipts += world.receipts;
    } finally {
      await world.remove();
      shim.close();
    }
    progress.tell(`${done + 1} of ${cycles}, ${receipts} receipts; ${findings.summary}`);
  }
  progress.end();
  return {
    'failing fsyncs of the log': counts.sync,
    'failing writes of the log': counts.write,
    'full disks': counts.full,
    'failing fsyncs of chat.log': counts.chat,
    'cases in which nothing failed': idle,
    acknowledged: receipts,
  };
}

/** What an operator must be told, and no alarm. */
const EXPECTED: Readonly<Record<Kind, ReadonlySet<string>>> = {
  sync: new Set(['storage-failed', 'append-failed']),
  write: new Set(['storage-failed', 'append-failed']),
  full: new Set(['storage-full', 'append-failed']),
  chat: new Set(['log-trouble']),
};

function failureOf(kind: Kind, nth: number, times: number): Failure {
  const isFull = kind === 'full';
  return {
    kinds: kind === 'write' || isFull ? FAIL.write : FAIL.sync,
    nth,
    times: isFull ? 1_000_000 : times,
    errno: isFull ? ERRNO.ENOSPC : ERRNO.EIO,
    group: kind === 'chat' ? GROUP.chat : GROUP.log,
  };
}

/** False: nothing failed. */
async function failOnce(world: World, shim: Shim, failure: Failure, kind: Kind): Promise<boolean> {
  if (!(await world.start())) return false;
  await world.gather();
  world.talk(2);
  await sleep(50);
  shim.failFrom(failure);
  const hasFailed = await until(() => shim.get('failed') > 0, HAPPENS_MS_MAX);
  if (!hasFailed) return false;
  switch (kind) {
    case 'sync':
    case 'write':
      await readOnly(world);
      return true;
    case 'full':
      await full(world, shim);
      return true;
    case 'chat':
      await sleep(WATCH_MS);
      shim.failNoMore();
      if (await world.settle()) await world.judge();
      await world.judgeChatLog();
      return true;
  }
}

/** Sends are refused and nothing is acknowledged any more; everything can be read. */
async function readOnly(world: World): Promise<void> {
  const code = FaultCode.STORAGE_READ_ONLY;
  if (!(await until(() => (world.refusals.get(code) ?? 0) > 0, HAPPENS_MS_MAX))) {
    world.findings.add('answer', `nobody was refused with STORAGE_READ_ONLY`);
    return;
  }
  await sleep(CALM_MS);
  const before = world.receipts;
  await sleep(WATCH_MS);
  if (world.receipts > before) {
    world.findings.add('answer', `${world.receipts - before} receipts after the log had failed`);
  }
  await world.judge();
  if (!world.events.has('storage-failed')) world.findings.add('answer', `the operator was not told`);
}

/** Sends are refused, everything can be read; when there is room again all is stored, without a restart. */
async function full(world: World, shim: Shim): Promise<void> {
  const code = FaultCode.STORAGE_FULL;
  if (!(await until(() => (world.refusals.get(code) ?? 0) > 0, HAPPENS_MS_MAX))) {
    world.findings.add('answer', `nobody was refused with STORAGE_FULL`);
  }
  await world.judge();
  shim.failNoMore();
  if (await world.settle()) await world.judge();
}

/** Power is lost, with what the failed syncs were to keep; a new server has everything that was acknowledged. */
async function afterwards(world: World, shim: Shim, disk: Disk, random: Random): Promise<void> {
  await world.kill();
  shim.failNoMore();
  disk.lose(readJournal(shim.journal), weatherOf(random), random);
  shim.forgetJournal();
  if (!(await world.start())) return;
  await world.judge();
  await world.gather();
  if (await world.settle()) await world.judge();
  await world.judgeChatLog();
  await world.stop();
}

async function until(holds: () => boolean, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > end) return false;
    await sleep(5);
  }
  return true;
}
