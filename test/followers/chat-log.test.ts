import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ChatFile } from '../../src/followers/chat-file.ts';
import { ChatLog, type ChatLogOptions } from '../../src/followers/chat-log.ts';
import { withPrefix } from '../../src/protocol/index.ts';
import type { Run } from '../../src/roomlog/roomlog.ts';
import { entry, run, TIME } from './entries.ts';

const LOG_ID = new Uint8Array(16).fill(1);
const OTHER_LOG_ID = new Uint8Array(16).fill(2);

let directory: string;
let path: string;
let file: ChatFile;
let log: ChatLog;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kentongan-'));
  path = join(directory, 'chat.log');
  await start();
});
afterEach(async () => {
  await file.close(1_000);
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
});

async function start(options: Partial<ChatLogOptions> = {}): Promise<void> {
  const quiet = { onTrouble: () => undefined, onRecovered: () => undefined };
  file = await ChatFile.open(path, quiet, { bytesMax: 0, filesMax: 0 });
  log = new ChatLog({
    file,
    logsPrivate: false,
    isDurable: true,
    now: () => TIME,
    zone: () => 420,
    ...options,
  });
}

function take(room: string, what: Run): Promise<void> {
  return new Promise((resolve) => {
    log.take(room, what, resolve, () => undefined);
  });
}

test('a run of entries becomes a line each, and the position moves when they are written', async () => {
  expect(log.position('lobby', LOG_ID, 9)).toBe(0);
  const taken = take('lobby', run(1, entry('lobby', 1, 'halo'), entry('lobby', 2, 'apa\nkabar')));
  expect(log.written('lobby')).toBe(0);
  await taken;
  expect(log.written('lobby')).toBe(2);
  expect(await readFile(path, 'utf8')).toBe(
    '2026-11-22T19:03:11.245+07:00 lobby #1 chat alice: halo\n' +
      '2026-11-22T19:03:11.245+07:00 lobby #2 chat alice: apa\\nkabar\n',
  );
});

test('a room that begins a new log is read from its start', async () => {
  log.position('lobby', LOG_ID, 9);
  await take('lobby', run(1, entry('lobby', 1, 'halo')));
  expect(log.position('lobby', OTHER_LOG_ID, 9)).toBe(0);
});

