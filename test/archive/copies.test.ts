import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { backupLog } from '../../src/archive/backup.ts';
import { Attic } from '../../src/archive/files.ts';
import { restoreLog, type RestoreReport } from '../../src/archive/restore.ts';
import { verifyLog } from '../../src/archive/verify.ts';
import { readMark } from '../../src/roomlog/sqlite/mark.ts';
import { openForReading } from '../../src/roomlog/sqlite/schema.ts';
import { Tables } from '../../src/roomlog/sqlite/tables.ts';
import { LogFile } from '../roomlog/sqlite/log-file.ts';
import { contentOf, converse, PRIVATE_ROOM, quietly, Stage } from './stage.ts';

const original = Attic.prototype.take;
let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  mkdirSync(stage.data, { mode: 0o700 });
});
afterEach(() => stage.remove());

async function isWhole(file: string): Promise<boolean> {
  const database = openForReading(file);
  try {
    return (await verifyLog(new Tables(database), quietly())).isWhole;
  } finally {
    database.close();
  }
}

async function restore(
  file: string,
  more: { replace?: boolean; salvage?: boolean } = {},
): Promise<RestoreReport> {
  const { replace = false, salvage = false } = more;
  return await restoreLog({ file, directory: stage.data, mayReplace: replace, mayLose: salvage }, quietly());
}

async function backup(to: string, more: { replace?: boolean; damaged?: boolean } = {}): Promise<void> {
  const { replace = false, damaged = false } = more;
  await backupLog({ from: stage.file, to, mayReplace: replace, mayBeDamaged: damaged }, quietly());
}

/** But for what SQLite keeps beside a database while, and after, somebody reads it. */
function filesIn(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => !/-(wal|shm)$/.test(name))
    .toSorted();
}

/** Every file's bytes, but for the index of the -wal. */
function stateOf(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((one) =>
    one.isFile(),
  );
  return Object.fromEntries(
    files
      .filter(({ name }) => !/-(wal|shm)$/.test(name))
      .map(({ name, parentPath }) => [name, readFileSync(`${parentPath}/${name}`, 'hex')]),
  );
}

