// One file that has the whole log as it was at one moment, made beside a running server.
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { openBesideMark } from '../roomlog/sqlite/belonging.ts';
import { openForReading } from '../roomlog/sqlite/schema.ts';
import { Tables } from '../roomlog/sqlite/tables.ts';
import { StartError } from '../texts/start-error.ts';
import { assertOutside } from './backup-target.ts';
import { carryNames } from './bound-names.ts';
import { createPrivate, publish, removeDatabase } from './files.ts';
import { asFull } from './full-disk.ts';
import { type LogReport, verifyLog } from './verify.ts';
import type { Work } from './work.ts';

export interface BackupRequest {
  /** The log's database. */
  readonly from: string;
  /** The file to make. */
  readonly to: string;
  /** A file of that name may be there. */
  readonly mayReplace: boolean;
  /** Keep the copy of a log that is damaged. */
  readonly mayBeDamaged: boolean;
}

/** 4 KiB each. */
const PAGES_PER_STEP = 512;

/**
 * @returns what verifying the copy has found: a copy with damages is kept only if it may be
 * @throws LogError, StartError, the system's or SQLite's error; nothing is left behind then
 */
export async function backupLog(request: BackupRequest, work: Work): Promise<LogReport> {
  const { from, to, mayReplace, mayBeDamaged } = request;
  assertOutside(to, from);
  if (!mayReplace && existsSync(to)) throw new StartError('log.backup.exists', { path: to });
  const building = `${to}.${process.pid}.part`;
  createPrivate(building);
  try {
    const source = openBesideMark(from);
    try {
      await copy(source, building, work);
    } finally {
      source.close();
    }
    makeOneFile(building, dirname(from));
    const report = await verifyCopy(building, work);
    if (!report.isWhole && !mayBeDamaged) throw new StartError('log.backup.damaged', { path: from });
    work.throwIfStopped();
    publish(building, to, mayReplace);
    return report;
  } catch (error) {
    throw asFull(error, dirname(to));
  } finally {
    removeDatabase(building);
  }
}

/**
 * A read transaction holds one state of the source while its pages are copied. Without it, every commit of the
 * server would begin the copy anew, and under load it would never end; the server's -wal grows meanwhile.
 */
async function copy(source: DatabaseSync, file: string, work: Work): Promise<void> {
  source.exec('BEGIN');
  source.prepare('SELECT count(*) FROM sqlite_schema').get();
  await backup(source, file, {
    rate: PAGES_PER_STEP,
    progress: ({ totalPages, remainingPages }) => {
      work.throwIfStopped();
      work.tell(totalPages - remainingPages, totalPages);
    },
  });
  source.exec('ROLLBACK');
}

/** A copy of a database in WAL mode is one, too: read where nothing may be written, it must not be. */
function makeOneFile(file: string, directory: string): void {
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA journal_mode = DELETE');
    carryNames(directory, new Tables(database));
  } finally {
    database.close();
  }
}

async function verifyCopy(file: string, work: Work): Promise<LogReport> {
  const database = openForReading(file);
  try {
    return await verifyLog(new Tables(database), work);
  } finally {
    database.close();
  }
}
