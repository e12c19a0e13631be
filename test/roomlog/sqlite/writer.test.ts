// The writer when the disk does not do what it should. Real files; the limits are SQLite's own.
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeBody, systemFrame } from '../../../src/protocol/index.ts';
import type { Outcome, Proposal, Retention } from '../../../src/roomlog/roomlog.ts';
import { DiskSpace } from '../../../src/roomlog/sqlite/disk-space.ts';
import type { StorageEvent } from '../../../src/roomlog/sqlite/events.ts';
import { Health } from '../../../src/roomlog/sqlite/health.ts';
import { Mark, readMark } from '../../../src/roomlog/sqlite/mark.ts';
import { openForWriting } from '../../../src/roomlog/sqlite/schema.ts';
import { checkAtStart } from '../../../src/roomlog/sqlite/startup.ts';
import { Tables } from '../../../src/roomlog/sqlite/tables.ts';
import { Writer } from '../../../src/roomlog/sqlite/writer.ts';
import { proposalOf } from '../witness.ts';

let directory: string;
let events: StorageEvent[];
let damaged: number[];
let tables: Tables;
let mark: Mark;
let writer: Writer;
let health: Health;
let count: number;

function start(retention: Retention = {}): void {
  tables = new Tables(openForWriting(join(directory, 'log.db')));
  if (tables.meta('server_id') === undefined) tables.putMeta('server_id', randomBytes(16));
  const observe = (event: StorageEvent): void => void events.push(event);
  health = new Health(new DiskSpace(directory, 0), observe);
  mark = Mark.open(directory, tables.meta('server_id') as Uint8Array);
  const onDamaged = (room: number): void => void damaged.push(room);
  writer = new Writer({ tables, mark, health, retention, observe, onDamaged, onTruncated: () => undefined });
  for (const { row, damage } of checkAtStart(tables.database, mark).rooms) {
    writer.restore(row, damage !== undefined, 0);
    if (damage !== undefined) damaged.push(row.room);
  }
}

function open(room: number, name: string): void {
  writer.open({ room, name, logId: randomBytes(16), pair: null });
}

function next(length = 60): Proposal {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(12, count++);
  return proposalOf({ id, text: 'x'.repeat(length) });
}

/** One batch: what became of each, or of all. */
function commit(...appends: Array<[room: number, proposal: Proposal]>): string {
  const batch = { now: 1_000, appends: appends.map(([room, proposal]) => ({ room, proposal })) };
  const result = writer.commit([batch]);
  const tell = (one: Outcome): string => (one.status === 'failed' ? one.failure : one.status);
  return typeof result === 'string' ? result : result.flat().map(tell).join();
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kentongan-writer-'));
  [events, damaged, count] = [[], [], 0];
  start();
  open(1, 'lobby');
  open(2, 'kelas');
});

afterEach(() => {
  if (tables.database.isOpen) writer.close();
  rmSync(directory, { recursive: true });
});

describe('the mark', () => {
  test('is never ahead of what can be read, and knows what was told', () => {
    const reading = new DatabaseSync(join(directory, 'log.db'), { readOnly: true });
    const newestOf = reading.prepare('SELECT newest FROM room WHERE room = ?');
    const write = mark.write.bind(mark);
    let written = 0;
    mark.write = (slot) => {
      expect(newestOf.get(slot.room)).toEqual({ newest: slot.newest });
      written++;
      write(slot);
    };
    for (let i = 1; i <= 20; i++) {
      expect(commit([1, next()], [1, next()])).toBe('stored,stored');
      const slot = readMark(directory)?.slots.get(1);
      expect(slot).toMatchObject({ name: 'lobby', newest: 2 * i });
      writer.tidy();
    }
    expect(written).toBeGreaterThanOrEqual(20);
    reading.close();
  });
});

test('a retry finds its first in a segment that was merged', () => {
  const small = [next(), next(), next()];
  for (const one of small) expect(commit([1, one])).toBe('stored');
  const large = Array.from({ length: 5 }, (): [number, Proposal] => [1, next(15_000)]);
  expect(commit(...large)).toBe('stored,stored,stored,stored,stored');
  expect(tables.segmentPlace(1, 1)?.last).toBeGreaterThan(3);
  for (const one of [...small, ...large.map(([, proposal]) => proposal)]) {
    expect(commit([1, one])).toBe('duplicate');
    const other = { ...one, digest: new Uint8Array(32) };
    expect(writer.commit([{ now: 1_000, appends: [{ room: 1, proposal: other }] }])).toMatchObject([
      [{ status: 'duplicate', same: false }],
    ]);
  }
});

