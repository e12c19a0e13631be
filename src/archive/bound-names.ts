// The bound names that go with a log: a backup carries them, and the private rooms of their users with them.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tables } from '../roomlog/sqlite/tables.ts';
import { type Attic, createPrivate, publish } from './files.ts';
import { unless } from './salvage.ts';

/** What the server keeps them in, and under which key a backup has that file as it was. */
const NAMES = 'names.json';

/** Puts those of a data directory into a copy of its log. None are some, too. @throws the system's error */
export function carryNames(directory: string, into: Tables): void {
  const file = join(directory, NAMES);
  into.putMeta(NAMES, existsSync(file) ? readFileSync(file) : new Uint8Array(0));
}

/** Those that a backup carries, as a file; undefined: it says nothing of them, as a log itself does. */
export function carriedNames(source: Tables): Uint8Array | undefined {
  return unless(() => source.meta(NAMES));
}

/** Puts them in the place of what a directory has. What is wrong with them the next start tells. */
export function installNames(names: Uint8Array | undefined, directory: string, attic: Attic): void {
  if (names === undefined) return;
  attic.take(NAMES);
  if (names.length === 0) return;
  const building = join(directory, `${NAMES}.restoring`);
  rmSync(building, { force: true });
  createPrivate(building);
  writeFileSync(building, names);
  publish(building, join(directory, NAMES), true);
}
