import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer as createTcpServer } from 'node:net';
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
import { until } from '../net/bench.ts';
import { RawClient } from './raw-client.ts';

let directory: string;
let servers: Server[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kentongan-'));
  servers = [];
});
afterEach(async () => {
  for (const server of servers) await server.close({ drain: 0 });
  await rm(directory, { recursive: true, force: true });
});

async function start(options: ServerOptions = {}): Promise<Server> {
  const server = await createServer({
    host: '127.0.0.1',
    port: 0,
    data: join(directory, 'data'),
    ...options,
  });
  servers.push(server);
  return server;
}

async function startFails(options: ServerOptions): Promise<StartError> {
  try {
    await start(options);
  } catch (error) {
    if (error instanceof StartError) return error;
    throw error;
  }
  throw new Error('this should have failed');
}

function read(name: string): Promise<string> {
  return readFile(join(directory, 'data', name), 'utf8');
}

describe('a conversation', () => {
  test('chat.log tells it, in order, and the operator log tells who, but not what', async () => {
    const server = await start();
    const alice = await RawClient.join(server.port, 'alice');
    const bob = await RawClient.join(server.port, 'bob');
    alice.chat('halo bob\n2026-11-22T19:03:11.245+07:00 lobby #99 join mallory');
    await bob.find(({ kind }) => kind?.$case === 'chat');
    bob.leave('lobby');
    await bob.system('left');
    expect(await server.close()).toBe(true);
    const lines = (await read('chat.log')).trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/^\S+ /, ''))).toEqual([
      'lobby #1 join alice',
      'lobby #2 join bob',
      'lobby #3 chat alice: halo bob\\n2026-11-22T19:03:11.245+07:00 lobby #99 join mallory',
      'lobby #4 leave bob left',
    ]);
    const log = await read('operator.log');
    expect(log).not.toContain('halo');
    const events = log
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as OperatorEvent);
    expect(events.map(({ event }) => event)).toEqual(
      expect.arrayContaining([
        'started',
        'opened',
        'welcomed',
        'joined',
        'left',
        'closed',
        'stopping',
        'stopped',
      ]),
    );
    expect(events.find(({ event }) => event === 'welcomed')).toMatchObject({ name: 'alice' });
    expect(events.at(-1)).toMatchObject({ event: 'stopped', complete: true });
  });

  test('the next server continues the files', async () => {
    for (const name of ['alice', 'bob']) {
      const server = await start();
      const client = await RawClient.join(server.port, name);
      client.leave('lobby');
      await client.system('left');
      await server.close();
    }
    const lines = (await read('chat.log')).trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/^\S+ /, ''))).toEqual([
      'lobby #1 join alice',
      'lobby #2 leave alice left',
      'lobby #3 join bob',
      'lobby #4 leave bob left',
    ]);
  });

  test.each([false, true])(
    'private rooms are in chat.log only if everybody is told (%s)',
    async (logPrivate) => {
      const server = await start({ logPrivate });
      const alice = await RawClient.join(server.port, 'alice');
      const bob = await RawClient.join(server.port, 'bob');
      const welcome = await bob.system('welcome');
      expect(JSON.stringify(welcome.kind)).toContain(`"logsPrivate":${logPrivate}`);
      const before = alice.frames.length;
      alice.join('@bob');
      const joined = await alice.find(
        (frame) => alice.frames.indexOf(frame) >= before && frame.room.startsWith('~'),
      );
      alice.chat('rahasia', joined.room);
      await alice.find(({ kind, room }) => kind?.$case === 'chat' && room === joined.room);
      const { rooms, privateRooms } = server.status();
      expect(privateRooms).toBe(1);
      expect(rooms.some(({ room }) => room.startsWith('~'))).toBe(logPrivate);
      await server.close();
      expect((await read('chat.log')).includes('rahasia')).toBe(logPrivate);
      expect(await read('operator.log')).not.toContain('rahasia');
    },
  );

  test('the log can be moved away and reopened, or removed: later lines are in a new file', async () => {
    const server = await start();
    await server.announce('lobby', 'one');
    await until(() => server.status().chatLog?.lag === 0);
    await rename(join(directory, 'data/chat.log'), join(directory, 'data/chat.log.1'));
    server.reopenLogs();
    await server.announce('lobby', 'two');
    await until(() => server.status().chatLog?.lag === 0);
    await rm(join(directory, 'data/chat.log'));
    await server.announce('lobby', 'three');
    await server.close();
    expect(await read('chat.log.1')).toContain('one');
    expect(await read('chat.log')).toContain('three');
    expect(await read('chat.log')).not.toContain('two');
  });

  test('a chat log that can not be written stops nobody', async () => {
    const events: OperatorEvent[] = [];
    const inner = join(directory, 'logs');
    await mkdir(inner);
    const server = await start({ log: join(inner, 'chat.log'), observe: (event) => events.push(event) });
    const alice = await RawClient.join(server.port, 'alice');
    await until(() => server.status().chatLog?.lag === 0);
    await rm(inner, { recursive: true });
    alice.chat('halo');
    await alice.find(({ kind }) => kind?.$case === 'chat');
    await until(() => (server.status().chatLog?.retries ?? 0) >= 2);
    expect(server.status().chatLog).toMatchObject({ lag: 1 });
    alice.chat('masih ada');
    await alice.find(({ kind, seq }) => kind?.$case === 'chat' && seq === 3);
    expect(events.filter(({ event }) => event === 'log-trouble')).toHaveLength(1);
    await mkdir(inner);
    await until(() => server.status().chatLog?.lag === 0);
    const lines = (await readFile(join(inner, 'chat.log'), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/^\S+ /, ''))).toEqual([
      'lobby #2 chat alice: halo',
      'lobby #3 chat alice: masih ada',
    ]);
    await until(() => events.some(({ event }) => event === 'log-recovered'));
  });
});

