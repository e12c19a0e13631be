// Where a backup may not be written: over a log.
import { existsSync, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { StartError } from '../texts/start-error.ts';
import { BESIDE } from './files.ts';

/** What a database or a chat.log in use has beside it. */
const USED_WITH = [...BESIDE, '.position'] as const;

/**
 * Names may lead to a data directory by links of both kinds, by mounts, and by capital letters: what counts is
 * which file it is.
 * @param to the file to make; its directory need not exist
 * @param from the database that is copied
 * @throws StartError `log.backup.inside`, `log.backup.in-use`
 */
export function assertOutside(to: string, from: string): void {
  const data = realOf(dirname(from));
  const directory = realOf(dirname(to));
  if (data === undefined || directory === undefined) return;
  // What a link points to is nobody's backup either.
  const places = [
    directory,
    ...[realOf(to)].filter((real) => real !== undefined).map((real) => dirname(real)),
  ];
  if (places.some((place) => isWithin(place, data)) || isOneOf(to, data)) {
    throw new StartError('log.backup.inside', { path: to, data });
  }
  if (places.some((place) => isDataDirectory(place)) || isInUse(to)) {
    throw new StartError('log.backup.in-use', { path: to });
  }
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}

/** Both are real paths. */
function isWithin(directory: string, data: string): boolean {
  for (let at = directory; ; at = dirname(at)) {
    if (at === data || isSame(at, data)) return true;
    if (at === dirname(at)) return false;
  }
}

/** Whether a name is one more of a file in the directory. */
function isOneOf(to: string, data: string): boolean {
  return existsSync(to) && namesIn(data).some((name) => isSame(join(data, name), to));
}

/** What nobody may look into is not copied either. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function isDataDirectory(directory: string): boolean {
  const has = (name: string): boolean => existsSync(join(directory, name));
  return has('log.mark') || (has('log.db') && has('lock'));
}

/** Whether it has companions, or is one: SQLite would bring an old -wal into the new file. */
function isInUse(to: string): boolean {
  if (USED_WITH.some((suffix) => existsSync(to + suffix))) return true;
  const name = basename(to);
  return USED_WITH.some((suffix) => {
    const owner = join(dirname(to), name.slice(0, -suffix.length));
    return name.endsWith(suffix) && statSync(owner, { throwIfNoEntry: false })?.isFile() === true;
  });
}
