// chat.log written anew: the old one or the new one, whatever happens in between.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ChatFile } from '../../src/followers/chat-file.ts';
import { ChatLog } from '../../src/followers/chat-log.ts';
import { nodeDisk } from '../../src/followers/disk.ts';
import { rebuildChatLog, type RoomRun } from '../../src/followers/rebuild.ts';
import { Random } from '../support/random.ts';
import { CrashDisk } from './crash-disk.ts';
import { runOf, TIME } from './entries.ts';

const LOG_IDS = { a: new Uint8Array(16).fill(1), b: new Uint8Array(16).fill(2) };
const SEED = Number(process.env['FC_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const QUICK = { retry: { min: 0, max: 0 }, save: { quiet: 0, interval: 0 }, gatherMs: 0 };
const quiet = { onTrouble: () => undefined, onRecovered: () => undefined };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kentongan-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function runs(room: 'a' | 'b', first: number, last: number): RoomRun {
  return { room, logId: LOG_IDS[room], run: runOf(room, first, last) };
}

async function open(path: string, disk = nodeDisk): Promise<{ file: ChatFile; log: ChatLog }> {
  const file = await ChatFile.open(path, quiet, { bytesMax: 0, filesMax: 3, disk, ...QUICK });
  return { file, log: new ChatLog({ file, logsPrivate: false, isDurable: true, now: () => TIME }) };
}

const common = { logsPrivate: false, keepsOld: false, now: () => TIME, zone: () => 0 };
const linesOf = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\S+ /, '').replace(' chat alice:', ''));

test('has the entries in the order in which they come, and a server goes on behind them', async () => {
  const path = join(root, 'chat.log');
  const entries = [runs('a', 1, 2), runs('b', 4, 4), runs('a', 3, 3), runs('b', 7, 7)];
  const rebuilt = await rebuildChatLog({ ...common, path, runs: entries });
  expect(rebuilt).toEqual({ entries: 5, bytes: readFileSync(path).length });
  expect(linesOf(path)).toEqual([
    'a #1 text 1',
    'a #2 text 2',
    'b #3 gap #1',
    'b #4 text 4',
    'a #3 text 3',
    'b #6 gap #5',
    'b #7 text 7',
  ]);
  const { file, log } = await open(path);
  expect([log.position('a', LOG_IDS.a, 9), log.position('b', LOG_IDS.b, 9)]).toEqual([3, 7]);
  await file.close(1_000);
});

test('keeps the old one when told so, and is whole in one write or in many', async () => {
  const path = join(root, 'chat.log');
  await rebuildChatLog({ ...common, path, runs: [runs('a', 1, 1)] });
  const many = Array.from({ length: 900 }, (_, i) => runs('a', 1 + 10 * i, 10 + 10 * i));
  await rebuildChatLog({ ...common, path, runs: many, keepsOld: true });
  expect(linesOf(`${path}.1`)).toEqual(['a #1 text 1']);
  expect(linesOf(path)).toEqual(Array.from({ length: 9_000 }, (_, i) => `a #${i + 1} text ${i + 1}`));
});

test.each([
  ['the same entries twice', [runs('a', 1, 2), runs('a', 2, 3)]],
  ['two logs of one room', [runs('a', 1, 2), { ...runs('a', 3, 3), logId: LOG_IDS.b }]],
])('refuses %s, and leaves the old one', async (_, entries) => {
  const path = join(root, 'chat.log');
  await rebuildChatLog({ ...common, path, runs: [runs('a', 1, 1)] });
  await expect(rebuildChatLog({ ...common, path, runs: entries })).rejects.toThrow('a #');
  expect(linesOf(path)).toEqual(['a #1 text 1']);
});

/** A server has written a 1–3; all up to a 6 and b 2 is written anew, and the process may die at one operation. */
async function dying(
  random: Random,
  dieAt: number,
  keepsOld: boolean,
): Promise<{ lines: string[]; died: boolean }> {
  const disk = new CrashDisk(mkdtempSync(join(root, 'disk-')), random);
  const path = join(disk.directory, 'chat.log');
  await disk.begin({ dieAt: Number.POSITIVE_INFINITY, failing: 0 });
  const first = await open(path, disk);
  await follow(first, 3, 0);
  await disk.begin({ dieAt, failing: 0 });
  const rebuilt = rebuildChatLog({
    ...common,
    path,
    keepsOld,
    runs: [runs('b', 1, 2), runs('a', 1, 6)],
    disk,
  });
  await Promise.race([rebuilt, disk.died]);
  const died = disk.isDead;
  if (died && random.chance(0.5)) disk.cutPower();
  await disk.begin({ dieAt: Number.POSITIVE_INFINITY, failing: 0 });
  await follow(await open(path, disk), 8, 3);
  const old = keepsOld && (await nodeDisk.state(`${path}.1`)) !== undefined;
  const lines = linesOf(path);
  // An old one that was given a number, and no new one behind it: both are one log.
  const both = old && !lines.includes('a #1 text 1') ? [...linesOf(`${path}.1`), ...lines] : lines;
  await disk.end();
  return { lines: both.toSorted(), died };
}

/** What a cursor does: everything behind the position is written. */
async function follow({ file, log }: { file: ChatFile; log: ChatLog }, a: number, b: number): Promise<void> {
  for (const [room, newest] of [['a', a] as const, ['b', b] as const]) {
    const from = log.position(room, LOG_IDS[room], newest) + 1;
    if (from <= newest)
      log.take(
        room,
        runOf(room, from, newest),
        () => undefined,
        () => undefined,
      );
  }
  if (!(await file.close(10_000))) throw new Error('it could not be closed');
}

test.each([false, true])(
  'a process that dies anywhere leaves the one or the other: keeps the old %s',
  async (keepsOld) => {
    const all = [
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `a #${n} text ${n}`),
      ...[1, 2, 3].map((n) => `b #${n} text ${n}`),
    ];
    for (let dieAt = 1; ; dieAt++) {
      const { lines, died } = await dying(new Random(SEED, dieAt), dieAt, keepsOld);
      expect(lines, `FC_SEED=${SEED}, dead at ${dieAt}`).toEqual(all);
      if (!died) break;
    }
  },
);
