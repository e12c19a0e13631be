// Owns the note that a name is in use by a chat on this machine, so that a second window is offered another.
import { rmSync } from 'node:fs';
import { userFilePath } from './user-file.ts';
import { readState, writeState } from './state-directory.ts';

/** How many names are tried. */
const GUESSES_MAX = 50;

function notePath(directory: string, server: string, name: string): string {
  return `${userFilePath(directory, server, name)}.pid`;
}

/** Whether a chat of this machine has this name on this server now. */
export function isInUse(directory: string, server: string, name: string): boolean {
  const note = Number(readState(notePath(directory, server, name)) ?? '0');
  if (!Number.isSafeInteger(note) || note <= 0 || note === process.pid) return false;
  try {
    process.kill(note, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Notes that this process has the name. The result takes the note back. */
export function noteUse(directory: string, server: string, name: string): () => void {
  const path = notePath(directory, server, name);
  writeState(path, `${process.pid}\n`);
  return () => {
    if (readState(path) === `${process.pid}\n`) rmSync(path, { force: true });
  };
}

/** `name`, or `name2`, `name3` … if other windows of this machine have those before. */
export function freeGuess(directory: string, server: string, name: string): string {
  if (name === '') return '';
  for (let n = 1; n <= GUESSES_MAX; n++) {
    const guess = n === 1 ? name : `${name}${n}`;
    if (!isInUse(directory, server, guess)) return guess;
  }
  return '';
}
