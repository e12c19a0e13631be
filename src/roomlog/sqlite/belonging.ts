// Whether a database and the mark beside it are of one log: looked at before anybody writes to either.
import { basename, dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { sameBytes } from '../../protocol/bytes.ts';
import { LogError } from './log-error.ts';
import { markIn, readMark } from './mark.ts';
import { databaseIn, openForReading } from './schema.ts';
import { Tables } from './tables.ts';

type Mark = ReturnType<typeof readMark>;

/**
 * Nothing is written to the database, nor is a -wal deleted that may have everything.
 * @param mark that of the directory
 * @throws LogError `lost`, `mismatch`; as `openForReading` but for `absent`, `empty` and `too-old`
 */
export function assertBelongs(directory: string, mark: Mark): void {
  if (mark === undefined) return;
  let database: DatabaseSync;
  try {
    database = openBesideMark(databaseIn(directory));
  } catch (error) {
    if (error instanceof LogError && ['absent', 'empty', 'too-old'].includes(error.code)) return;
    throw error;
  }
  try {
    const serverId = new Tables(database).meta('server_id');
    if (serverId !== undefined && mark.serverId !== undefined && !sameBytes(serverId, mark.serverId)) {
      throw new LogError('mismatch', { file: databaseIn(directory), mark: markIn(directory) });
    }
  } finally {
    database.close();
  }
}

/**
 * Opens a log to read it, if it has a room at all or the mark beside it knows of none.
 * @throws LogError as `openForReading`, and `lost`
 */
export function openBesideMark(file: string): DatabaseSync {
  // Before the database: rooms that a server makes now are no loss.
  const isMarked = tellsOfRooms(file);
  let database: DatabaseSync;
  try {
    database = openForReading(file);
  } catch (error) {
    const isNothing = error instanceof LogError && (error.code === 'absent' || error.code === 'empty');
    throw isNothing && isMarked ? lost(file) : error;
  }
  // Behind it, too: nor are those that it has just removed.
  if (!isMarked || hasRooms(database) || !tellsOfRooms(file)) return database;
  database.close();
  throw lost(file);
}

/** Whether there is a mark beside a log.db, and it knows of rooms; a backup has none. */
function tellsOfRooms(file: string): boolean {
  const directory = dirname(file);
  if (basename(file) !== basename(databaseIn(directory))) return false;
  return (readMark(directory)?.slots.size ?? 0) > 0;
}

function hasRooms(database: DatabaseSync): boolean {
  return database.prepare('SELECT 1 FROM room LIMIT 1').get() !== undefined;
}

function lost(file: string): LogError {
  return new LogError('lost', { file, mark: markIn(dirname(file)) });
}
