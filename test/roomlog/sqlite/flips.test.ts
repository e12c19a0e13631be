// One bit of what is stored falls over: it is noticed at a start that trusts nothing, or nothing that anybody can read
// is another.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LogError } from '../../../src/roomlog/sqlite/log-error.ts';
import { Mark, markIn } from '../../../src/roomlog/sqlite/mark.ts';
import { RoomQueries } from '../../../src/roomlog/sqlite/room-queries.ts';
import { checkAtStart } from '../../../src/roomlog/sqlite/startup.ts';
import { LogFile } from './log-file.ts';

let log: LogFile;
let whole: { database: Buffer; mark: Buffer; content: string };

beforeAll(() => {
  log = new LogFile();
  log.run("INSERT INTO meta VALUES ('server_id', ?)", log.serverId);
  for (const name of ['lobby', 'games', `~${'a'.repeat(26)}`]) {
    const room = log.add(name);
    for (let commit = 0; commit < 12; commit++) {
      log.append(room, ['x'.repeat(commit * 300), `${name} ${commit}`, 'one more']);
    }
    for (const user of [1, 2, 3]) log.join(room, Buffer.alloc(32, user));
    log.merge(room, 0, 5);
    log.merge(room, 1, 3);
    log.erase(room, 4);
    log.erase(room, 34);
    if (name === 'games') log.truncate(room, 1);
  }
  const content = contentOf();
  log.mark(() => 0).close();
  log.close();
  whole = { database: readFileSync(log.file), mark: readFileSync(markIn(log.directory)), content };
});
afterAll(() => log.remove());

/** Everything that a reader or the writer could ask for. */
function contentOf(): string {
  const queries = RoomQueries.of(log.database);
  const rooms = queries.numbers().map((number) => {
    const head = queries.head(number);
    if (head === undefined) return undefined;
    const segments = [];
    for (let seq = head.oldest; seq <= head.newest; ) {
      const place = queries.place(number, seq);
      const segment = place === undefined ? undefined : queries.segment(head, place);
      if (segment === undefined) return undefined;
      segments.push(segment);
      seq = segment.last + 1;
    }
    const ids = log.rooms.flatMap(({ entries }) => entries.map(({ id }) => queries.seqOfId(number, id) ?? 0));
    const counts = [queries.countOfIds(number), queries.bytes(number), queries.isNamed(head)];
    const erased = [...queries.erased(number, 0, 1_000)];
    return { head, segments, ids, counts, erased, members: queries.members(number) };
  });
  return JSON.stringify(rooms);
}

/** A start that verifies everything. */
function verdict(): 'noticed' | 'same' | 'silent' {
  let mark: Mark;
  try {
    log.open();
    const serverId = log.database.prepare("SELECT value FROM meta WHERE key = 'server_id'").get()?.['value'];
    // As the engine: a log that does not say whose it is, is none.
    if (serverId === undefined) return 'noticed';
    mark = Mark.open(log.directory, serverId as Uint8Array);
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return 'noticed';
  }
  try {
    const { rooms, removed, unreadableMarks, isMarkMissing } = checkAtStart(log.database, mark);
    expect(rooms.length + removed.length).toBeGreaterThanOrEqual(3);
    const isNoticed =
      isMarkMissing || unreadableMarks.length > 0 || rooms.some(({ damage }) => damage !== undefined);
    return isNoticed ? 'noticed' : contentOf() === whole.content ? 'same' : 'silent';
  } catch (error) {
    // Nothing else may come out of it, however odd the database.
    expect(error).toBeInstanceOf(LogError);
    return 'noticed';
  } finally {
    mark.close();
  }
}