test('an entry that can not be read is a line, too', async () => {
  log.position('lobby', LOG_ID, 9);
  await take('lobby', run(4, withPrefix(new Uint8Array([0xff, 0xff])), entry('lobby', 5, 'halo')));
  const lines = (await readFile(path, 'utf8')).split('\n');
  expect(lines[0]).toMatch(/ lobby #4 unknown -$/);
  expect(lines[1]).toMatch(/ lobby #5 chat alice: halo$/);
});

test('what retention took away before it was written is named', async () => {
  log.position('lobby', LOG_ID, 9);
  await take('lobby', run(1, entry('lobby', 1, 'halo')));
  log.gap('lobby', 5);
  await take('lobby', run(5, entry('lobby', 5, 'lagi')));
  expect((await readFile(path, 'utf8')).split('\n').slice(1, 3)).toEqual([
    '2026-11-22T19:03:11.245+07:00 lobby #4 gap #2',
    '2026-11-22T19:03:11.245+07:00 lobby #5 chat alice: lagi',
  ]);
});

const PRIVATE = '~abcdefghijklmnopqrstuvwxyz';

test('private rooms are followed only when the operator says so', () => {
  expect(log.wants('lobby', false)).toBe(true);
  expect(log.wants(PRIVATE, true)).toBe(false);
  const all = new ChatLog({ file, logsPrivate: true, isDurable: true, now: () => TIME });
  expect(all.wants(PRIVATE, true)).toBe(true);
});

/** Stops, and starts again. */
async function restart(options: Partial<ChatLogOptions> = {}): Promise<void> {
  await file.close(1_000);
  await start(options);
}

describe('a restart', () => {
  test('continues every room behind what is written, once it is saved', async () => {
    log.position('lobby', LOG_ID, 2);
    await take('lobby', run(1, entry('lobby', 1, 'halo'), entry('lobby', 2, 'lagi')));
    await restart();
    expect(log.position('lobby', LOG_ID, 5)).toBe(2);
    expect(log.position('other', OTHER_LOG_ID, 5)).toBe(0);
  });

  test('keeps the position of a room in which nothing happens, start after start', async () => {
    log.position('lobby', LOG_ID, 1);
    await take('lobby', run(1, entry('lobby', 1, 'halo')));
    for (let i = 0; i < 3; i++) {
      await restart();
      expect(log.position('lobby', LOG_ID, 1)).toBe(1);
    }
  });

  test('begins a room anew whose log is another', async () => {
    log.position('lobby', LOG_ID, 1);
    await take('lobby', run(1, entry('lobby', 1, 'halo')));
    await restart();
    expect(log.position('lobby', OTHER_LOG_ID, 5)).toBe(0);
  });

  test('forgets a room that has ended', async () => {
    log.position('lobby', LOG_ID, 1);
    await take('lobby', run(1, entry('lobby', 1, 'halo')));
    log.ended('lobby');
    await restart();
    expect(log.position('lobby', LOG_ID, 5)).toBe(0);
  });

  test('goes back to a log that has lost its newest entries', async () => {
    log.position('lobby', LOG_ID, 2);
    await take('lobby', run(1, entry('lobby', 1, 'halo'), entry('lobby', 2, 'lagi')));
    await restart();
    expect(log.position('lobby', LOG_ID, 1)).toBe(1);
    expect(log.written('lobby')).toBe(1);
  });

  test('writes nothing twice when nothing says what is written', async () => {
    log.position('lobby', LOG_ID, 2);
    await take('lobby', run(1, entry('lobby', 1, 'halo'), entry('lobby', 2, 'lagi')));
    await file.close(1_000);
    await rm(`${path}.position`);
    await start();
    expect(log.position('lobby', LOG_ID, 2)).toBe(2);
    expect(log.skipped).toBe(2);
    // That is known from then on.
    await restart();
    expect(log.position('lobby', LOG_ID, 4)).toBe(2);
    expect(log.skipped).toBe(0);
  });

  test('writes nothing of private rooms from before it was told to', async () => {
    await restart({ logsPrivate: true });
    expect(log.position(PRIVATE, LOG_ID, 8)).toBe(8);
    await restart({ logsPrivate: true });
    // One that came since.
    expect(log.position('~bcdefghijklmnopqrstuvwxyza', OTHER_LOG_ID, 3)).toBe(0);
    await restart({ logsPrivate: false });
    await restart({ logsPrivate: true });
    expect(log.position(PRIVATE, LOG_ID, 9)).toBe(9);
  });

  test('with logs that end with the process keeps the positions of those that do not', async () => {
    log.position('lobby', LOG_ID, 1);
    await take('lobby', run(1, entry('lobby', 1, 'halo')));
    await restart({ isDurable: false });
    expect(log.position('lobby', OTHER_LOG_ID, 0)).toBe(0);
    await take('lobby', run(1, entry('lobby', 1, 'sementara')));
    await restart();
    expect(log.position('lobby', LOG_ID, 5)).toBe(1);
    expect(await readFile(path, 'utf8')).toMatch(/halo\n.*sementara\n$/);
  });
});

test('what is durable is told when it is saved, not when it is written', async () => {
  const order: string[] = [];
  log.position('lobby', LOG_ID, 1);
  await new Promise<void>((resolve) => {
    const done = (): void => void order.push('done');
    log.take('lobby', run(1, entry('lobby', 1, 'halo')), done, () => {
      order.push('durable');
      resolve();
    });
  });
  expect(order).toEqual(['done', 'durable']);
  expect(await readFile(`${path}.position`, 'utf8')).toContain(
    '["lobby","01010101010101010101010101010101",1]',
  );
});

test('a room that ends and begins again under its name does not take the position of the old one', async () => {
  log.position('lobby', LOG_ID, 1);
  const taken = take('lobby', run(1, entry('lobby', 1, 'halo'), entry('lobby', 2, 'lagi')));
  log.ended('lobby');
  log.position('lobby', OTHER_LOG_ID, 0);
  await taken;
  expect(log.written('lobby')).toBe(0);
});

test('a room that can not be read for the time of a process goes on where it stood', async () => {
  log.position('lobby', LOG_ID, 1);
  log.position('kelas-7', OTHER_LOG_ID, 1);
  await take('lobby', run(1, entry('lobby', 1, 'halo')));
  await take('kelas-7', run(1, entry('kelas-7', 1, 'halo')));
  await file.close(1_000);
  await start();
  log.position('kelas-7', OTHER_LOG_ID, 2);
  await take('kelas-7', run(2, entry('kelas-7', 2, 'lagi')));
  await file.close(1_000);
  await start();
  expect([log.position('lobby', LOG_ID, 9), log.position('kelas-7', OTHER_LOG_ID, 9)]).toEqual([1, 2]);
  // One that is gone for ever is forgotten.
  log.ended('lobby');
  await take('kelas-7', run(3, entry('kelas-7', 3, 'lagi')));
  await file.close(1_000);
  await start();
  expect(log.position('lobby', LOG_ID, 9)).toBe(0);
});
