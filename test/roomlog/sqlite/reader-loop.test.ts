import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { tellsDamage } from '../../../src/roomlog/sqlite/damage.ts';
import type { FromReader } from '../../../src/roomlog/sqlite/messages.ts';
import { startReaderLoop } from '../../../src/roomlog/sqlite/reader-loop.ts';
import { Scrub } from '../../../src/roomlog/sqlite/scrub.ts';
import { LogFile } from './log-file.ts';

let log: LogFile;
beforeEach(() => {
  log = new LogFile();
  log.append(log.add('lobby'), ['halo']);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  log.remove();
});

test('a scrub that has no means goes on later, and reads do not suffer from it', () => {
  vi.useFakeTimers();
  const step = vi.spyOn(Scrub.prototype, 'step').mockImplementation(() => {
    throw Object.assign(new Error('out of memory'), { errcode: 7 });
  });
  const told: FromReader[] = [];
  const settings = { directory: log.directory, retention: {}, reserveBytes: 0, scrubBytesPerSecond: 1_000 };
  const loop = startReaderLoop(settings, {
    send: (message) => void told.push(message),
    end: () => undefined,
  });
  vi.advanceTimersByTime(2_000);
  expect(step).toHaveBeenCalledTimes(1);
  loop.take({ do: 'read', read: 1, room: 1, from: 1, to: 1, bytesMax: 1_000, keep: 'first' });
  expect(told.at(-1)).toMatchObject({ did: 'read', page: { status: 'run' } });
  vi.advanceTimersByTime(60_000);
  expect(step).toHaveBeenCalledTimes(2);
  loop.take({ do: 'close' });
});

test('only errors that concern what is stored tell damage', () => {
  const extended = (code: number): number => 10 | (code << 8);
  // CORRUPT, CORRUPT_INDEX, NOTADB; READ, SHORT_READ, DATA, CORRUPTFS.
  const damage = [11, 11 | (3 << 8), 26, extended(1), extended(2), extended(32), extended(33)];
  // BUSY, NOMEM, PROTOCOL; NOMEM, LOCK, SHMOPEN, SHMSIZE, SHMMAP.
  const other = [5, 7, 15, extended(12), extended(15), extended(18), extended(19), extended(21)];
  expect(damage.map((errcode) => tellsDamage({ errcode }))).toEqual(damage.map(() => true));
  expect(other.map((errcode) => tellsDamage({ errcode }))).toEqual(other.map(() => false));
});