describe('a backup', () => {
  test('is one private file that has everything, and whole', async () => {
    await stage.fill((filling) => converse(filling, 2000));
    const to = stage.path('copy');
    await backup(to);
    expect(readdirSync(stage.directory).toSorted()).toEqual(['copy', 'data']);
    expect(statSync(to).mode & 0o777).toBe(0o600);
    expect(contentOf(to)).toEqual(contentOf(stage.file));
    expect(Object.keys(contentOf(to))).toEqual(['lobby', 'physics', PRIVATE_ROOM]);
    expect(await isWhole(to)).toBe(true);
  });

  test('is never written over another file, unless that is asked for', async () => {
    await stage.fill((filling) => converse(filling));
    const to = stage.path('copy');
    writeFileSync(to, 'mine');
    await expect(backup(to)).rejects.toMatchObject({ key: 'log.backup.exists' });
    expect(readFileSync(to, 'utf8')).toBe('mine');
    await backup(to, { replace: true });
    expect(await isWhole(to)).toBe(true);
    expect(readdirSync(stage.directory).toSorted()).toEqual(['copy', 'data']);
  });

  test('is never a file of a data directory, by whatever name', async () => {
    await stage.fill((filling) => converse(filling));
    for (const name of ['chat.log', 'chat.log.position']) writeFileSync(`${stage.data}/${name}`, 'mine');
    const other = stage.path('other');
    mkdirSync(other);
    await stage.fill((filling) => converse(filling), other);
    symlinkSync(stage.data, stage.path('link'));
    symlinkSync(stage.file, stage.path('file-link'));
    linkSync(stage.file, stage.path('hard-link'));
    mkdirSync(`${stage.data}/sub`);
    const before = stateOf(stage.data);
    const inside = ['log.db', 'log.db-wal', 'log.mark', 'chat.log', 'chat.log.position', 'new', 'sub/new'];
    for (const to of [
      ...inside.map((name) => `${stage.data}/${name}`),
      ...['log.db', 'new'].map((name) => stage.path(`link/${name}`)),
      stage.path('file-link'),
      stage.path('hard-link'),
      stage.path('data/../link/sub/new'),
    ]) {
      await expect(backup(to, { replace: true }), to).rejects.toMatchObject({ key: 'log.backup.inside' });
    }
    writeFileSync(stage.path('used'), 'mine');
    for (const suffix of ['-wal', '.position']) writeFileSync(stage.path(`used${suffix}`), 'mine');
    for (const to of [
      `${other}/log.db`,
      `${other}/new`,
      ...['', '-wal', '.position'].map((s) => stage.path(`used${s}`)),
    ]) {
      await expect(backup(to, { replace: true }), to).rejects.toMatchObject({ key: 'log.backup.in-use' });
    }
    expect(stateOf(stage.data)).toEqual(before);
    expect(readFileSync(stage.path('used'), 'utf8')).toBe('mine');
  });

  test('of a log that is not there or not a log leaves nothing behind', async () => {
    await expect(backup(stage.path('copy'))).rejects.toMatchObject({ code: 'absent' });
    writeFileSync(stage.file, 'x'.repeat(9000));
    await expect(backup(stage.path('copy'))).rejects.toMatchObject({ code: 'unreadable' });
    expect(readdirSync(stage.directory)).toEqual(['data']);
  });

  test('of a damaged log is refused, and kept when that is asked for', async () => {
    await stage.fill((filling) => converse(filling));
    damage('UPDATE segment SET bytes = zeroblob(length(bytes)) WHERE room = 1');
    const to = stage.path('copy');
    await expect(backup(to)).rejects.toMatchObject({ key: 'log.backup.damaged' });
    expect(existsSync(to)).toBe(false);
    await backup(to, { damaged: true });
    expect(await isWhole(to)).toBe(false);
  });

  test('that is stopped leaves nothing behind', async () => {
    await stage.fill((filling) => converse(filling, 5000));
    const stopping = new AbortController();
    stopping.abort(new Error('enough'));
    const request = { from: stage.file, to: stage.path('copy'), mayReplace: false, mayBeDamaged: false };
    await expect(backupLog(request, quietly(stopping.signal))).rejects.toThrow('enough');
    expect(readdirSync(stage.directory)).toEqual(['data']);
  });
});

function damage(sql: string): void {
  const database = new DatabaseSync(stage.file);
  database.exec(sql);
  database.close();
}

