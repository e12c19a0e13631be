// Want of space, however it is told.
import { DiskSpace } from '../roomlog/sqlite/disk-space.ts';
import { StartError } from '../texts/start-error.ts';

const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
/** With less, an error of SQLite's that says no more than that there was one is want of space. */
const NOTHING_BYTES = 65_536;

/** `log.full` when there was no space in a directory for what was written there; else the error itself. */
export function asFull(error: unknown, directory: string): unknown {
  const { errcode = 0, code } = error as { readonly errcode?: number; readonly code?: string };
  const isVague = (errcode & 0xff) === SQLITE_IOERR;
  const isFull =
    (errcode & 0xff) === SQLITE_FULL ||
    code === 'ENOSPC' ||
    code === 'EDQUOT' ||
    (isVague && new DiskSpace(directory, 0).freeBytes() < NOTHING_BYTES);
  return isFull ? new StartError('log.full', { path: directory }) : error;
}
