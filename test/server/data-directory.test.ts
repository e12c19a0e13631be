import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { takeDataDirectory } from '../../src/server/data-directory.ts';

const synced: string[] = [];
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const open = new Map<number, string>();
  return {
    ...real,
    openSync: (...parameters: Parameters<typeof real.openSync>) => {
      const fd = real.openSync(...parameters);
      open.set(fd, String(parameters[0]));
      return fd;
    },
    fsyncSync: (fd: number) => {
      synced.push(open.get(fd) ?? '?');
      real.fsyncSync(fd);
    },
  };
});

test.skipIf(process.platform === 'win32')('the names of new directories survive a power cut', () => {
  const above = fs.mkdtempSync(join(tmpdir(), 'kentongan-data-'));
  const path = join(above, 'one/two');
  takeDataDirectory(path).release();
  expect(synced).toEqual([above, join(above, 'one')]);
  takeDataDirectory(path).release();
  expect(synced).toHaveLength(2);
  expect(fs.statSync(path).mode & 0o777).toBe(0o700);
  fs.rmSync(above, { recursive: true });
});
