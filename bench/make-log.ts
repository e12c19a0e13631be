// A large log, written by the engine itself. `node bench/make-log.ts DIR [COUNT]` makes one to look at.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { asUuid7, encodeBody, frameOf, Mark } from '../src/protocol/index.ts';
import type { Outcome, Proposal, RoomListener } from '../src/roomlog/roomlog.ts';
import { SqliteLog } from '../src/roomlog/sqlite/sqlite-log.ts';

export const ROOM = 'lobby';
const BATCH = 5_000;
const AUTHORS = 50;
const TEXT = 'The quick brown fox jumps over the lazy dog, and once again.';

/** A chat as a server would append it. */
export function proposalOf(n: number, areOrdered = true): Proposal {
  const random = randomBytes(16);
  const id = areOrdered ? asUuid7(random, Date.now()) : random;
  const user = Buffer.alloc(8, n % AUTHORS);
  const author = { name: `author-${n % AUTHORS}`, user, mark: Mark.GUEST, plain: true };
  const value = { content: { $case: 'text', value: TEXT }, replyTo: 0 } as const;
  const body = encodeBody(frameOf({ $case: 'chat', value }, { room: ROOM, author, id }));
  return { id, digest: randomBytes(32), body };
}

export function openLog(directory: string): Promise<SqliteLog> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return SqliteLog.open({
    directory,
    now: () => Date.now(),
    defer: (callback) => void setImmediate(callback),
    random: (length) => randomBytes(length),
  });
}

/** Calls back with each list of outcomes; none may be a failure. */
export function listener(onOutcomes: (outcomes: readonly Outcome[]) => void): RoomListener {
  return {
    onOutcomes: (outcomes) => {
      if (outcomes.some(({ status }) => status !== 'stored')) throw new Error('an entry was not stored');
      onOutcomes(outcomes);
    },
    onTruncated: () => undefined,
    onDamaged: () => {
      throw new Error('damaged');
    },
  };
}

export function closed(log: SqliteLog): Promise<void> {
  return new Promise((resolve) => log.close(resolve));
}

/** Makes a log of so many entries, unless the directory has one. */
export async function makeLog(directory: string, entries: number): Promise<void> {
  if (existsSync(join(directory, 'log.db'))) return;
  const log = await openLog(directory);
  await new Promise<void>((resolve) => {
    let [appended, stored] = [0, 0];
    const head = log.open(
      ROOM,
      listener((outcomes) => {
        stored += outcomes.length;
        if (stored === entries) resolve();
        else if (stored === appended) more();
      }),
    );
    if (head.newest > 0) throw new Error('not empty');
    const more = (): void => {
      const until = Math.min(entries, appended + BATCH);
      while (appended < until) log.append(ROOM, proposalOf(appended++));
    };
    more();
  });
  await closed(log);
}

if (import.meta.main) {
  const [directory, count = '1000000'] = process.argv.slice(2);
  if (directory === undefined) throw new Error('make-log.ts DIR [COUNT]');
  await makeLog(directory, Number(count));
}
