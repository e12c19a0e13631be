// After an entry was erased nothing of it lies about: not in the database, nor in what was freed in it, nor in its -wal.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eraseOffline } from '../../src/archive/erase.ts';
import { verifyLog } from '../../src/archive/verify.ts';
import { openForReading } from '../../src/roomlog/sqlite/schema.ts';
import { Tables } from '../../src/roomlog/sqlite/tables.ts';
import { Random } from '../support/random.ts';
import { converse, PRIVATE_ROOM, quietly, Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  mkdirSync(stage.data, { mode: 0o700 });
});
afterEach(() => stage.remove());

function isAnywhere(text: string): boolean {
  return ['log.db', 'log.db-wal', 'log.mark'].some((name) => {
    const file = `${stage.data}/${name}`;
    return existsSync(file) && readFileSync(file).includes(text);
  });
}

test('however the entries around it were large, merged and moved about', async () => {
  const random = new Random(11);
  const secrets = new Map<number, string>();
  await stage.fill(async (filling) => {
    filling.open('lobby');
    for (let seq = 1; seq <= 400; seq++) {
      const secret = `secret-${seq}-of-somebody`;
      if (seq % 50 === 0) secrets.set(seq, secret);
      const before = 'x'.repeat(random.below(seq % 3 === 0 ? 30_000 : 300));
      filling.chat('lobby', 'bob', `${before} ${secret} ${before}`);
      if (random.chance(0.5)) await filling.commit();
    }
    await filling.commit();
  });
  for (const [seq, secret] of secrets) {
    expect(isAnywhere(secret)).toBe(true);
    expect(await eraseOffline(stage.data, 'lobby', seq)).toMatchObject({ seq: expect.any(Number) });
    expect([secret, isAnywhere(secret)]).toEqual([secret, false]);
  }
  const database = openForReading(stage.file);
  expect((await verifyLog(new Tables(database), quietly())).isWhole).toBe(true);
  database.close();
});

test('whatever lay in pages that a merge has freed', async () => {
  const secret = (n: number): string => `secret-${String(n).padStart(4, '0')}`;
  await stage.fill(async (filling) => {
    filling.open('lobby');
    // Eleven times 7 KB, two pages each: merged into 64 KiB they leave some of them free.
    for (let n = 1; n <= 11; n++) {
      filling.chat('lobby', 'bob', secret(n).repeat(550));
      await filling.commit();
    }
  });
  const database = openForReading(stage.file);
  expect(database.prepare('PRAGMA freelist_count').get()?.['freelist_count']).toBeGreaterThan(0);
  database.close();
  for (let n = 1; n <= 11; n++) {
    await eraseOffline(stage.data, 'lobby', n);
    expect([n, isAnywhere(secret(n))]).toEqual([n, false]);
  }
});

test('what can not be erased is refused, and changes nothing', async () => {
  await stage.fill((filling) => converse(filling));
  expect(await eraseOffline(stage.data, 'nowhere', 1)).toEqual({ refusal: 'NO_SUCH_ROOM' });
  expect(await eraseOffline(stage.data, 'lobby', 99)).toEqual({ refusal: 'NO_SUCH_ENTRY' });
  expect(await eraseOffline(stage.data, 'lobby', 1)).toEqual({ refusal: 'NOT_ERASABLE' });
  expect(await eraseOffline(stage.data, PRIVATE_ROOM, 1)).toEqual({ seq: 2 });
  expect(await eraseOffline(stage.data, PRIVATE_ROOM, 1)).toEqual({ refusal: 'ERASED_ALREADY' });
  expect(await eraseOffline(stage.data, PRIVATE_ROOM, 2)).toEqual({ refusal: 'NOT_ERASABLE' });
  expect(isAnywhere('between us')).toBe(false);
});
