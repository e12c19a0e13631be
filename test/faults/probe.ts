// A program that promises what it has committed, and nothing else: `node probe.ts DIRECTORY SYNCHRONOUS`. It prints
// the number of each row when its commit has returned, and ends with the first error. The harness proves itself on it: what survives must hold
// with FULL, and must not with NORMAL.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const [directory = '.', synchronous = 'FULL'] = process.argv.slice(2);
const database = new DatabaseSync(join(directory, 'probe.db'));
database.exec(
  `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA wal_autocheckpoint = 50`,
);
database.exec('CREATE TABLE IF NOT EXISTS row (n INTEGER PRIMARY KEY, text TEXT NOT NULL)');
const insert = database.prepare('INSERT INTO row (n, text) VALUES (?, ?)');
const newest = database.prepare('SELECT coalesce(max(n), 0) AS n FROM row').get() as { n: number };
for (let n = newest.n + 1; ; n++) {
  try {
    insert.run(n, `row ${n} ${'x'.repeat(n % 700)}`);
    writeSync(1, `${n}\n`);
  } catch (error) {
    writeSync(1, `failed ${String((error as { errcode?: number }).errcode)}\n`);
    process.exit(0);
  }
}