describe('a restored log', () => {
  test('has everything under new logs, a mark, and lets the engine go on', async () => {
    await stage.fill((filling) => converse(filling, 2000));
    const before = contentOf(stage.file);
    await backup(stage.path('copy'));
    const serverId = readMark(stage.data)?.serverId;
    const report = await restore(stage.path('copy'), { replace: true });
    const after = contentOf(stage.file);
    for (const [name, room] of Object.entries(before)) {
      expect(after[name]).toEqual({ ...room, logId: expect.any(String) });
      expect(after[name]?.logId).not.toBe(room.logId);
    }
    expect(await isWhole(stage.file)).toBe(true);
    expect(report).toMatchObject({ lost: [], lostTails: [] });
    expect(report.rooms.map(({ room, lost }) => [room, lost])).toEqual([
      ['lobby', []],
      ['physics', []],
      [PRIVATE_ROOM, []],
    ]);
    // The deployment is the same; the mark knows all of it.
    expect(readMark(stage.data)?.serverId).toEqual(serverId);
    const slots = [...(readMark(stage.data)?.slots.values() ?? [])];
    expect(slots.map((slot) => slot !== 'unreadable' && [slot.name, slot.newest])).toEqual(
      Object.entries(after).map(([name, { entries }]) => [name, entries.length]),
    );
    await stage.fill(async (filling) => {
      filling.open('lobby');
      filling.chat('lobby', 'bob', 'again');
      expect(await filling.commit()).toMatchObject([{ status: 'stored', stamp: { seq: 2005 } }]);
    });
    expect(await isWhole(stage.file)).toBe(true);
  });

  test('needs a place: what is there is moved aside whole, or the command is refused', async () => {
    await stage.fill((filling) => converse(filling));
    await backup(stage.path('copy'));
    writeFileSync(`${stage.data}/chat.log`, 'old\n');
    writeFileSync(`${stage.data}/chat.log.position`, 'old\n');
    writeFileSync(`${stage.data}/operator.log`, 'old\n');
    await stage.fill(async (filling) => {
      filling.open('lobby');
      filling.chat('lobby', 'bob', 'later');
      await filling.commit();
    });
    const later = contentOf(stage.file);
    await expect(restore(stage.path('copy'))).rejects.toMatchObject({ key: 'log.restore.exists' });
    expect(contentOf(stage.file)).toEqual(later);
    const { aside } = await restore(stage.path('copy'), { replace: true });
    expect(aside).toMatch(/replaced-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d$/);
    expect(filesIn(aside ?? '')).toEqual(['chat.log', 'chat.log.position', 'log.db', 'log.mark']);
    expect(contentOf(`${aside}/log.db`)).toEqual(later);
    expect(readdirSync(stage.data)).toContain('operator.log');
    expect(readdirSync(stage.data).filter((name) => name.startsWith('chat.log'))).toEqual([]);
  });

  test.each(['log.mark', 'log.db'])(
    'that is cut off before %s is moved lets no room be closed',
    async (name) => {
      await stage.fill((filling) => converse(filling));
      await backup(stage.path('copy'));
      const take = vi.spyOn(Attic.prototype, 'take').mockImplementation(function (this: Attic, one) {
        if (one === name) throw new Error('cut off');
        original.call(this, one);
      });
      await expect(restore(stage.path('copy'), { replace: true })).rejects.toThrow('cut off');
      take.mockRestore();
      if (name === 'log.mark') await stage.fill(() => Promise.resolve());
      else await expect(stage.fill(() => Promise.resolve())).rejects.toMatchObject({ code: 'mismatch' });
      await restore(stage.path('copy'), { replace: true });
      await stage.fill(() => Promise.resolve());
    },
  );

  test('into an empty directory is its log', async () => {
    await stage.fill((filling) => converse(filling));
    await backup(stage.path('copy'));
    const before = contentOf(stage.file);
    rmSync(stage.data, { recursive: true });
    mkdirSync(stage.data);
    const { aside } = await restore(stage.path('copy'));
    expect(aside).toBeUndefined();
    expect(contentOf(stage.file)['lobby']?.entries).toEqual(before['lobby']?.entries);
    expect(statSync(stage.file).mode & 0o777).toBe(0o600);
    expect(filesIn(stage.data)).toEqual(['log.db', 'log.mark']);
  });

  test('keeps what retention and erasing have made', async () => {
    const log = new LogFile();
    try {
      const room = log.add('lobby');
      for (let commit = 0; commit < 5; commit++) log.append(room, ['one', 'two', 'secret']);
      log.truncate(room, 2);
      log.erase(room, 9);
      const empty = log.add('games');
      log.append(empty, ['gone']);
      log.truncate(empty, 1);
      log.run('INSERT INTO meta VALUES (?, ?)', 'server_id', log.serverId);
      log.close();
      await restore(log.file);
      const [before, after] = [contentOf(log.file), contentOf(stage.file)];
      expect(after['lobby']).toEqual({ ...before['lobby'], logId: expect.any(String) });
      expect(after['lobby']?.oldest).toBe(7);
      expect(after['games']).toMatchObject({ oldest: 2, entries: [] });
      expect(await isWhole(stage.file)).toBe(true);
      const database = openForReading(stage.file);
      expect(database.prepare('SELECT seq FROM erased').all()).toEqual([{ seq: 9 }]);
      database.close();
      await stage.fill(async (filling) => {
        filling.open('games');
        filling.chat('games', 'bob', 'again');
        expect(await filling.commit()).toMatchObject([{ status: 'stored', stamp: { seq: 2 } }]);
      });
    } finally {
      log.remove();
    }
  });

  test('is not made of a damaged backup; what was there stays', async () => {
    await stage.fill((filling) => converse(filling));
    damage('UPDATE member SET author = zeroblob(4)');
    const before = contentOf(stage.file);
    await expect(restore(stage.file, { replace: true })).rejects.toMatchObject({
      key: 'log.restore.damaged',
    });
    expect(contentOf(stage.file)).toEqual(before);
    expect(filesIn(stage.data)).toEqual(['log.db', 'log.mark']);
  });
});
