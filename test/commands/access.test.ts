// Real servers and the commands that say who may come in: certificates, passwords, invites, names, the lab.
import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ChatClient, type ClientOptions, trustOnly } from '../../clients/sdk/index.ts';
import { identityOf, makeSeed } from '../../clients/sdk/identity.ts';
import { dialTls } from '../../clients/sdk/tls.ts';
import { askServer } from '../../src/control/client.ts';
import type { ServerStatus } from '../../src/index.ts';
import { makeCertificate } from '../../src/net/certificate.ts';
import { FaultCode } from '../../src/protocol/index.ts';
import { until } from '../net/bench.ts';
import { Process, type Ready, readyOf, run } from '../server/processes.ts';

const HOST = '127.0.0.1';
let directory: string;
let data: string;
let processes: Process[];
let clients: ChatClient[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kentongan-'));
  data = join(directory, 'data');
  processes = [];
  clients = [];
});
afterEach(async () => {
  for (const client of clients) await client.close();
  for (const one of processes) {
    one.kill('SIGKILL');
    await one.exit;
  }
  await rm(directory, { recursive: true, force: true });
});

interface Started {
  readonly server: Process;
  readonly ready: Ready;
}

async function serve(...words: string[]): Promise<Started> {
  const server = new Process([
    ...['serve', '--data', data, '--host', HOST, '--port', '0', '--ready', 'json'],
    ...words,
  ]);
  processes.push(server);
  return { server, ready: await readyOf(server) };
}

async function stop({ server }: Started): Promise<void> {
  server.kill('SIGTERM');
  expect(await server.exit).toBe(0);
}

/** What a command prints. */
async function ask(...words: string[]): Promise<string> {
  const { code, out, err } = await run([...words, '--data', data]);
  expect([code, err]).toEqual([0, '']);
  return out;
}

async function statusNow(): Promise<ServerStatus> {
  const reply = await askServer(data, { do: 'status' });
  if (!('status' in reply)) throw new Error(JSON.stringify(reply));
  return reply.status;
}

/** Comes in, or says which fault it is. */
async function comeIn(ready: Ready, options: Partial<ClientOptions>): Promise<ChatClient | number> {
  const dial = dialTls(HOST, ready.port, { trust: trustOnly(ready.fingerprint) });
  const secret = options.identity === undefined ? { secret: makeSeed() } : {};
  const client = new ChatClient({ dial, name: 'budi', reconnect: false, ...secret, ...options });
  clients.push(client);
  try {
    await client.connect();
    return client;
  } catch (error) {
    return (error as { code?: number }).code ?? -1;
  }
}

async function leave(client: ChatClient): Promise<void> {
  await client.close();
}

async function expectIn(ready: Ready, options: Partial<ClientOptions>): Promise<ChatClient> {
  const client = await comeIn(ready, options);
  expect(client).toBeInstanceOf(ChatClient);
  return client as ChatClient;
}

interface Link {
  readonly links: ReadonlyArray<{ readonly address: string; readonly link: string }>;
  readonly fingerprint: string;
  readonly code?: string;
  readonly expiresAt?: number;
}

async function inviteJson(...words: string[]): Promise<Link> {
  return JSON.parse(await ask('invite', '--json', ...words)) as Link;
}

/** The fingerprint of the certificate that somebody is shown who connects now. */
function shownTo(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: HOST, port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase() ?? '');
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

