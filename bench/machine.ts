// What the figures were measured on.
import { closeSync, fdatasyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { median } from './numbers.ts';

const PAGE_BYTES = 4_096;
const ROW_BYTES = 200;
const FILE_PAGES = 2_048;

/** Median of a flushed page, microseconds. Overwrites pages of an existing file, as a WAL that begins anew does. */
function fdatasyncUsOf(folder: string, ms: number): number {
  const file = join(folder, 'probe');
  const fd = openSync(file, 'w');
  try {
    writeSync(fd, Buffer.alloc(PAGE_BYTES * FILE_PAGES));
    fdatasyncSync(fd);
    const page = Buffer.alloc(PAGE_BYTES, 1);
    let n = 0;
    return timed(ms, () => {
      writeSync(fd, page, 0, PAGE_BYTES, PAGE_BYTES * (n++ % FILE_PAGES));
      fdatasyncSync(fd);
    });
  } finally {
    closeSync(fd);
    rmSync(file);
  }
}

/** Median of a lone commit, microseconds: SQLite, WAL, `synchronous = FULL`, one row of about the size of an entry. */
export function commitUsOf(folder: string, ms: number): number {
  const file = join(folder, 'probe.db');
  const database = new DatabaseSync(file);
  try {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE entry (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT`);
    const insert = database.prepare('INSERT INTO entry (body) VALUES (?)');
    const row = new Uint8Array(ROW_BYTES);
    return timed(ms, () => void insert.run(row));
  } finally {
    database.close();
    for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
  }
}

/** The median of one step, microseconds. */
function timed(ms: number, step: () => void): number {
  const times: number[] = [];
  const end = performance.now() + ms;
  for (let before = performance.now(); before < end; ) {
    step();
    const after = performance.now();
    times.push((after - before) * 1_000);
    before = after;
  }
  return median(times);
}

/** What the figures were measured on. */
export interface Machine {
  readonly cores: number;
  readonly model: string;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
  /** Of the disk of the data: a flushed page, and a lone SQLite FULL commit, microseconds. */
  readonly fdatasyncUs: number;
  readonly commitUs: number;
  /** The data lie in memory: then nothing that is said about fsync is true. */
  readonly isDiskMemory: boolean;
  /** Average of the last minute, before anything was started. */
  readonly load: number;
}

const DISK_MS = 500;
/** `f_type` of tmpfs and ramfs, statfs(2). */
const MEMORY_TYPES: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

/** @param folder on the disk of the data */
export function machineHere(folder: string): Machine {
  return {
    cores: availableParallelism(),
    model: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    fdatasyncUs: Math.round(fdatasyncUsOf(folder, DISK_MS)),
    commitUs: Math.round(commitUsOf(folder, DISK_MS)),
    isDiskMemory: MEMORY_TYPES.has(statfsSync(folder).type),
    load: loadavg()[0] ?? 0,
  };
}
