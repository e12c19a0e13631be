// The data directory, and the lock that gives it to one server at a time.
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { reasonOf, StartError } from '../texts/start-error.ts';

const SQLITE_BUSY = 5;

/** A data directory that is this server's until released. */
export interface DataDirectory {
  /** Absolute, without symbolic links. */
  readonly path: string;
  release(): void;
}

/**
 * Makes the directory (0700) if need be and locks it.
 *
 * The lock is the one that SQLite puts on a database file: the system takes it away when the process ends,
 * however that happens, so there is no stale one; it works on every platform and between servers of one
 * process, too.
 * @throws StartError; `start.data-in-use` when another server has it
 */
export function takeDataDirectory(path: string): DataDirectory {
  let real: string;
  try {
    makeDirectory(path);
    real = realpathSync(path);
  } catch (error) {
    throw new StartError('start.data', { path, reason: reasonOf(error) });
  }
  const file = join(real, 'lock');
  let lock: DatabaseSync | undefined;
  try {
    // Never opened and closed when it is there: that would take the lock from another server of this process.
    if (!existsSync(file)) closeSync(openSync(file, 'wx', 0o600));
    lock = new DatabaseSync(file);
    lock.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    chmodSync(file, 0o600);
  } catch (error) {
    lock?.close();
    if (isBusy(error)) throw new StartError('start.data-in-use', { path: real });
    throw new StartError('start.data', { path: real, reason: sqliteReason(error) });
  }
  const held = lock;
  return { path: real, release: () => held.close() };
}

/** Like `recursive` of mkdirSync, which never ends where the parent exists and nothing can be made in it, as in /proc. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || existsSync(parent)) throw error;
    makeDirectory(parent);
    makeDirectory(path);
    return;
  }
  syncDirectory(dirname(path));
}

/** What is stored in a directory is lost in a power cut when the directory's own name is. */
function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    // It may be written and not read: then nobody can do more.
    return;
  }
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && (error as { errcode?: number }).errcode === SQLITE_BUSY;
}

function sqliteReason(error: unknown): string {
  return error instanceof Error ? error.message : reasonOf(error);
}