test('what is erased is at once in no file', () => {
  // A start empties the WAL anyway.
  writer.tidy();
  const secret = proposalOf({ id: randomBytes(16), text: `a secret ${'of many words '.repeat(30)}` });
  expect(commit([1, secret], [1, next()])).toBe('stored,stored');
  const removed = encodeBody(systemFrame({ $case: 'removed', value: {} }, { room: 'lobby' }));
  expect(commit([1, { ...next(), erases: { seq: 1, body: removed } }])).toBe('stored');
  writer.tidy();
  for (const file of ['log.db', 'log.db-wal', 'log.mark']) {
    expect(readFileSync(join(directory, file)).includes('a secret of many'), file).toBe(false);
  }
});

describe('a full disk', () => {
  const limit = (pages: number): void => tables.database.exec(`PRAGMA max_page_count = ${pages}`);

  test('refuses everything of the batch, is told once, and is over by itself', () => {
    expect(commit([1, next()])).toBe('stored');
    limit(1);
    const big = next(14_000);
    expect(commit([2, next()], [1, big])).toBe('STORAGE_FULL');
    expect(commit([1, big])).toBe('STORAGE_FULL');
    expect(events.map(({ event }) => event)).toEqual(['storage-full']);
    limit(100_000);
    expect(commit([1, big], [2, next()])).toBe('stored,stored');
    expect(events.map(({ event }) => event)).toEqual(['storage-full', 'storage-recovered']);
    expect(tables.room(1)?.newest).toBe(2);
    expect(tables.room(2)?.newest).toBe(1);
  });

  test('leaves nothing of what failed behind, not even an id', () => {
    limit(1);
    const entry = next(14_000);
    expect(commit([1, entry])).toBe('STORAGE_FULL');
    limit(100_000);
    expect(commit([1, entry])).toBe('stored');
    expect(commit([1, entry])).toBe('duplicate');
  });
});

describe('an error of the disk', () => {
  test('ends all writing, loudly and once, until the log is opened anew', () => {
    expect(commit([1, next()])).toBe('stored');
    health.fail(new Error('EIO'));
    health.fail(new Error('EIO'));
    expect(commit([1, next()])).toBe('STORAGE_READ_ONLY');
    expect(events).toEqual([{ event: 'storage-failed', reason: 'EIO' }]);
    writer.close();
    start();
    expect(commit([1, next()])).toBe('stored');
  });
});

describe('a damaged room', () => {
  /** Changes one byte of a room's newest segment behind the writer's back. */
  function flip(room: number): void {
    const other = new DatabaseSync(join(directory, 'log.db'));
    const row = other
      .prepare('SELECT rowid, bytes FROM segment WHERE room = ? ORDER BY first DESC')
      .get(room);
    const bytes = row?.['bytes'] as Uint8Array;
    bytes[10] = (bytes[10] ?? 0) ^ 1;
    other.prepare('UPDATE segment SET bytes = ? WHERE rowid = ?').run(bytes, row?.['rowid'] as number);
    other.close();
  }

  test('is found when an entry of it is looked up; the others go on in the same batch', () => {
    const first = next();
    expect(commit([1, first], [2, next()])).toBe('stored,stored');
    flip(1);
    expect(commit([2, next()], [1, first], [1, next()], [2, next()])).toBe(
      'stored,ROOM_QUARANTINED,ROOM_QUARANTINED,stored',
    );
    expect(damaged).toEqual([1]);
    expect(events).toMatchObject([{ event: 'room-damaged', room: 'lobby', from: 1, to: 1 }]);
    expect(commit([1, next()])).toBe('ROOM_QUARANTINED');
    expect(events).toHaveLength(1);
  });

  test('is found when its segments are merged, and by the next start', () => {
    expect(commit([1, next()], [2, next()])).toBe('stored,stored');
    flip(1);
    const large = Array.from({ length: 5 }, (): [number, Proposal] => [1, next(15_000)]);
    expect(commit(...large, [2, next()])).toBe(`${'ROOM_QUARANTINED,'.repeat(5)}stored`);
    writer.close();
    damaged = [];
    start();
    expect(damaged).toEqual([1]);
    expect(commit([2, next()])).toBe('stored');
  });

  test('is not truncated', () => {
    writer.close();
    start({ entries: 1 });
    open(1, 'lobby');
    for (let i = 0; i < 9; i++) expect(commit([1, next()])).toBe('stored');
    const bytes = tables.database.prepare('SELECT count(*) AS n FROM segment WHERE room = 1').get();
    tables.database.exec('UPDATE segment SET digest = zeroblob(16) WHERE room = 1 AND first = 1');
    writer.tick(1_000);
    while (writer.tidy());
    expect(damaged).toEqual([1]);
    expect(tables.database.prepare('SELECT count(*) AS n FROM segment WHERE room = 1').get()).toEqual(bytes);
  });

  test('is closed alone when retention can not read it', () => {
    writer.close();
    start({ ageMs: 1 });
    for (const [room, name] of [
      [1, 'lobby'],
      [2, 'kelas'],
    ] as const)
      open(room, name);
    expect(commit([1, next()], [2, next()])).toBe('stored,stored');
    // No JavaScript number.
    tables.database.exec(`UPDATE segment SET last_time = ${2n ** 60n} WHERE room = 1`);
    writer.tick(1_001);
    while (writer.tidy());
    expect(damaged).toEqual([1]);
    expect(commit([2, next()])).toBe('stored');
  });
});

