// What log.db is: its tables, its versions, and how it is opened.
import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LogError } from './log-error.ts';
import { assertReadable } from './readable.ts';

/** The database's file in a data directory. */
export function databaseIn(directory: string): string {
  return join(directory, 'log.db');
}

/** "kent": says that a file is a log of Kentongan's and nobody else's. */
const APPLICATION_ID = 0x6b656e74;

/**
 * Each step takes the database from the version of its index to the next one. A step is never changed once
 * released; what the newest one is called is `PRAGMA user_version`.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

  -- One row a room: its head. "name" is NULL when the room was removed and its entries are still being deleted.
  CREATE TABLE room (
    room INTEGER PRIMARY KEY,
    name TEXT UNIQUE,
    log_id BLOB NOT NULL,
    pair BLOB,
    newest INTEGER NOT NULL,
    newest_time INTEGER NOT NULL,
    oldest INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    chain BLOB NOT NULL,
    base BLOB NOT NULL,
    members BLOB NOT NULL,
    digest BLOB NOT NULL
  ) STRICT;

  -- Runs of entries, dense from "oldest" to "newest" of their room.
  CREATE TABLE segment (
    room INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    last_time INTEGER NOT NULL,
    chain BLOB NOT NULL,
    digest BLOB NOT NULL,
    keys BLOB NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX segment_place ON segment (room, first);

  -- Where an id is. What is true about it stands in the segment's keys.
  CREATE TABLE entry_id (
    room INTEGER NOT NULL,
    id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (room, id)
  ) STRICT, WITHOUT ROWID;

  -- SHA-256 of bodies that were erased: the chain goes through them.
  CREATE TABLE erased (
    room INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (room, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE member (
    room INTEGER NOT NULL,
    user BLOB NOT NULL,
    author BLOB NOT NULL,
    PRIMARY KEY (room, user)
  ) STRICT, WITHOUT ROWID;
  `,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** The first SQLite without the WAL-reset bug, which can lose commits when two connections are open. */
const SQLITE_MIN = [3, 51, 3] as const;

/** @throws LogError `sqlite-too-old` */
export function assertSqlite(version: string = process.versions['sqlite'] ?? '0'): void {
  const parts = version.split('.').map(Number);
  for (const [at, least] of SQLITE_MIN.entries()) {
    const part = parts[at] ?? 0;
    if (part > least) return;
    if (part < least) throw new LogError('sqlite-too-old', { version, least: SQLITE_MIN.join('.') });
  }
}

const PRAGMAS = `
  PRAGMA synchronous = FULL;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -16384;
  PRAGMA mmap_size = 0;
  PRAGMA cell_size_check = ON;
  PRAGMA trusted_schema = OFF;
`;

/**
 * Opens the log for writing; makes it, or brings it to the newest version, if need be. The caller holds the
 * directory's lock.
 * @throws LogError `foreign`, `too-new`, `unreadable`, `sqlite-too-old`; the system's or SQLite's error else
 */
export function openForWriting(file: string): DatabaseSync {
  assertSqlite();
  // SQLite gives its -wal and -shm the mode of the database.
  if (!existsSync(file)) closeSync(openSync(file, 'wx', 0o600));
  chmodSync(file, 0o600);
  const database = open(file, false);
  try {
    const version = versionOf(database, file);
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA secure_delete = FAST; PRAGMA journal_size_limit = 8388608;',
    );
    migrate(database, version);
    assertSchema(database, file);
    return database;
  } catch (error) {
    database.close();
    throw readable(error, file);
  }
}

/**
 * Opens an existing log to read it; a server may be writing it meanwhile.
 * @throws LogError as `openForWriting`, and `absent`, `denied`, `empty`, `too-old`
 */
export function openForReading(file: string): DatabaseSync {
  assertSqlite();
  assertReadable(file);
  // Before SQLite looks: beside an empty database it deletes a -wal that may have everything.
  if (statSync(file).size === 0) throw new LogError('empty', { file });
  const database = open(file, true);
  try {
    const version = versionOf(database, file);
    if (version === 0) throw new LogError('empty', { file });
    if (version < SCHEMA_VERSION) throw new LogError('too-old', { file, version, known: SCHEMA_VERSION });
    assertSchema(database, file);
    return database;
  } catch (error) {
    database.close();
    throw readable(error, file);
  }
}

function open(file: string, readOnly: boolean): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly, timeout: 10_000 });
    database.exec(PRAGMAS);
    return database;
  } catch (error) {
    database?.close();
    throw readable(error, file);
  }
}

/** 0 = empty. */
function versionOf(database: DatabaseSync, file: string): number {
  const application = numberOf(database, 'application_id');
  const version = numberOf(database, 'user_version');
  if (application === 0 && version === 0 && isEmpty(database)) return 0;
  if (application !== APPLICATION_ID) throw new LogError('foreign', { file });
  if (version > SCHEMA_VERSION) throw new LogError('too-new', { file, version, known: SCHEMA_VERSION });
  return version;
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
}

function numberOf(database: DatabaseSync, pragma: string): number {
  return Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
}

function migrate(database: DatabaseSync, version: number): void {
  if (version === SCHEMA_VERSION) return;
  database.exec('BEGIN EXCLUSIVE');
  for (const step of MIGRATIONS.slice(version)) database.exec(step);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
}

/** A log in memory that has nothing: stands for one of which nothing is left. */
export function openNothing(): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  for (const step of MIGRATIONS) database.exec(step);
  return database;
}

const SCHEMA_QUERY = 'SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name';
let expected: string | undefined;

/** What the migrations make is what is there: a bit that fell over in the schema shows. */
function assertSchema(database: DatabaseSync, file: string): void {
  if (expected === undefined) {
    const model = openNothing();
    expected = JSON.stringify(model.prepare(SCHEMA_QUERY).all());
    model.close();
  }
  if (JSON.stringify(database.prepare(SCHEMA_QUERY).all()) !== expected) {
    throw new LogError('unreadable', { file, reason: 'its tables are not those of this version' });
  }
}

const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

function readable(error: unknown, file: string): unknown {
  const code = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
  if (code !== SQLITE_CORRUPT && code !== SQLITE_NOTADB) return error;
  // A log.db that is no database any more was one.
  if (code === SQLITE_NOTADB && basename(file) !== 'log.db') return new LogError('no-log', { file });
  return new LogError('unreadable', { file, reason: (error as Error).message });
}
