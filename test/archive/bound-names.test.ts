// Bound names go with the log: into a backup, and out of it.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { backupLog } from '../../src/archive/backup.ts';
import { restoreLog, type RestoreReport } from '../../src/archive/restore.ts';
import { nodeDisk } from '../../src/followers/disk.ts';
import { NamesFile } from '../../src/server/names-file.ts';
import { converse, quietly, Stage } from './stage.ts';

let stage: Stage;
let copy: string;
beforeEach(async () => {
  stage = new Stage();
  mkdirSync(stage.data, { mode: 0o700 });
  copy = `${stage.data}.backup`;
  await stage.fill((filling) => converse(filling, 20));
});
afterEach(() => {
  stage.remove();
  rmSync(copy, { force: true });
});

const names = (): string => join(stage.data, 'names.json');

async function bind(name: string, byte: number, more: { releasedAt?: number } = {}): Promise<void> {
  const file = await NamesFile.open(stage.data, nodeDisk);
  const row = {
    name,
    key: new Uint8Array(32).fill(byte),
    boundAt: 1,
    usedAt: 1,
    source: '192.0.2.1',
    ...more,
  };
  await new Promise<void>((resolve, reject) => {
    file.put(row, (failure) => (failure === undefined ? resolve() : reject(new Error(failure))));
  });
}

async function bound(): Promise<string[]> {
  return (await NamesFile.open(stage.data, nodeDisk)).all().map(({ name }) => name);
}

async function backup(): Promise<void> {
  await backupLog({ from: stage.file, to: copy, mayReplace: true, mayBeDamaged: false }, quietly());
}

async function restore(file = copy, mayLose = false): Promise<RestoreReport> {
  return await restoreLog({ file, directory: stage.data, mayReplace: true, mayLose }, quietly());
}

test('a backup brings back who had which name, and what was there lies aside', async () => {
  await bind('budi', 1);
  await backup();
  await bind('ani', 2);
  const later = readFileSync(names());
  const { aside = '' } = await restore();
  expect(await bound()).toEqual(['budi']);
  expect(readFileSync(join(aside, 'names.json'))).toEqual(later);
  if (process.platform !== 'win32') expect(statSync(names()).mode & 0o777).toBe(0o600);
});

test('KTG-7.27 a backup brings back that a name was released, too', async () => {
  await bind('budi', 1, { releasedAt: 5 });
  await backup();
  await bind('budi', 2);
  await restore();
  const kept = (await NamesFile.open(stage.data, nodeDisk)).all();
  expect(kept).toMatchObject([{ name: 'budi', key: new Uint8Array(32).fill(1), releasedAt: 5 }]);
});

test('a backup of a time when no name was bound has none', async () => {
  await backup();
  await bind('ani', 2);
  const { aside = '' } = await restore();
  expect(existsSync(names())).toBe(false);
  expect(existsSync(join(aside, 'names.json'))).toBe(true);
});

test('into an empty directory they come, too, whatever a restore that was killed has left there', async () => {
  await bind('budi', 1);
  await backup();
  rmSync(stage.data, { recursive: true });
  mkdirSync(stage.data, { mode: 0o700 });
  writeFileSync(`${names()}.restoring`, 'half');
  expect((await restore()).aside).toBeUndefined();
  expect(await bound()).toEqual(['budi']);
  expect(existsSync(`${names()}.restoring`)).toBe(false);
});

test('a log that is salvaged, and a backup of an older version, change no names', async () => {
  await bind('budi', 1);
  await restore(stage.file, true);
  expect(await bound()).toEqual(['budi']);
  await backup();
  const database = new DatabaseSync(copy);
  database.exec("DELETE FROM meta WHERE key = 'names.json'");
  database.close();
  await bind('ani', 2);
  await restore();
  expect(await bound()).toEqual(['budi', 'ani']);
});

test('neither the private key nor the invites are in a backup', async () => {
  mkdirSync(join(stage.data, 'tls'));
  writeFileSync(join(stage.data, 'tls', 'key.pem'), 'a very private key');
  writeFileSync(join(stage.data, 'invites.json'), 'an invite');
  await backup();
  const bytes = readFileSync(copy).toString('latin1');
  expect(bytes).not.toContain('a very private key');
  expect(bytes).not.toContain('an invite');
});
