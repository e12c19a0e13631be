import { createServer as createTcpServer } from 'node:net';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askServer } from '../../src/control/client.ts';
import { until } from '../net/bench.ts';
import { Process, type Ready, readyOf, run } from '../server/processes.ts';
import { RawClient } from '../server/raw-client.ts';

let directory: string;
let data: string;
let processes: Process[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kentongan-'));
  data = join(directory, 'data');
  processes = [];
});
afterEach(async () => {
  for (const one of processes) {
    one.kill('SIGKILL');
    await one.exit;
  }
  await rm(directory, { recursive: true, force: true });
});

function serve(...words: string[]): Process {
  const server = new Process(['serve', '--data', data, '--host', '127.0.0.1', ...words]);
  processes.push(server);
  return server;
}

async function serveReady(...words: string[]): Promise<{ server: Process; ready: Ready }> {
  const server = serve('--port', '0', '--ready', 'json', ...words);
  return { server, ready: await readyOf(server) };
}

async function freePort(): Promise<number> {
  const probe = createTcpServer();
  await new Promise<void>((resolve) => {
    probe.listen(0, '127.0.0.1', resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => {
    probe.close(resolve);
  });
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('serve', () => {
  test('--ready json prints exactly one line with the real address; people read standard error', async () => {
    const { server, ready } = await serveReady();
    expect(ready).toEqual({
      host: '127.0.0.1',
      port: expect.any(Number),
      pid: server.child.pid,
      data,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    await RawClient.join(ready.port, 'alice');
    await server.says(/alice joined lobby from 127\.0\.0\.1:\d+/, 'err');
    server.kill('SIGTERM');
    expect(await server.exit).toBe(0);
    expect(server.out).toBe(`${JSON.stringify(ready)}\n`);
  });

  test('prints what to type, where the logs are, what is kept; then each join, leave and refusal', async () => {
    const port = await freePort();
    const server = serve('--port', String(port));
    await server.says(/Ctrl\+C stops the server/);
    expect(server.out).toContain(`kentongan chat 127.0.0.1:${port}\n`);
    expect(server.out).toContain(`Messages, chat.log and operator.log: ${data}\n`);
    expect(server.out).toContain('kept on disk');
    const alice = await RawClient.join(port, 'alice');
    const other = await RawClient.connect(port);
    other.hello('alice');
    await other.system('fault');
    alice.leave('lobby');
    await alice.system('left');
    await server.says(/alice left lobby/);
    expect(server.out).toMatch(/\d\d:\d\d:\d\d alice joined lobby from 127\.0\.0\.1:\d+\n/);
    expect(server.out).toMatch(/was refused: NAME_TAKEN \(1001\)\n/);
    server.kill('SIGINT');
    expect(await server.exit).toBe(0);
    expect(server.out).toMatch(/Stopping\. .*\nStopped\.\n$/);
    expect(server.err).toBe('');
  });

  test('files that are elsewhere are named one by one', async () => {
    const log = join(directory, 'elsewhere.log');
    const server = serve('--port', '0', '--log', log);
    await server.says(/Ctrl\+C stops the server/);
    expect(server.out).toContain(`Messages:     ${data}\nChat log:     ${log}\n`);
    expect(server.out).toContain(`Operator log: ${join(data, 'operator.log')}\n`);
  });

  test.each([[[]], [['--quiet']]])(
    'warns that nobody gets in without TLS and with keys alone, with %j',
    async (words) => {
      const server = serve('--port', '0', '--plain', 'lan', '--members-only', ...words);
      await server.says(/^--plain lan is in vain with --members-only: .* TLS alone\.$/m);
      expect(server.out).not.toContain('UNENCRYPTED');
    },
  );

  test.each([[[]], [['--quiet']]])('warns when nothing can be stored, with %j', async (words) => {
    const server = serve('--port', '0', '--reserve', '1000TiB', ...words);
    await server.says(/^NOTHING CAN BE STORED: \d+ MiB of the disk are free, 1048576000 are reserved\.$/m);
    await server.says(/--reserve/);
    const whole = new Process(['serve', '--data', join(directory, 'other'), '--port', '0']);
    processes.push(whole);
    await whole.says(/Ctrl\+C stops/);
    whole.kill('SIGTERM');
    await whole.exit;
    expect(whole.out).not.toContain('NOTHING CAN BE STORED');
  });

  test.each([[[]], [['--quiet']]])('warns when what is not encrypted is taken, with %j', async (words) => {
    const server = serve('--port', '0', '--plain', 'lan', ...words);
    await server.says(/UNENCRYPTED CONNECTIONS ARE TAKEN FROM EVERYWHERE/);
    await server.says(/Everybody sees a ! behind such a name/);
    const safe = new Process(['serve', '--data', join(directory, 'other'), '--port', '0']);
    processes.push(safe);
    await safe.says(/Ctrl\+C stops/);
    expect(safe.out).toContain('all addresses');
    expect(safe.out).toContain('Encrypted. Unencrypted connections are taken from this machine alone.');
    expect(safe.out).not.toContain('UNENCRYPTED');
  });

  test('with the memory engine it says that nothing is kept', async () => {
    const server = serve('--port', '0', '--engine', 'memory');
    await server.says(/Ctrl\+C stops the server/);
    expect(server.out).toContain('lost when the server stops');
    expect(server.out).not.toContain('Messages:  ');
    const status = await run(['status', '--data', data]);
    expect(status.out).toContain('memory (lost when the server stops)');
    server.kill('SIGTERM');
    expect(await server.exit).toBe(0);
  });

  test('says when the disk is full, also with --quiet, and `status` does', async () => {
    const server = serve('--port', '0', '--quiet', '--reserve', '1000TiB');
    let reply: unknown;
    while (reply === undefined) {
      reply = await askServer(data, { do: 'announce', room: 'lobby', text: 'x' }).catch(() => undefined);
    }
    expect(reply).toEqual({ ok: false, reason: 'STORAGE_FULL' });
    await server.says(/THE DISK IS FULL \(\d+ MiB free\)/);
    const status = await run(['status', '--data', data]);
    expect(status.out).toContain('THE DISK IS FULL');
  });

  test('--quiet prints nothing while all is well', async () => {
    const { server, ready } = await serveReady('--quiet');
    const alice = await RawClient.join(ready.port, 'alice');
    alice.leave('lobby');
    await alice.system('left');
    server.kill('SIGTERM');
    expect(await server.exit).toBe(0);
    expect(server.err).toBe('');
  });

  test('speaks Indonesian by flag, variable or file', async () => {
    const file = join(directory, 'kentongan.toml');
    await writeFile(file, 'lang = "id"\n');
    for (const [words, environment] of [
      [['--lang', 'id'], {}],
      [[], { KENTONGAN_LANG: 'id' }],
      [['--config', file], {}],
    ] as const) {
      const server = new Process(['serve', '--data', data, '--port', '0', ...words], environment);
      processes.push(server);
      await server.says(/Ctrl\+C menghentikan server/);
      server.kill('SIGTERM');
      expect(await server.exit).toBe(0);
    }
  });

  test('operator log on standard error', async () => {
    const { server } = await serveReady('--quiet', '--operator-log', '-');
    await server.says(/"event":"started"/, 'err');
    server.kill('SIGTERM');
    await server.exit;
    for (const line of server.err.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('event');
  });
});

describe('signals', () => {
  test('SIGTERM drains: members are told, then all is stored, logged and closed', async () => {
    const { server, ready } = await serveReady();
    const alice = await RawClient.join(ready.port, 'alice');
    alice.chat('terakhir');
    await alice.find(({ kind }) => kind?.$case === 'chat');
    server.kill('SIGTERM');
    await alice.system('draining');
    await alice.end();
    expect(await server.exit).toBe(0);
    expect(await readFile(join(data, 'chat.log'), 'utf8')).toContain('chat alice: terakhir');
  });

  test('a second signal ends it at once', async () => {
    const { server, ready } = await serveReady();
    const alice = await RawClient.join(ready.port, 'alice');
    // Never reads again: its last bytes can not be delivered.
    alice.socket.pause();
    const bob = await RawClient.join(ready.port, 'bob');
    for (let count = 0; count < 60; count++) bob.chat('x'.repeat(16_000));
    await bob.find(({ kind, seq }) => kind?.$case === 'chat' && seq >= 20);
    server.kill('SIGINT');
    await server.says(/Stopping/, 'err');
    const again = setInterval(() => server.kill('SIGINT'), 100);
    expect(await server.exit).toBe('SIGINT');
    clearInterval(again);
  });

  test('SIGHUP opens the logs again', async () => {
    const { server } = await serveReady();
    await askServer(data, { do: 'announce', room: 'lobby', text: 'one' });
    await rename(join(data, 'chat.log'), join(data, 'chat.log.1'));
    await rename(join(data, 'operator.log'), join(data, 'operator.log.1'));
    server.kill('SIGHUP');
    await until(() => !server.ended);
    // Asked after the signal; the handler has run when a further announcement is in the new file.
    for (let text = ''; !text.includes('two'); ) {
      await askServer(data, { do: 'announce', room: 'lobby', text: 'two' });
      text = await readFile(join(data, 'chat.log'), 'utf8').catch(() => '');
    }
    expect(await readFile(join(data, 'operator.log'), 'utf8')).toContain('logs-reopened');
    server.kill('SIGTERM');
    expect(await server.exit).toBe(0);
  });

  test('after kill -9 the same directory and port can be used at once, and what was stored is there', async () => {
    const { server, ready } = await serveReady();
    for (const text of ['one', 'two']) await askServer(data, { do: 'announce', room: 'lobby', text });
    server.kill('SIGKILL');
    await server.exit;
    const next = serve('--port', String(ready.port), '--ready', 'json');
    expect((await readyOf(next)).port).toBe(ready.port);
    expect(await askServer(data, { do: 'announce', room: 'lobby', text: 'three' })).toEqual({
      ok: true,
      seq: 3,
    });
    next.kill('SIGTERM');
    expect(await next.exit).toBe(0);
    const lines = (await readFile(join(data, 'chat.log'), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/^\S+ /, ''))).toEqual([
      'lobby #1 notice announcement: one',
      'lobby #2 notice announcement: two',
      'lobby #3 notice announcement: three',
    ]);
  });

  test('stopped in good order, the log is one file at rest', async () => {
    const { server, ready } = await serveReady();
    const alice = await RawClient.join(ready.port, 'alice');
    for (let count = 0; count < 200; count++) alice.chat('x'.repeat(1_000));
    await alice.find(({ kind }) => kind?.$case === 'chat');
    server.kill('SIGTERM');
    expect(await server.exit).toBe(0);
    expect((await readdir(data)).toSorted()).toEqual([
      'chat.log',
      'chat.log.position',
      'lock',
      'log.db',
      'log.mark',
      'operator.log',
      'tls',
    ]);
  });
});

describe('a start that can not be', () => {
  test('port in use', async () => {
    const { ready } = await serveReady();
    const { code, out, err } = await run([
      'serve',
      '--host',
      '127.0.0.1',
      '--data',
      join(directory, 'other'),
      '--port',
      String(ready.port),
    ]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      `kentongan: Port ${ready.port} is already in use on this machine. Stop the other program, or choose another port with --port.\n`,
    );
  });

  test.each([
    ['en', 'belongs to another program'],
    ['id', 'program lain'],
  ])('a log that is not ours (%s)', async (lang, text) => {
    await mkdir(data);
    const theirs = new DatabaseSync(join(data, 'log.db'));
    theirs.exec('CREATE TABLE theirs (x)');
    theirs.close();
    const { code, out, err } = await run(['serve', '--data', data, '--port', '0', '--lang', lang]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(join(data, 'log.db'));
    expect(err).toContain(text);
  });

  test('data directory in use', async () => {
    const { ready } = await serveReady();
    const { code, err } = await run(['serve', '--data', data, '--port', '0']);
    expect(code).toBe(1);
    expect(err).toContain(`is in use by a running server (process ${ready.pid}).`);
  });

  test('usage: unknown options, commands, values, words', async () => {
    const cases: ReadonlyArray<readonly [string[], string]> = [
      [['serve', '--prot', '1'], 'There is no option --prot.'],
      [['serve', '--port', 'x'], '--port: "x" is no port.'],
      [['serve', '--port'], 'needs a value'],
      [['serve', '--ready', 'xml'], '--ready: "xml" is no format.'],
      [['serve', 'now'], 'more words than this command takes'],
      [['status', '--lang', 'fr'], '--lang: "fr" is no language'],
      [['announce'], 'Something is missing: text.'],
      [['announce', ''], 'nothing to announce'],
      [['serve', '--config', join(directory, 'none.toml')], 'can not be read (ENOENT)'],
    ];
    for (const [words, text] of cases) {
      const { code, out, err } = await run([words[0] ?? '', '--data', data, ...words.slice(1)]);
      expect([words, code, out]).toEqual([words, 2, '']);
      expect(err).toContain(text);
    }
  });

  test('a bad variable is named', async () => {
    const { code, err } = await run(['serve', '--data', data], { KENTONGAN_PORT: 'abc' });
    expect(code).toBe(2);
    expect(err).toContain('KENTONGAN_PORT: "abc" is no port');
  });
});

describe('status and announce', () => {
  test('tell people and programs', async () => {
    const { ready } = await serveReady();
    await RawClient.join(ready.port, 'alice');
    const people = await run(['status', '--data', data]);
    expect(people.code).toBe(0);
    expect(people.out).toContain(`process ${ready.pid}`);
    expect(people.out).toMatch(/lobby +1 +0 +0 +#1 +0\n/);
    const programs = await run(['status', '--json'], { KENTONGAN_DATA: data });
    expect(JSON.parse(programs.out)).toMatchObject({
      pid: ready.pid,
      sessions: 1,
      users: 1,
      engine: 'sqlite',
      durability: 'disk',
      storage: { state: 'ok', damaged: [] },
    });
    const announced = await run(['announce', '--data', data, '--room', 'lobby', 'makan siang']);
    expect([announced.code, announced.out]).toEqual([0, 'Announced in lobby as #2.\n']);
    const words = await run(['announce', '--data', data, '--', '--lang=xx']);
    expect([words.code, words.out]).toEqual([0, 'Announced in lobby as #3.\n']);
    const nowhere = await run(['announce', '--data', data, '--room', 'nowhere', 'x']);
    expect([nowhere.code, nowhere.out]).toEqual([1, '']);
    expect(nowhere.err).toContain('There is no room nowhere');
  });

  test('say what is missing when there is no server', async () => {
    for (const words of [['status'], ['announce', 'x']]) {
      const { code, err } = await run([...words, '--data', data]);
      expect(code).toBe(1);
      expect(err).toContain('needs a running server');
    }
  });

  test.each(['en', 'id'])('every command has help with examples (%s)', async (language) => {
    for (const command of ['serve', 'status', 'announce']) {
      const { code, out, err } = await run([command, '--help', '--lang', language]);
      expect([code, err]).toEqual([0, '']);
      expect(out).toMatch(language === 'en' ? /^Usage: npx kentongan / : /^Pemakaian: npx kentongan /);
      expect(out).toContain(language === 'en' ? 'Examples:' : 'Contoh:');
    }
  });
});

test('a reader of its output that does not read does not stop the chat', async () => {
  // Two requests for each line of output are more than a person may make.
  const server = serve('--port', '0', '--requests', '0');
  server.child.stdout?.pause();
  let port = 0;
  while (port === 0) {
    const reply = await askServer(data, { do: 'status' }).catch(() => undefined);
    if (reply?.ok === true && 'status' in reply) port = reply.status.port;
  }
  const alice = await RawClient.join(port, 'alice');
  const bob = await RawClient.join(port, 'bob');
  // Two lines of output each: far more than a pipe holds.
  for (let count = 1; count <= 2_500; count++) {
    bob.leave('lobby');
    bob.join('lobby');
    // Nobody may ask for much more than it has read.
    if (count % 100 === 0)
      await alice.find(({ kind, seq }) => kind?.$case === 'join' && seq === 2 + 2 * count);
  }
  alice.chat('masih hidup');
  await alice.find(({ kind }) => kind?.$case === 'chat');
  expect(await askServer(data, { do: 'status' })).toMatchObject({ ok: true });
  server.kill('SIGTERM');
  await alice.end();
  // Its last lines can not be written: it does not wait for them for ever.
  await until(() => server.ended);
});
