// A file that is written as a whole: at no moment it is half of the old one and half of the new one.
import { dirname } from 'node:path';
import type { Disk, DiskFile } from './disk.ts';

/** Durable when done. What a crash leaves is the old file or the new one. @throws the system's error; it is either, then, too */
export async function replaceFile(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.new`;
  const file = await disk.open(temporary);
  try {
    await file.truncate(0);
    await writeAll(file, bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(temporary, path);
  await disk.syncDirectory(dirname(path));
}

/** @throws the system's error; then some of the bytes may be written */
export async function writeAll(file: DiskFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const written = await file.write(bytes.subarray(at));
    if (written === 0) throw Object.assign(new Error('nothing was written'), { code: 'EIO' });
    at += written;
  }
}
