// chat.log, chat.log.1, chat.log.2 … (and operator.log in the same way): the newest of the old ones has the lowest number.
import { basename, dirname, join } from 'node:path';
import type { Disk } from './disk.ts';
import { continues, type SavePoint } from './save-point.ts';

/**
 * Gives the file at `path` the number 1, after moving the older ones up as far as a number is free; when none is,
 * the oldest of `keep` goes. Files with higher numbers are left alone. Can be done again after it has failed
 * anywhere: what is moved is moved, and no old file is lost for it.
 * @throws the system's error
 */
export async function rotate(disk: Disk, path: string, keep: number): Promise<void> {
  if ((await disk.state(path)) === undefined) return;
  if (keep === 0) {
    await disk.remove(path);
    return;
  }
  let free = 1;
  while (free < keep && (await disk.state(`${path}.${free}`)) !== undefined) free++;
  for (let number = free; number > 1; number--) {
    await disk.rename(`${path}.${number - 1}`, `${path}.${number}`);
  }
  await disk.rename(path, `${path}.1`);
}

/**
 * The file of a save point was moved away within its directory, with lines behind the point that will be written
 * again: cuts them there. A file that can not be found has left for good.
 */
export async function cutMoved(disk: Disk, path: string, point: SavePoint): Promise<void> {
  const directory = dirname(path);
  for (const name of await disk.names(directory)) {
    if (!name.startsWith(basename(path))) continue;
    const state = await disk.state(join(directory, name));
    if (state?.id !== point.file) continue;
    const file = await disk.open(join(directory, name));
    try {
      if (!(await continues(file, state, point))) continue;
      if (state.size > point.length) await file.truncate(point.length);
      // The next save point is of another file: nobody will cut this one again, should the power go.
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

/** Where a file is made that is to take the place of the one at `path`. */
export function rebuiltPath(path: string): string {
  return `${path}.rebuilt`;
}

/** The save point is of a new file that was to take the place of the one at `path`: it does so now. */
export async function finishSwap(disk: Disk, path: string, point: SavePoint): Promise<void> {
  const rebuilt = rebuiltPath(path);
  const state = await disk.state(rebuilt);
  if (state?.id !== point.file) return;
  const file = await disk.open(rebuilt);
  const isWhole = await continues(file, state, point);
  await file.close();
  if (!isWhole) return;
  await disk.rename(rebuilt, path);
  await disk.syncDirectory(dirname(path));
}
