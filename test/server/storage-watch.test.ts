import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StorageWatch } from '../../src/server/storage-watch.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kentongan-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const lobby = { room: 'lobby', from: 7, to: 9, kind: 'segment' } as const;

test('knows what the engine told last, and passes everything on', () => {
  const passed: string[] = [];
  const watch = new StorageWatch(directory, 0, ({ event }) => passed.push(event));
  const states = [watch.status().state];
  watch.observe({ event: 'storage-full', freeBytes: 1 });
  states.push(watch.status().state);
  watch.observe({ event: 'storage-recovered' });
  states.push(watch.status().state);
  watch.observe({ event: 'mark-unreadable', rooms: 1 });
  watch.observe({ event: 'room-damaged', ...lobby });
  states.push(watch.status().state);
  watch.observe({ event: 'storage-failed', reason: 'EIO' });
  states.push(watch.status().state);
  expect(states).toEqual(['ok', 'full', 'ok', 'ok', 'read-only']);
  expect(watch.status().damaged).toEqual([lobby]);
  expect(passed).toEqual([
    'storage-full',
    'storage-recovered',
    'mark-unreadable',
    'room-damaged',
    'storage-failed',
  ]);
});

test('less than the reserve is full before anybody has tried, and a failed disk stays one', () => {
  const watch = new StorageWatch(directory, 2 ** 60, () => undefined);
  expect(watch.status().state).toBe('full');
  watch.observe({ event: 'storage-failed', reason: 'EIO' });
  expect(watch.status().state).toBe('read-only');
});

test('tells the sizes of the files, and of none', () => {
  const watch = new StorageWatch(directory, 0, () => undefined);
  expect(watch.status()).toMatchObject({ databaseBytes: 0, walBytes: 0 });
  writeFileSync(join(directory, 'log.db'), 'x'.repeat(4_096));
  writeFileSync(join(directory, 'log.db-wal'), 'x'.repeat(777));
  const { databaseBytes, walBytes, freeBytes } = watch.status();
  expect([databaseBytes, walBytes]).toEqual([4_096, 777]);
  expect(freeBytes).toBeGreaterThan(0);
});

test('a directory that was taken away has no sizes, and breaks nothing', () => {
  const watch = new StorageWatch(join(directory, 'gone'), 1_000, () => undefined);
  expect(watch.status()).toMatchObject({ state: 'ok', databaseBytes: 0, freeBytes: undefined });
});
