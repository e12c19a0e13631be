// The engine when its reader can not read for a while: a room is not damaged because the disk is slow.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ReadResult } from '../../../src/roomlog/roomlog.ts';
import type { Page } from '../../../src/roomlog/sqlite/messages.ts';
import { SqliteLog } from '../../../src/roomlog/sqlite/sqlite-log.ts';
import type { Threads } from '../../../src/roomlog/sqlite/threads.ts';
import { proposalOf } from '../witness.ts';
import { inlineThreads } from './inline-threads.ts';

const BUSY_MS = 2_300;

let directory: string;
let log: SqliteLog;
let damaged: string[];
/** What the reader says instead of what it has. */
let instead: Page | undefined;

const impatient: Threads = {
  ...inlineThreads,
  startReader: async (settings, started) => {
    const thread = await inlineThreads.startReader(settings, started);
    return {
      ...thread,
      onMessage: (take) =>
        thread.onMessage((message) => {
          if (message.did === 'read' && instead !== undefined) take({ ...message, page: instead });
          else take(message);
        }),
    };
  },
};

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'kentongan-patience-'));
  [damaged, instead] = [[], undefined];
  const options = {
    directory,
    reserveBytes: 0,
    scrubBytesPerSecond: 0,
    now: () => 1_000,
    defer: (callback: () => void) => void setImmediate(callback),
    random: (length: number) => Uint8Array.from(randomBytes(length)),
  };
  log = await SqliteLog.open(options, impatient);
  await new Promise<void>((resolve) => {
    const onDamaged = (): void => void damaged.push('lobby');
    log.open('lobby', { onOutcomes: () => resolve(), onTruncated: () => undefined, onDamaged });
    log.append('lobby', proposalOf({ id: new Uint8Array(16).fill(1), text: 'halo' }));
  });
});
afterEach(() => rmSync(directory, { recursive: true }));

const close = (): Promise<void> => new Promise((resolve) => log.close(resolve));
const read = (): Promise<ReadResult> =>
  new Promise((resolve) => log.read({ room: 'lobby', from: 1, bytesMax: 1_000 }, resolve));

test('what can not be read for long is read when it can', async () => {
  instead = { status: 'later', isAbsent: false };
  setTimeout(() => (instead = undefined), BUSY_MS);
  expect(await read()).toMatchObject({ status: 'run', first: 1, last: 1 });
  expect(damaged).toEqual([]);
  await close();
});

test('a room that is not there after all is damaged', async () => {
  instead = { status: 'later', isAbsent: true };
  expect(await read()).toEqual({ status: 'failed', failure: 'ROOM_QUARANTINED' });
  await close();
  expect(damaged).toEqual(['lobby']);
});

test('what can never be read does not keep the log from closing', async () => {
  instead = { status: 'later', isAbsent: false };
  const result = read();
  await close();
  expect(await result).toMatchObject({ status: 'failed' });
  expect(damaged).toEqual([]);
});