function restored(): void {
  if (log.database.isOpen) log.database.close();
  // Removed, not overwritten: one that could not be opened may still be mapped.
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${log.file}${suffix}`, { force: true });
  writeFileSync(log.file, whole.database);
  writeFileSync(markIn(log.directory), whole.mark);
}

function flip(bytes: Uint8Array, bit: number): Buffer {
  const flipped = Buffer.from(bytes);
  const at = Math.floor(bit / 8) % flipped.length;
  flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit % 8));
  return flipped;
}

const BIT = fc.nat(2 ** 31 - 1);

test('what no bit fell over in is whole', () => {
  restored();
  expect(verdict()).toBe('same');
});

const COLUMNS = {
  meta: ['value'],
  room: [
    'room',
    'name',
    'log_id',
    'newest',
    'newest_time',
    'oldest',
    'bytes',
    'chain',
    'base',
    'members',
    'digest',
  ],
  segment: ['room', 'first', 'last', 'last_time', 'chain', 'digest', 'keys', 'bytes'],
  entry_id: ['room', 'id', 'seq'],
  erased: ['room', 'seq', 'hash'],
  member: ['room', 'user', 'author'],
};
const CELLS = Object.entries(COLUMNS).flatMap(([table, columns]) =>
  columns.map((column) => ({ table, column })),
);

test.each(CELLS)('a bit of $table, $column is always noticed', ({ table, column }) => {
  let flips = 0;
  fc.assert(
    fc.property(fc.nat(9_999), BIT, (nth, bit) => {
      restored();
      log.open();
      const rows = log.database.prepare(`SELECT * FROM ${table}`).all();
      const row = rows[nth % rows.length] ?? {};
      const value = row[column];
      const changed =
        typeof value === 'number'
          ? BigInt(value) ^ (1n << BigInt(bit % 63))
          : typeof value === 'string'
            ? flip(Buffer.from(value), bit).toString()
            : flip(value as Uint8Array, bit);
      const keys = Object.keys(row).filter((key) => row[key] !== null);
      const update = `UPDATE OR IGNORE ${table} SET ${column} = ? WHERE ${keys.map((key) => `${key} = ?`).join(' AND ')}`;
      const { changes } = log.database.prepare(update).run(changed, ...keys.map((key) => row[key] ?? null));
      log.close();
      if (changes === 0) return;
      flips++;
      expect(verdict()).toBe('noticed');
    }),
    { numRuns: 12 },
  );
  expect(flips).toBeGreaterThan(0);
});

/** Does this to the tables as if they had no types: as a bit of a record's header does. */
function untyped(sql: string, value: number | bigint | string | null): void {
  const database = new DatabaseSync(log.file, { defensive: false });
  database.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE; PRAGMA writable_schema = ON');
  const tables = database.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").all();
  const change = database.prepare('UPDATE sqlite_schema SET sql = ? WHERE name = ?');
  for (const { name, sql: text } of tables) {
    change.run(String(text).replaceAll(/ NOT NULL| STRICT,?| (TEXT|BLOB)(?= NOT|,|\n)/g, ''), name ?? '');
  }
  database.close();
  const changing = new DatabaseSync(log.file, { defensive: false });
  changing.exec('PRAGMA synchronous = OFF');
  changing.prepare(sql).run(value);
  changing.exec('PRAGMA writable_schema = ON');
  const restore = changing.prepare('UPDATE sqlite_schema SET sql = ? WHERE name = ?');
  for (const { name, sql: text } of tables) restore.run(text ?? '', name ?? '');
  changing.exec('PRAGMA journal_mode = WAL');
  changing.close();
}

/** One row of the tables that have no rowid. */
const FIRST: Record<string, string> = {
  entry_id: 'room = 1 AND id = (SELECT min(id) FROM entry_id WHERE room = 1)',
  erased: 'room = 1 AND seq = 4',
  member: 'room = 1 AND user = (SELECT min(user) FROM member WHERE room = 1)',
};
const PRIMARY = new Set(['member.user', 'entry_id.id', 'erased.room', 'erased.seq']);
const TYPED = CELLS.filter(
  ({ table, column }) =>
    !['meta.value', 'room.room', 'member.room', 'entry_id.room'].includes(`${table}.${column}`),
);
test.each(TYPED)('something of another type in $table, $column is always noticed', ({ table, column }) => {
  let changes = 0;
  for (const value of [null, 'text', 1.5, 2n ** 60n]) {
    if (value === null && (column === 'name' || PRIMARY.has(`${table}.${column}`))) continue;
    if (typeof value !== 'string' && column === 'name') continue;
    restored();
    untyped(
      `UPDATE ${table} SET ${column} = ? WHERE ${FIRST[table] ?? `rowid = (SELECT min(rowid) FROM ${table})`}`,
      value,
    );
    changes++;
    expect(verdict()).toBe('noticed');
  }
  expect(changes).toBeGreaterThan(0);
});

test('a bit of the database’s file is noticed, or changes nothing', () => {
  const verdicts = { noticed: 0, same: 0, silent: 0 };
  fc.assert(
    fc.property(BIT, (bit) => {
      restored();
      writeFileSync(log.file, flip(whole.database, bit));
      const said = verdict();
      verdicts[said]++;
      expect(said).not.toBe('silent');
    }),
    { numRuns: 400 },
  );
  if (process.env['SHOW'] !== undefined) console.log(whole.database.length, verdicts);
  expect(verdicts.noticed).toBeGreaterThan(100);
});

test('a bit of the mark is always noticed', () => {
  fc.assert(
    fc.property(BIT, (bit) => {
      restored();
      writeFileSync(join(log.directory, 'log.mark'), flip(whole.mark, bit));
      expect(verdict()).toBe('noticed');
    }),
    { numRuns: 200 },
  );
});
