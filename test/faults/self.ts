// The harness on trial: a small program that commits to SQLite, under the same shim and the same losses of power.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Random } from '../support/random.ts';
import type { Campaign, Figures, Run } from './campaign.ts';
import { Disk, weatherOf } from './disk.ts';
import { readJournal } from './journal.ts';
import { buildShim, ERRNO, FAIL, GROUP, Shim } from './shim.ts';

const PROBE = fileURLToPath(new URL('probe.ts', import.meta.url));
/** With NORMAL rows are lost within so many losses of power. */
const NORMAL_MAX = 40;
/** SQLITE_IOERR_FSYNC, SQLITE_FULL. */
const SQLITE_IOERR_FSYNC = 1_034;
const SQLITE_FULL = 13;

export const self: Campaign = {
  name: 'self',
  about:
    'the harness on trial: SQLite alone keeps its promise with FULL, and is seen to break it with NORMAL',
  quick: 4,
  full: 60,
  run: trial,
};

async function trial(run: Run): Promise<Figures> {
  const { findings, random, cycles, folder } = run;
  const library = buildShim(folder);
  const full = await lose('FULL', library, folder, random.fork(1), cycles);
  const normal = await lose('NORMAL', library, folder, random.fork(2), Math.max(cycles, NORMAL_MAX), true);
  if (full.lost > 0)
    findings.add('lost', `SQLite lost ${full.lost} rows with FULL: the simulated disk is wrong`);
  if (normal.lost === 0)
    findings.add('silent', 'nothing was lost with NORMAL: the simulated disk loses too little');
  const sync = await fail(library, join(folder, 'sync'), FAIL.sync, ERRNO.EIO);
  if (sync !== SQLITE_IOERR_FSYNC) findings.add('silent', `a failing fsync came out as ${sync}`);
  const write = await fail(library, join(folder, 'write'), FAIL.write, ERRNO.ENOSPC);
  if (write !== SQLITE_FULL) findings.add('silent', `a full disk came out as ${write}`);
  return {
    'losses of power (FULL)': full.cycles,
    'rows committed (FULL)': full.committed,
    'lost (FULL)': full.lost,
    'losses of power (NORMAL)': normal.cycles,
    'rows committed (NORMAL)': normal.committed,
    'lost (NORMAL)': normal.lost,
  };
}

/** Rows that were promised, and those of them that are gone, over some losses of power. */
async function lose(
  synchronous: string,
  library: string,
  folder: string,
  random: Random,
  cycles: number,
  untilLost = false,
): Promise<{ cycles: number; committed: number; lost: number }> {
  const data = join(folder, synchronous);
  mkdirSync(join(data, 'disk'), { recursive: true });
  const shim = new Shim(library, data, join(data, 'disk'), true);
  const disk = new Disk(join(data, 'disk'), join(data, 'shadow'));
  const sum = { cycles: 0, committed: 0, lost: 0 };
  let newest = 0;
  for (; sum.cycles < cycles; sum.cycles++) {
    if (untilLost && sum.lost > 0) break;
    const { rows } = await probe(join(data, 'disk'), synchronous, shim, random.between(50, 250));
    disk.lose(readJournal(shim.journal), weatherOf(random), random);
    shim.forgetJournal();
    const promised = rows.at(-1) ?? newest;
    // In a copy: whoever opens a database may write to it.
    cpSync(join(data, 'disk'), join(data, 'copy'), { recursive: true });
    const kept = rowsIn(join(data, 'copy', 'probe.db'));
    rmSync(join(data, 'copy'), { recursive: true });
    sum.committed += Math.max(0, promised - newest);
    sum.lost += Math.max(0, promised - kept);
    newest = kept;
  }
  shim.close();
  return sum;
}

function rowsIn(path: string): number {
  if (!existsSync(path)) return 0;
  const database = new DatabaseSync(path);
  try {
    const { name } = (database
      .prepare("SELECT count(*) AS name FROM sqlite_master WHERE name = 'row'")
      .get() ?? {
      name: 0,
    }) as { name: number };
    if (name === 0) return 0;
    return (database.prepare('SELECT count(*) AS n FROM row').get() as { n: number }).n;
  } finally {
    database.close();
  }
}

/** What the probe is told when its third operation of a kind fails. */
async function fail(library: string, folder: string, kind: number, errno: number): Promise<number> {
  mkdirSync(join(folder, 'disk'), { recursive: true });
  const shim = new Shim(library, folder, join(folder, 'disk'), false);
  const { failure } = await probe(join(folder, 'disk'), 'FULL', shim, 5_000, () => {
    shim.failFrom({ kinds: kind, nth: 3, times: 1, errno, group: GROUP.all });
  });
  shim.close();
  return failure;
}

/** Runs the probe for a while after its first row, and kills it. */
async function probe(
  disk: string,
  synchronous: string,
  shim: Shim,
  ms: number,
  onRow: () => void = () => undefined,
): Promise<{ rows: number[]; failure: number }> {
  const child = spawn(process.execPath, [PROBE, disk, synchronous], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...shim.environment },
  });
  let out = '';
  const first = Promise.withResolvers<void>();
  child.stdout.on('data', (chunk: Buffer) => {
    if (out === '') onRow();
    out += chunk.toString();
    first.resolve();
  });
  const exit = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  await Promise.race([first.promise, exit]);
  await Promise.race([sleep(ms), exit]);
  child.kill('SIGKILL');
  await exit;
  const lines = out.slice(0, out.lastIndexOf('\n') + 1).split('\n');
  const failure = Number(lines.find((line) => line.startsWith('failed'))?.split(' ')[1] ?? 0);
  return { rows: lines.filter((line) => /^\d+$/.test(line)).map(Number), failure };
}