describe('the start is refused, with what to do', () => {
  test('a port in use', async () => {
    const other = createTcpServer();
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve);
    });
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const error = await startFails({ port });
    expect([error.key, error.values, error.exitCode]).toEqual(['start.port-in-use', { port }, 1]);
    other.close();
    // Nothing was left behind: the same directory can be used at once.
    await start();
  });

  test('an address that is not ours', async () => {
    expect((await startFails({ host: '192.0.2.99' })).key).toBe('start.host');
  });

  test('a data directory in use, by whom, even through another name', async () => {
    await start();
    await symlink(join(directory, 'data'), join(directory, 'other-name'));
    const error = await startFails({ data: join(directory, 'other-name') });
    expect([error.key, error.values['pid']]).toEqual(['start.data-in-use-by', process.pid]);
  });

  test('a data directory that is a file', async () => {
    await writeFile(join(directory, 'file'), '');
    expect((await startFails({ data: join(directory, 'file') })).values).toMatchObject({ reason: 'EEXIST' });
    expect((await startFails({ data: join(directory, 'file/below') })).key).toBe('start.data');
  });

  test('a data directory where none can be made, though its parent is there; and one that is made with its parents', async () => {
    expect((await startFails({ data: '/proc/none/below' })).key).toBe('start.data');
    await start({ data: join(directory, 'one/two/three') });
  });

  test('a log that is a directory, or in one that does not exist', async () => {
    await mkdir(join(directory, 'logs'));
    for (const flag of ['log', 'operatorLog'] as const) {
      const isDirectory = await startFails({ [flag]: join(directory, 'logs') });
      expect([isDirectory.key, isDirectory.values['reason']]).toEqual(['start.log', 'EISDIR']);
      const nowhere = await startFails({ [flag]: join(directory, 'nowhere/x.log') });
      expect(nowhere.key).toBe('start.log-directory');
    }
  });

  test('one file for both logs', async () => {
    const path = join(directory, 'one.log');
    const error = await startFails({ log: path, operatorLog: path });
    expect([error.key, error.exitCode]).toEqual(['config.same-file', 2]);
  });
});

describe('the end', () => {
  test('everything stored is delivered and logged before the sessions end', async () => {
    const server = await start();
    const alice = await RawClient.join(server.port, 'alice');
    const bob = await RawClient.join(server.port, 'bob');
    for (let count = 0; count < 500; count++) alice.chat(`${count}`);
    await alice.find(({ kind }) => kind?.$case === 'chat');
    expect(await server.close()).toBe(true);
    await Promise.all([alice.end(), bob.end()]);
    const stored = alice.frames.filter(
      ({ kind }) => kind?.$case === 'system' && kind.value.kind?.$case === 'stored',
    ).length;
    const heard = bob.frames.filter(({ kind }) => kind?.$case === 'chat').length;
    expect(stored).toBeGreaterThan(0);
    expect(heard).toBeGreaterThanOrEqual(stored);
    expect((await read('chat.log')).split('\n').filter((line) => line.includes(' chat '))).toHaveLength(
      heard,
    );
    await expect(RawClient.connect(server.port)).rejects.toThrow('ECONNREFUSED');
  });

  test('with no patience connections are cut, and the call says so truly', async () => {
    const server = await start();
    const alice = await RawClient.join(server.port, 'alice');
    await server.close({ drain: 0 });
    await alice.end();
    await expect(RawClient.connect(server.port)).rejects.toThrow('ECONNREFUSED');
  });

  test('a second call waits for the first', async () => {
    const server = await start();
    const [one, two] = await Promise.all([server.close(), server.close()]);
    expect([one, two]).toEqual([true, true]);
    await start();
  });
});

