// A large log as a server leaves it behind: with chat.log, and stopped cleanly. Made once, when it is first asked for.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeLog } from './make-log.ts';
import type { Pinning } from './pinning.ts';
import { freePort } from './process.ts';
import { SERVERS } from './servers.ts';
import { settled } from './status.ts';

const ENTRIES = 1_000_000;
const ENTRIES_QUICK = 100_000;

/** @returns a directory in `folder` */
export function largeLogIn(folder: string, isQuick: boolean, pinning: Pinning): () => Promise<string> {
  let made: Promise<string> | undefined;
  return () => {
    made ??= make(join(folder, 'large'), isQuick ? ENTRIES_QUICK : ENTRIES, pinning);
    return made;
  };
}

async function make(directory: string, entries: number, pinning: Pinning): Promise<string> {
  mkdirSync(directory, { mode: 0o700 });
  await makeLog(directory, entries);
  const server = SERVERS.find(({ abilities }) => abilities.includes('replay'));
  if (server === undefined) return directory;
  const process = server.launch({ folder: directory, port: await freePort(), pinning });
  await process.accepts();
  await settled(directory);
  await process.stop();
  return directory;
}