test('a room that was removed before the end is not there at the next start', () => {
  expect(commit([1, next()], [2, next()])).toBe('stored,stored');
  writer.remove(1);
  writer.close();
  start();
  const rooms = checkAtStart(tables.database, mark).rooms.map(({ row }) => row.name);
  expect(rooms).toEqual(['kelas']);
});

describe('the WAL', () => {
  test('has nothing that was erased, though a process died before it was empty', () => {
    const secret = 'nobody may read this any more';
    const id = new Uint8Array(16).fill(9);
    expect(commit([1, proposalOf({ id, text: secret })])).toBe('stored');
    const other = new Uint8Array(16).fill(8);
    expect(commit([1, proposalOf({ id: other, text: '', erases: 1 })])).toBe('stored');
    const dead = `${directory}-dead`;
    cpSync(directory, dead, { recursive: true });
    writer.close();
    rmSync(directory, { recursive: true });
    directory = dead;
    const left = (): boolean[] =>
      ['log.db', 'log.db-wal'].map((file) => readFileSync(join(directory, file)).includes(secret));
    expect(left()).toContain(true);
    start();
    while (writer.tidy());
    expect(left()).toEqual([false, false]);
  });

  test('stays small under constant writing, and while others read', () => {
    const reading = new DatabaseSync(join(directory, 'log.db'), { readOnly: true });
    const wal = join(directory, 'log.db-wal');
    let largest = 0;
    for (let i = 0; i < 600; i++) {
      commit(...Array.from({ length: 40 }, (): [number, Proposal] => [1 + (i % 2), next(200)]));
      writer.tidy();
      reading.prepare('SELECT count(*) FROM room').get();
      largest = Math.max(largest, statSync(wal).size);
    }
    reading.close();
    expect(tables.database.prepare('SELECT sum(newest) AS n FROM room').get()).toEqual({ n: 24_000 });
    expect(largest).toBeLessThan(16_777_216);
  });

  test('is emptied as soon as the one who read for long is done', () => {
    const reading = new DatabaseSync(join(directory, 'log.db'), { readOnly: true });
    reading.exec('BEGIN');
    reading.prepare('SELECT count(*) FROM room').get();
    const wal = join(directory, 'log.db-wal');
    while (statSync(wal).size < 40_000_000) {
      commit(...Array.from({ length: 100 }, (): [number, Proposal] => [1, next(2_000)]));
      writer.tidy();
    }
    reading.exec('COMMIT');
    reading.close();
    const until = performance.now() + 10_000;
    while (statSync(wal).size > 16_777_216 && performance.now() < until) {
      commit([1, next()]);
      writer.tidy();
    }
    expect(statSync(wal).size).toBeLessThan(16_777_216);
  });
});

test('a room that SQLite itself can not read does not stop the others', () => {
  const first = next();
  expect(commit([1, first], [2, next()])).toBe('stored,stored');
  const segmentAt = tables.segmentAt.bind(tables);
  tables.segmentAt = (room, seq) => {
    if (room === 1) throw Object.assign(new Error('database disk image is malformed'), { errcode: 11 });
    return segmentAt(room, seq);
  };
  expect(commit([1, first], [2, next()])).toBe('ROOM_QUARANTINED,stored');
  expect(events).toMatchObject([{ event: 'room-damaged', room: 'lobby', kind: 'unreadable' }]);
});
