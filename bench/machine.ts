// What the figures were measured on.
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { median } from './numbers.ts';

/** What the disk takes, microseconds: the medians of a flushed page and of a lone commit. */
export interface DiskFacts {
  readonly fdatasyncUs: number;
  /** SQLite, WAL, `synchronous = FULL`, one row of about the size of an entry. */
  readonly commitUs: number;
}

const PAGE_BYTES = 4_096;
const ROW_BYTES = 200;
const FILE_PAGES = 2_048;

export function measureDisk(folder: string, ms: number): DiskFacts {
  return { fdatasyncUs: fdatasyncUs(folder, ms), commitUs: commitUs(folder, ms) };
}

/** Overwrites pages of an existing file, as a WAL that begins anew does. */
function fdatasyncUs(folder: string, ms: number): number {
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

function commitUs(folder: string, ms: number): number {
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

export function machineLines(folder: string): string[] {
  const { fdatasyncUs: flush, commitUs: commit } = measureDisk(folder, 1_000);
  return [
    `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}`,
    `Node.js ${process.versions.node}, SQLite ${process.versions['sqlite'] ?? '?'}`,
    `disk: 4 KiB and fdatasync ${Math.round(flush)} µs, a lone SQLite FULL commit ${Math.round(commit)} µs (medians)`,
    `load before: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  ];
}
