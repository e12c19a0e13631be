// `kentongan announce` that the log refuses: people are told why, in words.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { STORAGE_REFUSALS } from '../../src/texts/storage-refusals.ts';
import { fill, textsOf } from '../../src/texts/texts.ts';
import { Process, readyOf, run } from '../server/processes.ts';

let data: string;
let server: Process | undefined;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'kentongan-'));
});
afterEach(async () => {
  server?.kill('SIGKILL');
  await server?.exit;
  await rm(data, { recursive: true, force: true });
});

async function serve(...words: string[]): Promise<void> {
  server = new Process([
    'serve',
    '--data',
    data,
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--ready',
    'json',
    ...words,
  ]);
  await readyOf(server);
}

async function expectRefusal(told: { readonly en: RegExp; readonly id: RegExp }): Promise<void> {
  for (const language of ['en', 'id'] as const) {
    const refused = await run(['announce', 'halo', '--data', data, '--lang', language]);
    expect([refused.code, refused.out, refused.err]).toEqual([1, '', expect.stringMatching(told[language])]);
    expect(refused.err).not.toMatch(/STORAGE|ROOM_|[{}]/);
  }
}

test('a full disk', async () => {
  await serve('--reserve', '1024TiB');
  await expectRefusal({ en: /The disk of the server is full: nothing was stored/, id: /Disk server penuh/ });
});

test('a damaged room', async () => {
  await serve();
  expect((await run(['announce', 'halo', '--data', data])).code).toBe(0);
  server?.kill('SIGTERM');
  await server?.exit;
  const database = new DatabaseSync(join(data, 'log.db'));
  database.exec('UPDATE room SET newest = newest + 1');
  database.close();
  await serve();
  await expectRefusal({ en: /The log of lobby is damaged, so the room is closed/, id: /Log lobby rusak/ });
});

test('a disk that failed has its words', () => {
  const key = STORAGE_REFUSALS['STORAGE_READ_ONLY'] ?? 'usage.other';
  expect(fill(textsOf('en')[key], {})).toMatch(/failed: nothing is stored until the server is started again/);
  expect(fill(textsOf('id')[key], {})).toMatch(/gagal/);
});
