// Files that have to be on the disk, or not to be there at all.
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** What SQLite keeps beside a database. */
export const BESIDE = ['-wal', '-shm', '-journal'] as const;

/** What was written to a file, or which names a directory has, survives a power loss. */
function syncPath(path: string): void {
  // Windows can not sync a directory, and syncs no file that is open for reading alone.
  if (process.platform === 'win32') return;
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** A database and what lies beside it. */
export function removeDatabase(file: string): void {
  for (const suffix of ['', ...BESIDE]) rmSync(file + suffix, { force: true });
}

/** Makes an empty file that nobody else may read. @throws EEXIST */
export function createPrivate(file: string): void {
  closeSync(openSync(file, 'wx', 0o600));
}

/**
 * Gives a finished file its name, durably.
 * @throws EEXIST when that is taken and may not be
 */
export function publish(file: string, name: string, mayReplace: boolean): void {
  syncPath(file);
  if (mayReplace) renameSync(file, name);
  else {
    try {
      linkSync(file, name);
      unlinkSync(file);
    } catch (error) {
      // Some file systems, of USB sticks above all, know no links.
      if (existsSync(name)) throw error;
      renameSync(file, name);
    }
  }
  syncPath(dirname(name));
}

/**
 * Moves those of the files that exist into a new directory beside them, `replaced-2026-11-22T19-03-11`.
 * @returns the directory, made by the first file that was moved
 */
export class Attic {
  readonly #directory: string;
  readonly path: string;
  #moved = false;

  constructor(directory: string, now: Date) {
    this.#directory = directory;
    const date = now.toISOString().slice(0, 19).replaceAll(':', '-');
    let path = join(directory, `replaced-${date}`);
    for (let n = 2; existsSync(path); n++) path = join(directory, `replaced-${date}-${n}`);
    this.path = path;
  }

  /** Whether anything lies there. */
  get isUsed(): boolean {
    return this.#moved;
  }

  /** Moves a file of the directory, and what SQLite keeps beside it. */
  take(name: string): void {
    const found = [name, ...BESIDE.map((suffix) => name + suffix)].filter((one) =>
      existsSync(join(this.#directory, one)),
    );
    if (found.length === 0) return;
    if (!this.#moved) mkdirSync(this.path, { mode: 0o700 });
    this.#moved = true;
    // The database last: until then it is whole where it is.
    for (const one of found.toReversed())
      renameSync(join(this.#directory, one), join(this.path, basename(one)));
    syncPath(this.path);
    syncPath(this.#directory);
  }
}
