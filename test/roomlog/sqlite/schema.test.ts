import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  assertSqlite,
  openForReading,
  openForWriting,
  SCHEMA_VERSION,
} from '../../../src/roomlog/sqlite/schema.ts';

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kentongan-schema-'));
  file = join(directory, 'log.db');
});

afterEach(() => rmSync(directory, { recursive: true }));

function numberOf(database: DatabaseSync, pragma: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
}

test('an SQLite that can lose commits is refused', () => {
  for (const version of ['3.51.2', '3.50.99', '3.7.0', '2.99.99', '0']) {
    expect(() => assertSqlite(version), version).toThrow(/sqlite-too-old/);
  }
  for (const version of ['3.51.3', '3.52.0', '3.53.4', '4.0.0']) assertSqlite(version);
  assertSqlite();
});

test('every commit is flushed to the disk, and nobody else reads the files', () => {
  const database = openForWriting(file);
  expect(numberOf(database, 'synchronous')).toBe(2);
  expect(numberOf(database, 'journal_mode')).toBe('wal');
  expect(numberOf(database, 'user_version')).toBe(SCHEMA_VERSION);
  for (const name of [file, `${file}-wal`, `${file}-shm`]) expect(statSync(name).mode & 0o777).toBe(0o600);
  database.close();
});

test('a mode that was loosened is tightened', () => {
  openForWriting(file).close();
  chmodSync(file, 0o644);
  openForWriting(file).close();
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('an existing log is opened as it is', () => {
  openForWriting(file).close();
  const again = openForWriting(file);
  again.exec("INSERT INTO meta VALUES ('a', x'01')");
  again.close();
  const reading = openForReading(file);
  expect(reading.prepare('SELECT key FROM meta').all()).toEqual([{ key: 'a' }]);
  expect(() => reading.exec('DELETE FROM meta')).toThrow(/readonly/);
  reading.close();
});

test.each<[string, RegExp, () => void]>([
  ['of somebody else', /^foreign/, () => new DatabaseSync(file).exec('CREATE TABLE theirs (a)')],
  [
    'of a newer version',
    /^too-new/,
    () => {
      openForWriting(file).close();
      new DatabaseSync(file).exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    },
  ],
  ['that is no database', /^unreadable/, () => writeFileSync(file, 'not a database '.repeat(99))],
  [
    'with other tables',
    /^unreadable/,
    () => {
      openForWriting(file).close();
      new DatabaseSync(file).exec('DROP INDEX segment_place');
    },
  ],
])('a file %s is refused by writers and readers, and left alone', (_what, refusal, make) => {
  make();
  const before = statSync(file).size;
  expect(() => openForWriting(file)).toThrow(refusal);
  expect(() => openForReading(file)).toThrow(refusal);
  expect(statSync(file).size).toBe(before);
});

test.each<[string, () => void]>([
  ['of no bytes', () => writeFileSync(file, '')],
  ['of no tables', () => new DatabaseSync(file).exec('PRAGMA journal_mode = WAL')],
])('a file %s is no log to read, and one may begin in it', (_what, make) => {
  make();
  const before = statSync(file).size;
  expect(() => openForReading(file)).toThrow(/^empty/);
  expect(statSync(file).size).toBe(before);
  openForWriting(file).close();
  openForReading(file).close();
});

test('who reads makes nothing', () => {
  expect(() => openForReading(file)).toThrow(/^absent/);
  expect(() => statSync(file)).toThrow(/ENOENT/);
});
