// A damaged log, and what is saved of it: everything that can be proven, and nothing else.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { restoreLog, type RestoreReport } from '../../src/archive/restore.ts';
import { verifyLog } from '../../src/archive/verify.ts';
import { decodeFrame } from '../../src/protocol/index.ts';
import { openForReading } from '../../src/roomlog/sqlite/schema.ts';
import { Tables } from '../../src/roomlog/sqlite/tables.ts';
import { Random } from '../support/random.ts';
import { type Content, contentOf, converse, PRIVATE_ROOM, quietly, Stage, userOf } from './stage.ts';

let stage: Stage;
let before: Record<string, Content>;
beforeEach(async () => {
  stage = new Stage();
  mkdirSync(stage.data, { mode: 0o700 });
  await stage.fill((filling) => converse(filling, 1500));
  before = contentOf(stage.file);
});
afterEach(() => stage.remove());

function damage(...statements: string[]): void {
  const database = new DatabaseSync(stage.file);
  for (const sql of statements) database.exec(sql);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

/** Saves the directory's own log from itself; the result is whole, whatever was wrong. */
async function salvage(): Promise<{ report: RestoreReport; after: Record<string, Content> }> {
  const report = await restoreLog(
    { file: stage.file, directory: stage.data, mayReplace: true, mayLose: true },
    quietly(),
  );
  const database = openForReading(stage.file);
  const { isWhole } = await verifyLog(new Tables(database), quietly());
  database.close();
  expect(isWhole).toBe(true);
  return { report, after: contentOf(stage.file) };
}

/** Entry for entry the same, but for the ranges, where there is a Removed each. Later ones are Leaves. */
function expectSame(
  room: string,
  after: Content | undefined,
  lost: ReadonlyArray<{ from: number; to: number }>,
): void {
  const isLost = (seq: number): boolean => lost.some(({ from, to }) => from <= seq && seq <= to);
  const old = before[room]?.entries ?? [];
  expect(after?.entries.length).toBeGreaterThanOrEqual(old.length);
  for (const entry of after?.entries ?? []) {
    const { kind } = decodeFrame(Buffer.from(entry.body, 'hex'));
    if (isLost(entry.seq)) {
      expect(kind).toMatchObject({ $case: 'system', value: { kind: { $case: 'removed' } } });
    } else if (entry.seq <= old.length) {
      // No chain proves the digest of a retry: in a segment that is damaged it may be another one.
      expect(entry).toEqual({ ...old[entry.seq - 1], digest: entry.digest });
    } else expect(kind?.$case).toBe('leave');
  }
}

function segmentFirst(room: number, nth: number): number {
  const database = openForReading(stage.file);
  const rows = database.prepare('SELECT first FROM segment WHERE room = ? ORDER BY first').all(room);
  database.close();
  return Number(rows.at(nth)?.['first']);
}

test('a whole log comes through as it is', async () => {
  const { report, after } = await salvage();
  expect(report.rooms.every(({ lost }) => lost.length === 0)).toBe(true);
  for (const [name, room] of Object.entries(before)) {
    expect(after[name]).toEqual({ ...room, logId: expect.any(String) });
  }
});

test('of a segment with a damaged entry those before it come through', async () => {
  const last = segmentFirst(1, 1) - 1;
  // In the midst of the first segment.
  damage(
    `UPDATE segment SET bytes = CAST(substr(bytes, 1, 20000) || x'ff' || substr(bytes, 20002) AS BLOB)
     WHERE room = 1 AND first = 1`,
  );
  const { report, after } = await salvage();
  const [lobby] = report.rooms;
  expect(lobby?.lost).toEqual([{ from: expect.any(Number), to: last }]);
  expect(lobby?.lost[0]?.from).toBeGreaterThan(100);
  expectSame('lobby', after['lobby'], lobby?.lost ?? []);
});

test('of a segment with a damaged digest, chain or keys all come through', async () => {
  for (const column of ['digest', 'chain', 'keys']) {
    damage(
      `UPDATE segment SET ${column} = zeroblob(length(${column})) WHERE room = 1 AND first = ${segmentFirst(1, 0)}`,
    );
    const { report, after } = await salvage();
    expect(report.rooms[0]?.lost).toEqual([]);
    expect(after['lobby']?.entries.map(({ seq, id, body }) => [seq, id, body])).toEqual(
      before['lobby']?.entries.map(({ seq, id, body }) => [seq, id, body]),
    );
  }
});

test('a missing segment leaves places of its size', async () => {
  const [first, next] = [segmentFirst(1, 0), segmentFirst(1, 1)];
  damage(`DELETE FROM segment WHERE room = 1 AND first = ${first}`);
  const { report, after } = await salvage();
  expect(report.rooms[0]?.lost).toEqual([{ from: first, to: next - 1 }]);
  expectSame('lobby', after['lobby'], report.rooms[0]?.lost ?? []);
  // Their Joins are gone, but not their places.
  expect(after['lobby']?.members).toEqual(before['lobby']?.members);
});

test('a database that was put back to an earlier state tells what it has lost at the end', async () => {
  const newest = before['lobby']?.entries.length ?? 0;
  const earlier = new Stage();
  try {
    copyFileSync(stage.file, earlier.path('log.db'));
    await stage.fill(async (filling) => {
      filling.open('lobby');
      for (let n = 0; n < 5; n++) filling.chat('lobby', 'bob', `lost ${n}`);
      await filling.commit();
    });
    rmSync(`${stage.file}-wal`, { force: true });
    rmSync(`${stage.file}-shm`, { force: true });
    copyFileSync(earlier.path('log.db'), stage.file);
    const { report, after } = await salvage();
    expect(report.lostTails).toEqual([{ room: 'lobby', from: newest + 1, to: newest + 5 }]);
    expectSame('lobby', after['lobby'], []);
  } finally {
    earlier.remove();
  }
});

test('a damaged head is guessed from the entries and the mark', async () => {
  damage("UPDATE room SET name = 'looby', newest = 3, pair = x'00', log_id = zeroblob(16) WHERE room = 1");
  const { report, after } = await salvage();
  expect(report.lost).toEqual([]);
  expect(Object.keys(after).toSorted()).toEqual(['lobby', 'physics', PRIVATE_ROOM].toSorted());
  expectSame('lobby', after['lobby'], []);
  expect(after['lobby']?.members).toEqual(before['lobby']?.members);
});

test('a head that is gone is one of a room all the same', async () => {
  damage(
    'DELETE FROM room WHERE room = 2',
    `DELETE FROM room WHERE name = '${PRIVATE_ROOM}'`,
    'DELETE FROM segment WHERE room = 2',
  );
  const { report, after } = await salvage();
  expect(report.lost).toMatchObject([{ name: 'physics', newest: 1 }]);
  expect(Object.keys(after).toSorted()).toEqual(['lobby', PRIVATE_ROOM].toSorted());
});

describe('the members', () => {
  test('whom the table has forgotten leave, so that nobody stays for ever', async () => {
    damage(`DELETE FROM member WHERE user = x'${Buffer.from(userOf('bob')).toString('hex')}'`);
    const { after } = await salvage();
    expectSame('lobby', after['lobby'], []);
    expect(after['lobby']?.members.length).toBe(1);
    const { kind, author } = decodeFrame(Buffer.from(after['lobby']?.entries.at(-1)?.body ?? '', 'hex'));
    expect([kind?.$case, author?.name]).toEqual(['leave', 'bob']);
    expect(after['lobby']?.entries.length).toBe((before['lobby']?.entries.length ?? 0) + 1);
  });

  test('who has left, or is not who the row says, is none', async () => {
    const hex = (name: string): string => Buffer.from(userOf(name)).toString('hex');
    damage(
      `INSERT INTO member SELECT room, x'${hex('alice')}', author FROM member WHERE user = x'${hex('bob')}'`,
    );
    const { after } = await salvage();
    expect(after['lobby']?.members).toEqual(before['lobby']?.members);
  });
});

test('whatever bits have fallen over: what comes out is whole, and is what was said', async () => {
  const random = new Random(7);
  const bytes = readFileSync(stage.file);
  const mark = readFileSync(`${stage.data}/log.mark`);
  let saved = 0;
  for (let n = 0; n < 25; n++) {
    rmSync(stage.data, { recursive: true });
    mkdirSync(stage.data);
    const damaged = Buffer.from(bytes);
    for (let flips = 0; flips < 1 + (n % 3); flips++) {
      const at = random.below(damaged.length);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << random.below(8));
    }
    writeFileSync(stage.file, damaged);
    writeFileSync(`${stage.data}/log.mark`, mark);
    try {
      const { report, after } = await salvage();
      for (const { room, lost } of report.rooms) expectSame(room, after[room], lost);
      expect(report.rooms.length + report.lost.length).toBe(3);
      saved++;
    } catch (error) {
      if ((error as { code?: string }).code === undefined) throw error;
      // The first page, or the schema: nothing can be said about the rooms.
      expect(['unreadable', 'foreign', 'too-new', 'too-old']).toContain((error as { code?: string }).code);
    }
  }
  expect(saved).toBeGreaterThan(20);
});
