// A server on disk: what it finds again, and what it does not start on.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createServer,
  type OperatorEvent,
  type Server,
  type ServerOptions,
  StartError,
} from '../../src/index.ts';
import { textsOf } from '../../src/texts/texts.ts';
import { until } from '../net/bench.ts';
import { RawClient } from './raw-client.ts';

let directory: string;
let data: string;
let servers: Server[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kentongan-'));
  data = join(directory, 'data');
  servers = [];
});
afterEach(async () => {
  for (const server of servers) await server.close({ drain: 0 });
  await rm(directory, { recursive: true, force: true });
});

async function start(options: ServerOptions = {}): Promise<Server> {
  const server = await createServer({ host: '127.0.0.1', port: 0, data, ...options });
  servers.push(server);
  return server;
}

async function startFails(options: ServerOptions = {}): Promise<StartError> {
  const error: unknown = await start(options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StartError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

/** The log of a server that has stopped. */
function change(sql: string): void {
  const database = new DatabaseSync(join(data, 'log.db'));
  database.exec(sql);
  database.close();
}

function kindOf(client: RawClient, kind: 'welcome' | 'joined'): Promise<Record<string, unknown>> {
  return client.system(kind).then((frame) => {
    const system = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
    return (system?.value ?? {}) as Record<string, unknown>;
  });
}

describe('the next server', () => {
  test('has what was said, under the same names of the log and of itself', async () => {
    const first = await start();
    const alice = await RawClient.join(first.port, 'alice');
    alice.chat('masih ada besok');
    await alice.find(({ kind }) => kind?.$case === 'chat');
    const before = [(await kindOf(alice, 'welcome'))['serverId'], (await kindOf(alice, 'joined'))['logId']];
    expect(await first.close()).toBe(true);
    const second = await start();
    const bob = await RawClient.connect(second.port);
    bob.hello('bob');
    bob.join('lobby', 10);
    const chat = await bob.find(({ kind }) => kind?.$case === 'chat');
    expect(JSON.stringify(chat.kind)).toContain('masih ada besok');
    const joined = await kindOf(bob, 'joined');
    expect([(await kindOf(bob, 'welcome'))['serverId'], joined['logId']]).toEqual(before);
    expect(joined['durability']).toBe(2);
  });

  test('holds the members of the one before it, and lets them go when they do not return', async () => {
    const first = await start();
    await RawClient.join(first.port, 'alice');
    await RawClient.join(first.port, 'bob');
    await first.close({ drain: 0 });
    const second = await start({ core: { restartGraceMs: 300 } });
    expect(second.status().rooms).toMatchObject([{ room: 'lobby', members: 2, newest: 2 }]);
    await until(() => second.status().rooms[0]?.members === 0);
    await until(() => second.status().chatLog?.lag === 0);
    const lines = (await readFile(join(data, 'chat.log'), 'utf8')).trimEnd().split('\n');
    const [one, two, ...left] = lines.map((line) => line.replace(/^\S+ /, ''));
    expect([one, two]).toEqual(['lobby #1 join alice', 'lobby #2 join bob']);
    expect(left.map((line) => line.replace(/#[34] /, '')).toSorted()).toEqual([
      'lobby leave alice lost',
      'lobby leave bob lost',
    ]);
  });

  test('is another one with the memory engine, which leaves nothing behind', async () => {
    const first = await start({ engine: 'memory' });
    await first.announce('lobby', 'halo');
    expect(first.durability).toBe('memory');
    expect(first.status()).toMatchObject({ engine: 'memory', durability: 'memory' });
    expect(first.status().storage).toBeUndefined();
    await first.close();
    expect((await readdir(data)).filter((name) => name.startsWith('log.'))).toEqual([]);
    expect((await start({ engine: 'memory' })).status().rooms).toMatchObject([{ room: 'lobby', newest: 0 }]);
  });
});

describe('what is kept', () => {
  test.each([
    ['bytes', { retainBytes: 20_000 }],
    ['entries', { retainCount: 20 }],
  ])('is bounded by %s where the operator says so, and only there', async (_name, retain) => {
    for (const [name, options] of [
      ['alice', {}],
      ['bob', retain],
    ] as const) {
      const server = await start(options);
      const client = await RawClient.join(server.port, name);
      for (let count = 0; count < 150; count++) client.chat('x'.repeat(2_000));
      await client.find(({ kind, seq }) => kind?.$case === 'chat' && seq >= 150);
      const oldest = (): number => server.status().rooms[0]?.oldest ?? 0;
      if (options === retain) await until(() => oldest() > 1);
      else expect(oldest()).toBe(1);
      await server.close();
    }
  });
});

describe('a start is refused, changes nothing, and leaves nothing open', () => {
  async function stopped(): Promise<void> {
    const server = await start();
    await server.announce('lobby', 'halo');
    await server.close();
  }
  /** Why, in both languages, and whether the file is what it was. */
  async function refused(file: string): Promise<{ key: string; code: number; isSame: boolean }> {
    const before = existsSync(file) ? await readFile(file) : undefined;
    const error = await startFails();
    for (const language of ['en', 'id'] as const) expect(error.text(textsOf(language))).not.toMatch(/[{}]/);
    const after = existsSync(file) ? await readFile(file) : undefined;
    return { key: error.key, code: error.exitCode, isSame: before?.equals(after ?? Buffer.of()) ?? true };
  }
  const database = (): string => join(data, 'log.db');
  const mark = (): string => join(data, 'log.mark');

  test("another program's database", async () => {
    await mkdir(data);
    change('CREATE TABLE theirs (x); PRAGMA user_version = 7');
    expect(await refused(database())).toEqual({ key: 'log.error.foreign', code: 1, isSame: true });
  });

  test('a log of a newer version', async () => {
    await stopped();
    change('PRAGMA user_version = 999');
    expect(await refused(database())).toEqual({ key: 'log.error.too-new', code: 1, isSame: true });
    change('PRAGMA user_version = 1');
    expect((await start()).status().rooms).toMatchObject([{ room: 'lobby', newest: 1 }]);
  });

  test('a file that is no database any more', async () => {
    await stopped();
    const whole = await readFile(database());
    await writeFile(
      database(),
      whole.map((byte, at) => (at < 100 ? byte ^ 0xff : byte)),
    );
    expect(await refused(database())).toEqual({ key: 'log.error.unreadable', code: 1, isSame: true });
    await writeFile(database(), whole);
    expect((await start()).status().rooms).toMatchObject([{ room: 'lobby', newest: 1 }]);
  });

  test('a log that is gone while its mark is there; without the mark it begins anew', async () => {
    await stopped();
    await rename(database(), join(directory, 'away'));
    expect(await refused(mark())).toEqual({ key: 'log.error.lost', code: 1, isSame: true });
    await rename(mark(), join(directory, 'mark'));
    await rm(database(), { force: true });
    expect((await start()).status().rooms).toMatchObject([{ room: 'lobby', newest: 0 }]);
  });

  test('an empty file, whose -wal SQLite would delete', async () => {
    await stopped();
    await writeFile(database(), '');
    await writeFile(`${database()}-wal`, 'all that is left');
    expect(await refused(`${database()}-wal`)).toEqual({ key: 'log.error.lost', code: 1, isSame: true });
    expect((await readFile(database())).length).toBe(0);
  });

  test('a database whose -wal is gone, before anything of it was in the database itself', async () => {
    await mkdir(data);
    const bare = new DatabaseSync(database());
    bare.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a)');
    await copyFile(database(), join(directory, 'bare'));
    bare.close();
    await rm(database());
    await stopped();
    change('DELETE FROM meta; DELETE FROM room');
    expect(await refused(database())).toEqual({ key: 'log.error.lost', code: 1, isSame: true });
    await copyFile(join(directory, 'bare'), database());
    expect(await refused(database())).toEqual({ key: 'log.error.lost', code: 1, isSame: true });
  });

  test("another log's mark", async () => {
    await stopped();
    await rename(data, join(directory, 'other'));
    await stopped();
    await copyFile(join(directory, 'other/log.mark'), mark());
    expect(await refused(mark())).toEqual({ key: 'log.error.mismatch', code: 1, isSame: true });
    expect(await refused(database())).toEqual({ key: 'log.error.mismatch', code: 1, isSame: true });
    await rm(mark());
    expect((await start()).status().rooms).toMatchObject([{ room: 'lobby', newest: 1 }]);
  });
});

describe('trouble', () => {
  test('a damaged room is closed and told; the others go on', async () => {
    const first = await start({ rooms: ['lobby', 'kelas'] });
    for (const room of ['lobby', 'kelas']) await first.announce(room, 'halo');
    await first.close();
    change("UPDATE room SET newest = newest + 1 WHERE name = 'kelas'");
    const events: OperatorEvent[] = [];
    const server = await start({ rooms: ['lobby', 'kelas'], observe: (event) => events.push(event) });
    expect(server.status().storage?.damaged).toEqual([
      { room: 'kelas', from: expect.any(Number), to: expect.any(Number), kind: expect.any(String) },
    ]);
    expect(events.filter(({ event }) => event === 'room-damaged')).toMatchObject([{ room: 'kelas' }]);
    await expect(server.announce('kelas', 'x')).rejects.toThrow('ROOM_QUARANTINED');
    expect(await server.announce('lobby', 'x')).toEqual({ seq: 2 });
    // What nobody can read is not waited for.
    expect(await server.close()).toBe(true);
    expect(await readFile(join(data, 'operator.log'), 'utf8')).toMatch(/"level":"error".*"room-damaged"/);
  });

  test('without free space sends are refused, once told; reading goes on', async () => {
    const first = await start();
    await first.announce('lobby', 'halo');
    expect(first.status().storage).toMatchObject({ state: 'ok', reserveBytes: 67_108_864 });
    await first.close();
    const events: OperatorEvent[] = [];
    const server = await start({ reserveBytes: 2 ** 50, observe: (event) => events.push(event) });
    expect(server.status().storage).toMatchObject({ state: 'full', reserveBytes: 2 ** 50 });
    for (let count = 0; count < 3; count++) {
      await expect(server.announce('lobby', 'x')).rejects.toThrow('STORAGE_FULL');
    }
    expect(events.filter(({ event }) => event === 'storage-full')).toHaveLength(1);
    expect(server.status().rooms).toMatchObject([{ room: 'lobby', newest: 1 }]);
    expect(await server.close()).toBe(true);
    expect((await start({ reserveBytes: 0 })).status().storage).toMatchObject({
      state: 'ok',
      reserveBytes: 0,
    });
  });

  test('status tells the size of the log', async () => {
    const server = await start();
    const alice = await RawClient.join(server.port, 'alice');
    for (let count = 0; count < 40; count++) alice.chat('x'.repeat(10_000));
    await alice.find(({ kind, seq }) => kind?.$case === 'chat' && seq >= 40);
    const { databaseBytes = 0, walBytes = 0, freeBytes = 0 } = server.status().storage ?? {};
    expect(databaseBytes + walBytes).toBeGreaterThan(380_000);
    expect(freeBytes).toBeGreaterThan(0);
  });
});
