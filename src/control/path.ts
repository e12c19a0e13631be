// Where a server of this machine can be asked how it is doing.
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readlinkSync, realpathSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Bytes that the name of a Unix socket may have: 108 on Linux, 104 elsewhere, one of them a zero. */
const SOCKET_PATH_BYTES_MAX = process.platform === 'linux' ? 107 : 103;

/** The name in the data directory: the socket itself, or, where its path would be too long, a link to it. */
function nameIn(data: string): string {
  return join(data, 'control.sock');
}

/**
 * Makes the place for a server's socket and clears what a killed server left behind. The caller holds the
 * lock of the data directory.
 *
 * A path too long for a socket is replaced by one in a directory of this user (0700) below the system's
 * directory for temporary files; a symbolic link in the data directory leads to it.
 * @throws the system's error
 */
export function prepareControlPath(data: string): string {
  if (process.platform === 'win32') return pipeOf(data);
  const name = nameIn(data);
  remove(name);
  if (Buffer.byteLength(name) <= SOCKET_PATH_BYTES_MAX) return name;
  const directory = join(realpathSync(tmpdir()), `kentongan-${userInfo().uid}`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const owner = lstatSync(directory);
  // Somebody else may have made it first, to see what is said there.
  if (!owner.isDirectory() || owner.uid !== userInfo().uid || (owner.mode & 0o077) !== 0) {
    throw new Error(`${directory} does not belong to this user alone`);
  }
  const short = join(directory, `${digest(data)}.sock`);
  remove(short);
  symlinkSync(short, name);
  return short;
}

/** Where to ask the server that uses a data directory, which need not exist. */
export function findControlPath(data: string): string {
  let real = data;
  try {
    real = realpathSync(data);
  } catch {
    // Then connecting will say that nobody is there.
  }
  if (process.platform === 'win32') return pipeOf(real);
  try {
    return readlinkSync(nameIn(real));
  } catch {
    return nameIn(real);
  }
}

/** Removes what `prepareControlPath` made. What can not be removed stays: the next server clears it. */
export function removeControlPath(data: string, path: string): void {
  if (process.platform === 'win32') return;
  for (const made of [path, nameIn(data)]) {
    try {
      remove(made);
    } catch {
      // The directory is gone or closed to us, and the server has more to give back than this.
    }
  }
}

function pipeOf(data: string): string {
  return `\\\\.\\pipe\\kentongan-${digest(data.toLowerCase())}`;
}

function digest(data: string): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 32);
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
