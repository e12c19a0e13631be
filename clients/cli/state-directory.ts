// Owns where the client keeps what it must remember, and how it is written.
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** A state file that can not be used. It is never replaced: that would silently be somebody else. */
export class StateError extends Error {
  /** `corrupt`: a user's file; `key`: an identity's. */
  readonly problem: 'corrupt' | 'key' | 'read' | 'write';
  readonly path: string;

  constructor(problem: StateError['problem'], path: string, cause: unknown) {
    super(`${problem}: ${path}`, { cause });
    this.name = 'StateError';
    this.problem = problem;
    this.path = path;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The state directory: KENTONGAN_STATE, or the place that the platform has for such things.
 * It need not exist yet.
 */
export function stateDirectory(
  environment: Environment,
  platform: NodeJS.Platform = process.platform,
  home: () => string = homedir,
): string {
  const set = (name: string): string | undefined => {
    const value = environment[name];
    return value === undefined || value === '' ? undefined : value;
  };
  const own = set('KENTONGAN_STATE');
  if (own !== undefined) return own;
  if (platform === 'win32') return join(set('LOCALAPPDATA') ?? join(home(), 'AppData', 'Local'), 'kentongan');
  return join(set('XDG_STATE_HOME') ?? join(home(), '.local', 'state'), 'kentongan');
}

/** Longest part of a file name that comes from outside. File systems stop at 255 bytes. */
const FILE_NAME_BYTES_MAX = 120;

/**
 * A file name for any text: different texts have different names on every file system, those that do not
 * tell upper case from lower case included. Plain names stay readable.
 */
export function fileNameOf(text: string): string {
  const encoded = [...new TextEncoder().encode(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[a-z0-9_.-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
  if (encoded.length <= FILE_NAME_BYTES_MAX) return encoded;
  return `${encoded.slice(0, 80)}~${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}

/** Names are kept under one spelling, so that `Alice` finds what `alice` left. The server decides who is who. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

/** As `recursive` of mkdirSync, which never ends where the parent exists and nothing can be made in it, as in /proc. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || existsSync(parent)) throw error;
    makeDirectory(parent);
    makeDirectory(path);
  }
}

/** The text of a file, or undefined when there is none. Other errors are thrown. */
export function readState(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Replaces a file as a whole: after a crash there is the old or the new text, never a part. Only this user
 * may read it (0600, directories 0700; Windows: what the profile's directory allows).
 * @throws the error of the file system
 */
export function writeState(path: string, text: string): void {
  makeDirectory(dirname(path));
  const temporary = `${path}.${randomUUID()}.new`;
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    syncDirectory(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** The new name of a file is on the disk, too. Windows has no such thing for directories. */
function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