describe('invite', () => {
  test('prints what leads to this server and no other', async () => {
    const { ready } = await serve();
    const shown = await shownTo(ready.port);
    expect(ready.fingerprint).toBe(shown);
    const { links, fingerprint } = await inviteJson();
    expect(fingerprint).toBe(shown);
    expect(links).toEqual([
      { address: HOST, interface: '', link: `kentongan://${HOST}:${ready.port}/lobby#${shown}` },
    ]);
    const text = await ask('invite', '--room', 'kelas', '--host', 'chat.example');
    expect(text).toContain(`kentongan chat "kentongan://chat.example:${ready.port}/kelas#${shown}"\n`);
    expect(text).toContain(`  ${shown.slice(0, 4)} ${shown.slice(4, 8)} `);
    expect(text).not.toContain('█');
    const shownQr = await ask('invite', '--qr');
    // Whoever copies the link finds it at the end, whatever is above.
    expect(shownQr).toMatch(/▀\n\n {2}npx kentongan chat "kentongan:\/\/.*#[0-9a-f]{64}"\n$/);
  });

  test('the names of the server stand before its addresses, as what to type and as links', async () => {
    const words = ['--port', '0', '--ready', 'json', '--names', 'chat.example,chat.local'];
    const server = new Process(['serve', '--data', data, ...words]);
    processes.push(server);
    const { port } = await readyOf(server);
    await server.says(/Ctrl\+C stops/, 'err');
    expect(server.err).toMatch(
      new RegExp(
        `type:\n  npx kentongan chat chat.example:${port}\n  npx kentongan chat chat.local:${port}\n`,
      ),
    );
    expect(server.err).toContain(` https://chat.example:${port}/\n`);
    const { links } = await inviteJson();
    expect(links.slice(0, 2).map(({ address }) => address)).toEqual(['chat.example', 'chat.local']);
  });

  test('hints say where the data is when that is not where it usually is', async () => {
    const { server } = await serve();
    await server.says(/Ctrl\+C stops/, 'err');
    expect(server.err).toContain(`with all of it: npx kentongan invite --data ${data}\n`);
    expect(await ask('invite', '--code')).toContain(`"npx kentongan invite revoke --data ${data} all"`);
    const { err } = await run(['invite', 'revoke', 'XXXX-XXXX', '--data', data]);
    expect(err).toContain(`"npx kentongan invite list --data ${data}" shows`);
  });

  test('on all addresses there is a link for each of the network', async () => {
    const server = new Process(['serve', '--data', data, '--port', '0', '--ready', 'json']);
    processes.push(server);
    await readyOf(server);
    const own = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
      .map(({ address }) => address);
    const { links } = await inviteJson();
    expect(links.map(({ address }) => address).toSorted()).toEqual(
      own.length === 0 ? [HOST] : own.toSorted(),
    );
    for (const { address, link } of links) {
      expect(link).toContain(address.includes(':') ? `//[${address}]:` : `//${address}:`);
    }
  });

  test('a code lets in until it is revoked, across restarts; without one nobody gets in', async () => {
    const first = await serve();
    await leave(await expectIn(first.ready, {}));
    const {
      code = '',
      links,
      expiresAt = 0,
    } = await inviteJson('--code', '--expires', '2h', '--note', 'kelas 7');
    expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    expect(links[0]?.link).toContain(`/lobby?code=${code}#`);
    expect(Math.abs(expiresAt - Date.now() - 7_200_000)).toBeLessThan(60_000);
    expect(await comeIn(first.ready, {})).toBe(FaultCode.PASSWORD_WRONG);
    expect(await comeIn(first.ready, { password: 'AAAA-AAAA' })).toBe(FaultCode.PASSWORD_WRONG);
    await leave(await expectIn(first.ready, { password: code }));
    await stop(first);
    const second = await serve();
    await leave(await expectIn(second.ready, { password: code.toLowerCase().replace('-', ' ') }));
    expect(await comeIn(second.ready, {})).toBe(FaultCode.PASSWORD_WRONG);
    expect(await ask('invite', 'list')).toMatch(/^No\..*\n#1 .*kelas 7\n$/);
    expect(await ask('invite', 'revoke', code)).toContain('1 invite code was revoked');
    await leave(await expectIn(second.ready, {}));
    const { refusals } = await statusNow();
    expect(refusals['PASSWORD_WRONG']).toBe(1);
    await stop(second);
    for (const name of ['operator.log', 'invites.json']) {
      const text = await readFile(join(data, name), 'utf8');
      expect(text).not.toContain(code);
      expect(text).not.toContain(code.slice(5));
    }
  });

  test.each([
    [['invite', '--expires', '5'], 'invite.bad.expires'],
    [['invite', '--expires', '1s'], 'invite.bad.expires'],
    [['invite', '--room', '@budi'], 'invite.bad.room'],
    [['invite', '--host', 'a b'], 'invite.bad.host'],
    [['invite', '--note', 'x'.repeat(81)], 'invite.bad.note'],
    [['invite', 'lsit'], 'usage'],
    [['invite', 'revoke'], 'usage'],
    [['names', 'release'], 'usage'],
  ])('%j is refused as usage', async (words) => {
    const { code, err } = await run([...words, '--data', data]);
    expect(code).toBe(2);
    expect(err).toMatch(/^kentongan: /);
  });

  test('without a server it says what to do', async () => {
    const { code, err } = await run(['invite', 'list', '--data', data]);
    expect(code).toBe(1);
    expect(err).toContain('"invite list" needs a running server');
  });
});

describe('the password', () => {
  test('is asked of everybody, is read again on SIGHUP, and is in no log', async () => {
    const path = join(directory, 'password');
    await writeFile(path, 'kata sandi lama\n', { mode: 0o600 });
    const started = await serve('--password-file', path);
    const { ready, server } = started;
    expect(await comeIn(ready, {})).toBe(FaultCode.PASSWORD_WRONG);
    expect(await comeIn(ready, { password: 'kata sandi baru' })).toBe(FaultCode.PASSWORD_WRONG);
    await leave(await expectIn(ready, { password: 'kata sandi lama' }));
    await writeFile(path, 'kata sandi baru\n');
    server.kill('SIGHUP');
    await server.says(/The password was read again/, 'err');
    expect(await comeIn(ready, { password: 'kata sandi lama' })).toBe(FaultCode.PASSWORD_WRONG);
    await leave(await expectIn(ready, { password: 'kata sandi baru' }));
    await writeFile(path, '\n');
    server.kill('SIGHUP');
    await server.says(
      /The password was not read again, the old one holds: The first line of .* is empty/,
      'err',
    );
    await leave(await expectIn(ready, { password: 'kata sandi baru' }));
    await stop(started);
    expect(await readFile(join(data, 'operator.log'), 'utf8')).not.toContain('kata sandi');
    expect(server.err).not.toContain('kata sandi');
  });

  test.skipIf(process.platform === 'win32')(
    'that others can read is warned of, also when quiet',
    async () => {
      const path = join(directory, 'password');
      await writeFile(path, 'rahasia\n');
      await chmod(path, 0o644);
      const { server } = await serve('--password-file', path, '--quiet');
      const [told] = await server.says(/Others on this machine can read the password in .*$/m, 'err');
      expect(told).toContain(path);
    },
  );

  test('that is not there refuses the start', async () => {
    const { code, err } = await run(['serve', '--data', data, '--password-file', join(directory, 'none')]);
    expect(code).toBe(1);
    expect(err).toMatch(/^kentongan: The password file .*none can not be read \(ENOENT\)/);
  });
});

describe('names', () => {
  test('are listed, survive a restart and a kill, and are free when they are released', async () => {
    const [mine, other] = [identityOf(makeSeed()), identityOf(makeSeed())];
    const first = await serve();
    const budi = await expectIn(first.ready, { name: 'Budi', identity: mine });
    expect(await ask('names')).toMatch(/^Name .*\nBudi +[0-9a-f]{16} .* 1\n$/);
    expect(await comeIn(first.ready, { name: 'budi', identity: other })).toBe(FaultCode.NAME_BOUND);
    expect((await statusNow()).boundNames).toBe(1);
    await leave(budi);
    first.server.kill('SIGKILL');
    await first.server.exit;
    const second = await serve();
    expect(JSON.parse(await ask('names', '--json'))).toEqual([
      expect.objectContaining({ name: 'Budi', sessions: 0, source: HOST }),
    ]);
    for (const name of ['budi', 'BUDI']) {
      expect(await comeIn(second.ready, { name, identity: other })).toBe(FaultCode.NAME_BOUND);
      expect(await comeIn(second.ready, { name })).toBe(FaultCode.NAME_BOUND);
    }
    await leave(await expectIn(second.ready, { name: 'Budi', identity: mine }));
    expect(await ask('names', 'release', 'budi')).toMatch(
      /^budi is free: whoever comes first has it, but its old key /,
    );
    expect(await ask('names')).toMatch(
      /^Name .*\nBudi +[0-9a-f]{16} .* released; this key not before 20\d\d-.*\n$/,
    );
    const [released] = JSON.parse(await ask('names', '--json')) as [{ releasedUntil: number }];
    expect(Math.abs(released.releasedUntil - Date.now() - 86_400_000)).toBeLessThan(60_000);
    expect((await statusNow()).boundNames).toBe(0);
    expect(await comeIn(second.ready, { name: 'budi', identity: mine })).toBe(FaultCode.NAME_BOUND);
    const again = await run(['names', 'release', 'budi', '--data', data]);
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('No key has the name budi')]);
    await leave(await expectIn(second.ready, { name: 'Budi', identity: other }));
    await stop(second);
    const log = await readFile(join(data, 'operator.log'), 'utf8');
    for (const event of ['name-bound', 'name-released']) expect(log).toContain(`"event":"${event}"`);
  });

  test('that are released leave the room at once; who had it does not come again, the next one does', async () => {
    const [thief, owner] = [identityOf(makeSeed()), identityOf(makeSeed())];
    const { ready } = await serve();
    const reconnect = { minMs: 10, maxMs: 50 };
    const client = await expectIn(ready, { name: 'guru', identity: thief, reconnect, heldRetry: true });
    await client.join('lobby');
    const ended = new Promise((resolve) => {
      client.on('state', (state) => {
        if (state.at === 'closed') resolve(state.cause?.code);
      });
    });
    await ask('names', 'release', 'guru');
    await leave(await expectIn(ready, { name: 'guru', identity: owner }));
    expect(await ended).toBe(FaultCode.AUTH_FAILED);
    await ask('names', 'release', 'guru');
    // A key that is refused is refused once: nobody tries again by itself.
    expect(await comeIn(ready, { name: 'guru', identity: owner, reconnect, heldRetry: true })).toBe(
      FaultCode.NAME_BOUND,
    );
    const { refusals } = await statusNow();
    expect(refusals['NAME_BOUND']).toBe(1);
  });

  test('a damaged names.json refuses the start, and nothing is lost', async () => {
    const first = await serve();
    await leave(await expectIn(first.ready, { identity: identityOf(makeSeed()) }));
    await stop(first);
    const path = join(data, 'names.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('budi', 'badi'));
    const { code, err } = await run(['serve', '--data', data, '--port', '0']);
    expect([code, err]).toEqual([1, expect.stringContaining('names.json is damaged')]);
    await writeFile(path, text);
    await stop(await serve());
  });

  test('with --members-only there are no guests, and a new key needs a code', async () => {
    const { ready } = await serve('--members-only');
    const identity = identityOf(makeSeed());
    expect(await comeIn(ready, {})).toBe(FaultCode.KEY_REQUIRED);
    expect(await comeIn(ready, { identity })).toBe(FaultCode.PASSWORD_WRONG);
    const { code = '' } = await inviteJson('--code');
    await leave(await expectIn(ready, { identity, password: code }));
    await ask('invite', 'revoke', 'all');
    await leave(await expectIn(ready, { identity }));
    expect(await comeIn(ready, { name: 'ani', identity: identityOf(makeSeed()) })).toBe(
      FaultCode.PASSWORD_WRONG,
    );
  });
});

