// Whether a file can be read, and by whom if not by us.
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { LogError } from './log-error.ts';

/** @throws LogError `absent`, `denied`; the system's error else */
export function assertReadable(file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new LogError('absent', { file });
    if (code === 'EACCES' || code === 'EPERM') {
      throw new LogError('denied', { file, reason: code, owner: ownerOf(file) });
    }
    throw error;
  }
}

/** The number of the user whom the file belongs to or, where that is not told, the directory that hides it. */
function ownerOf(path: string): number {
  try {
    return statSync(path).uid;
  } catch {
    return path === dirname(path) ? 0 : ownerOf(dirname(path));
  }
}
