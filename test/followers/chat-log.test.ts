import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ChatFile } from '../../src/followers/chat-file.ts';
import { ChatLog, type ChatLogOptions } from '../../src/followers/chat-log.ts';
import { encodeBody, frameOf, Mark, stampBody, withPrefix } from '../../src/protocol/index.ts';
import type { Run } from '../../src/roomlog/roomlog.ts';

const LOG_ID = new Uint8Array(16).fill(1);
const OTHER_LOG_ID = new Uint8Array(16).fill(2);
const time = Date.UTC(2026, 10, 22, 12, 3, 11, 245);

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
  await file.close(0);
  await rm(directory, { recursive: true, force: true });
});

async function start(options: Partial<ChatLogOptions> = {}): Promise<void> {
  const quiet = { onTrouble: () => undefined, onRecovered: () => undefined };
  file = await ChatFile.open(path, quiet, { bytesMax: 0, filesMax: 0 });
  log = new ChatLog({
    file,
    logsPrivate: false,
    isDurable: true,
    now: () => time,
    zone: () => 420,
    ...options,
  });
}

function entry(room: string, seq: number, text: string): Uint8Array {
  const author = { name: 'alice', user: new Uint8Array(8), mark: Mark.GUEST, plain: false };
  const kind = { $case: 'chat', value: { content: { $case: 'text', value: text }, replyTo: 0 } } as const;
  return stampBody(encodeBody(frameOf(kind, { room, author, id: new Uint8Array(16) })), {
    seq,
    time,
    check: 7,
  });
}

function run(first: number, ...frames: Uint8Array[]): Run {
  return { bytes: Buffer.concat(frames), first, last: first + frames.length - 1 };
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

test('private rooms are followed only when the operator says so', () => {
  expect(log.wants('lobby', false)).toBe(true);
  expect(log.wants('~abcdefghijklmnopqrstuvwxyz', true)).toBe(false);
  const all = new ChatLog({ file, logsPrivate: true, isDurable: true, now: () => time });
  expect(all.wants('~abcdefghijklmnopqrstuvwxyz', true)).toBe(true);
});