describe('the certificate', () => {
  test('of the operator is used, and another one after SIGHUP; a bad one changes nothing', async () => {
    const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
    const put = async (made: { readonly cert: string; readonly key: string }): Promise<string> => {
      await writeFile(cert, made.cert);
      await writeFile(key, made.key, { mode: 0o600 });
      return new X509Certificate(made.cert).fingerprint256.replaceAll(':', '').toLowerCase();
    };
    const [first, second] = [0, 1].map(() => makeCertificate({ names: ['chat.example'], addresses: [HOST] }));
    if (first === undefined || second === undefined) throw new Error('no certificates');
    const one = await put(first);
    const started = await serve('--cert', cert, '--key', key);
    const { ready, server } = started;
    expect(ready.fingerprint).toBe(one);
    expect(await shownTo(ready.port)).toBe(one);
    const budi = await expectIn(ready, {});
    const two = await put(second);
    server.kill('SIGHUP');
    await server.says(new RegExp(`The certificate was read again\\. Its fingerprint is ${two}`), 'err');
    expect(await shownTo(ready.port)).toBe(two);
    expect((await inviteJson()).fingerprint).toBe(two);
    await writeFile(key, first.key);
    server.kill('SIGHUP');
    await server.says(
      /not read again, the old one holds: The key in .* is not the one of the certificate/,
      'err',
    );
    expect(await shownTo(ready.port)).toBe(two);
    // Who is in stays in.
    await budi.join('lobby');
    await leave(budi);
    await stop(started);
  });

  test('that was made goes with the data directory', async () => {
    const first = await serve();
    await stop(first);
    const second = await serve();
    expect(second.ready.fingerprint).toBe(first.ready.fingerprint);
    await stop(second);
    const log = await readFile(join(data, 'operator.log'), 'utf8');
    expect(log.match(/"event":"certificate-made"/g)).toHaveLength(1);
    expect(log).not.toContain('PRIVATE KEY');
  });

  test('without its key is refused', async () => {
    const cert = join(directory, 'cert.pem');
    await writeFile(cert, 'x');
    const { code, err } = await run(['serve', '--data', data, '--cert', cert]);
    expect([code, err]).toEqual([2, expect.stringContaining('--cert and --key belong together')]);
  });
});

