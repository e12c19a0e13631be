// What a server consists of.
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

const FOLDERS = ['bin', 'src', 'clients'];

/** Every file that a server needs, below `root`; tracked or not. */
export function programFiles(root: string): string[] {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name))),
  );
  return ['package.json', ...files];
}