describe('status', () => {
  test('counts what there is', async () => {
    const server = await start({ rooms: ['lobby', 'kelas'] });
    const alice = await RawClient.join(server.port, 'alice', 'kelas');
    alice.chat('halo', 'kelas');
    await alice.find(({ kind }) => kind?.$case === 'chat');
    const status = server.status();
    expect(status).toMatchObject({
      sessions: 1,
      users: 1,
      engine: 'sqlite',
      durability: 'disk',
      pid: process.pid,
      port: server.port,
    });
    expect(status.rooms).toEqual([
      { room: 'lobby', newest: 0, oldest: 1, members: 0, held: 0, listeners: 0, lag: 0, damaged: false },
      { room: 'kelas', newest: 2, oldest: 1, members: 1, held: 0, listeners: 0, lag: 0, damaged: false },
    ]);
    expect(status.memory.rssBytes).toBeGreaterThan(1_000_000);
    for (const value of Object.values(status.loopDelayMs)) expect(value).toBeGreaterThanOrEqual(0);
  });

  test('who speaks another language is refused, and the operator is told', async () => {
    const events: OperatorEvent[] = [];
    const server = await start({ observe: (event) => events.push(event) });
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('halo?\r\n');
    await until(() => events.some(({ event }) => event === 'stranger'));
    socket.destroy();
    expect(server.status().sessions).toBe(0);
  });

  test('announce speaks to a room, or says which fault it is', async () => {
    const server = await start();
    const alice = await RawClient.join(server.port, 'alice');
    expect(await server.announce('lobby', 'makan siang')).toEqual({ seq: 2 });
    const notice = await alice.find(({ seq }) => seq === 2);
    expect(JSON.stringify(notice.kind)).toContain('makan siang');
    await expect(server.announce('nowhere', 'x')).rejects.toThrow('NO_SUCH_ROOM');
    await expect(server.announce('lobby', '')).rejects.toThrow('BAD_FIELD');
  });
});

test('who floods it with connections fills neither operator.log nor the disk', async () => {
  const server = await start({
    core: { unwelcomedMax: 10_000 },
    connectionsPerAddress: 10_000,
    newcomers: 10_000,
    operatorLogBytes: 8_192,
    operatorLogFiles: 2,
  });
  for (let round = 0; round < 6; round++) {
    const sockets = Array.from({ length: 100 }, () => {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(Buffer.of(0, 0));
      return socket;
    });
    await until(() => server.status().transports.plain === sockets.length);
    for (const socket of sockets) socket.destroy();
    await until(() => server.status().transports.plain === 0);
  }
  const alice = await RawClient.join(server.port, 'alice');
  alice.leave('lobby');
  await alice.system('left');
  expect(await server.close()).toBe(true);
  const names = (await readdir(join(directory, 'data'))).filter((name) => name.startsWith('operator.log'));
  expect(names.toSorted()).toEqual(['operator.log', 'operator.log.1', 'operator.log.2']);
  const events: OperatorEvent[] = [];
  for (const name of names.toSorted().toReversed()) {
    const text = await read(name);
    expect(Buffer.byteLength(text), name).toBeLessThanOrEqual(8_192);
    for (const line of text.trimEnd().split('\n')) events.push(JSON.parse(line) as OperatorEvent);
  }
  // 1,200 of them came and went; those who are somebody are told nevertheless.
  expect(events.filter(({ event }) => event === 'opened' || event === 'closed').length).toBeLessThan(300);
  expect(events.find((one) => one.event === 'suppressed')).toMatchObject({ what: 'connections' });
  expect(events.map(({ event }) => event)).toEqual(
    expect.arrayContaining(['welcomed', 'joined', 'left', 'stopped']),
  );
});

test('the files are for the user who runs the server alone', async () => {
  const server = await start();
  await server.announce('lobby', 'halo');
  const names = await readdir(join(directory, 'data'));
  const known = ['lock', 'log.db', 'log.db-shm', 'log.db-wal', 'log.mark', 'chat.log', 'operator.log'];
  expect(names).toEqual(expect.arrayContaining(known));
  for (const name of process.platform === 'win32' ? [] : ['.', ...names]) {
    // What is being written may have its name by now.
    const { mode } = await stat(join(directory, 'data', name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' && name.endsWith('.new')) return { mode: 0o600 };
      throw error;
    });
    expect(mode & 0o777, name).toBe(name === '.' || name === 'tls' ? 0o700 : 0o600);
  }
});

test('a server whose directory was taken away still stops whole', async () => {
  const server = await start();
  const data = join(directory, 'data');
  await rename(data, join(directory, 'elsewhere'));
  await writeFile(data, 'a file stands there now');
  expect(await server.close()).toBe(true);
  await rm(data);
  await rename(join(directory, 'elsewhere'), data);
  // The lock and the port are free again.
  await (await start({ port: server.port })).close();
});