describe('the lab', () => {
  test('has a code that stays over restarts, in large letters on the screen and in no log', async () => {
    const first = await serve('--lab');
    const [, code = ''] = await first.server.says(/^THE CODE TO COME IN: ([0-9A-Z]{4}-[0-9A-Z]{4})$/m, 'err');
    expect(first.server.err).toContain('██');
    // Of a window of 30 rows one is for the first who comes in.
    await first.server.says(/Ctrl\+C stops/, 'err');
    expect(first.server.err.split('\n').length).toBeLessThanOrEqual(29);
    expect(first.server.err).toContain('Lab: 1d of history, 1000 connections per address, no moderator.');
    expect(await comeIn(first.ready, {})).toBe(FaultCode.PASSWORD_WRONG);
    await leave(await expectIn(first.ready, { password: code }));
    expect((await inviteJson()).code).toBe(code);
    expect((await statusNow()).limits).toMatchObject({
      connectionsPerAddress: 1_000,
      attempts: 600,
      rate: 200,
    });
    await stop(first);
    const second = await serve('--lab', '--attempts', '7', '--retain-age', '2d');
    await second.server.says(new RegExp(`^THE CODE TO COME IN: ${code}$`, 'm'), 'err');
    expect(second.server.err).toContain('Lab: 2d of history');
    expect((await statusNow()).limits).toMatchObject({ connectionsPerAddress: 1_000, attempts: 7 });
    await ask('invite', 'revoke', 'all');
    // Nobody comes in by a code that is wiped from the board, nor without one.
    expect(await comeIn(second.ready, { password: code })).toBe(FaultCode.PASSWORD_WRONG);
    expect(await comeIn(second.ready, {})).toBe(FaultCode.PASSWORD_WRONG);
    await stop(second);
    const third = await serve('--lab');
    const [, other = ''] = await third.server.says(
      /^THE CODE TO COME IN: ([0-9A-Z]{4}-[0-9A-Z]{4})$/m,
      'err',
    );
    expect(other).not.toBe(code);
    const log = await readFile(join(data, 'operator.log'), 'utf8');
    expect(log).not.toContain(code);
    expect(log).not.toContain(other);
  });
});

describe('what is refused is told and counted', () => {
  test('a handshake that fails', async () => {
    const started = await serve();
    await new Promise((resolve) => {
      // No forward secrecy, no authenticated encryption.
      connectTls({ host: HOST, port: started.ready.port, maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' })
        .on('error', resolve)
        .on('secureConnect', resolve);
    });
    await until(() => started.server.err.includes('TLS failed'));
    expect((await statusNow()).refusals).toEqual({ 'tls-failed': 1 });
  });

  test('limits are what was set, and connections are counted by what they come over', async () => {
    const { ready } = await serve('--rate', '7', '--rooms', '9', '--stall', '45s', '--connections', '50');
    await expectIn(ready, {});
    const status = await statusNow();
    expect(status.transports).toEqual({ plain: 0, tls: 1, ws: 0, wss: 0 });
    expect(status.limits).toMatchObject({ rate: 7, roomsMax: 9, stallMs: 45_000, connections: 50 });
    expect(await ask('status')).toContain('connections 50, connections-per-address 128,');
  });

  test.skipIf(process.platform === 'win32')(
    'connections are as many as descriptors allow, and that is said',
    async () => {
      const bin = new URL('../../bin/kentongan.js', import.meta.url).pathname;
      const script = 'ulimit -n 400; exec "$@"';
      const words = ['serve', '--data', data, '--host', HOST, '--port', '0', '--quiet', '--ready', 'json'];
      const out = spawnSync(
        'sh',
        ['-c', `(${script}) & sleep 4; kill $!; wait`, 'sh', process.execPath, bin, ...words],
        {
          encoding: 'utf8',
          env: { ...process.env, LC_ALL: 'C' },
        },
      );
      expect(out.stderr).toContain('At most 272 connections, not 10000: this process may have 400 files');
    },
  );
});

describe('status', () => {
  test('measures for a while, or since it was last asked, and says what is alive', async () => {
    await serve();
    const json = async (...words: string[]): Promise<ServerStatus> =>
      JSON.parse(await ask('status', '--json', ...words)) as ServerStatus;
    const { measuredDelayMs, heap } = await json('--measure', '700ms', '--heap');
    expect(measuredDelayMs?.spanMs).toBeGreaterThanOrEqual(700);
    expect(measuredDelayMs?.samples).toBeGreaterThan(100);
    expect(heap?.liveBytes).toBeGreaterThan(1_000_000);
    const since = await json('--measure');
    expect(since.measuredDelayMs?.spanMs).toBeGreaterThan(0);
    expect(since.heap).toBeUndefined();
    expect((await json()).measuredDelayMs).toBeUndefined();
    expect(await ask('status', '--measure', '50ms', '--heap')).toMatch(
      /^Live heap: .*\nEvent loop: .*\nIn \ds: /m,
    );
  });

  test.each(['0', '2h', 'soon'])('--measure %s is refused', async (time) => {
    const { code, err } = await run(['status', '--measure', time, '--data', data]);
    expect([code, err]).toEqual([2, expect.stringContaining(`"${time}" is no time from 1ms to 1h`)]);
  });
});

const hasCurl = spawnSync('curl', ['--version']).error === undefined;

test.skipIf(!hasCurl)(
  'curl trusts the certificate when it is given it, and is shown its fingerprint',
  async () => {
    const { ready } = await serve();
    const page = execFileSync('curl', ['-sk', `https://${HOST}:${ready.port}/`], { encoding: 'utf8' });
    expect(page.toLowerCase()).toContain(ready.fingerprint.slice(0, 4));
    await copyFile(join(data, 'tls', 'cert.pem'), join(directory, 'ca.pem'));
    const trusted = execFileSync(
      'curl',
      ['-s', '--cacert', join(directory, 'ca.pem'), `https://${HOST}:${ready.port}/`],
      { encoding: 'utf8' },
    );
    expect(trusted).toBe(page);
  },
);
