// The client in Python, with nothing but its standard library, against a real server: TLS, pins, plain, codes.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createServer, type ServerOptions } from '../../src/index.ts';

const CLIENT = new URL('../../clients/python/kentongan.py', import.meta.url).pathname;
const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'kentongan-python-'));
  undo.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A server, and the fingerprint of the certificate that it has made. */
async function serve(
  options: Partial<ServerOptions> = {},
): Promise<{ readonly port: number; readonly fingerprint: string }> {
  const data = directory();
  const server = await createServer({ host: '127.0.0.1', port: 0, data, operatorLog: false, ...options });
  undo.push(() => server.close({ drain: 0 }));
  const { raw } = new X509Certificate(readFileSync(join(data, 'tls', 'cert.pem')));
  return { port: server.port, fingerprint: createHash('sha256').update(raw).digest('hex') };
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the client to its end, with these lines to say. */
async function run(state: string, args: readonly string[], lines: readonly string[] = []): Promise<Ended> {
  const client: ChildProcess = spawn('python3', [CLIENT, ...args], {
    env: { ...process.env, KENTONGAN_STATE: state, PYTHONDONTWRITEBYTECODE: '1' },
  });
  undo.push(() => client.kill());
  let out = '';
  let err = '';
  client.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  client.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  client.stdin?.end(lines.map((line) => `${line}\n`).join(''));
  const [code] = (await once(client, 'close')) as [number];
  return { code, out, err };
}

const knownHosts = (state: string): string => readFileSync(join(state, 'python', 'known-hosts'), 'utf8');

test('its wire format agrees with the vectors of the document', () => {
  const cwd = new URL('../../clients/python/', import.meta.url).pathname;
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  const { status, stderr } = spawnSync('python3', ['-m', 'unittest', 'test_wire'], { cwd, env });
  expect({ status, stderr: String(stderr) }).toMatchObject({ status: 0 });
});

test('KTG-2.11 KTG-2.13 it speaks TLS, says what it pins at the first meeting, and knows it at the second', async () => {
  const { port, fingerprint } = await serve();
  const state = directory();
  const lines = Array.from({ length: 500 }, (_, n) => `baris ${n + 1}`);
  const first = await run(state, [`siti@127.0.0.1:${port}`], lines);
  expect(first).toMatchObject({ code: 0, err: expect.stringContaining(fingerprint) as string });
  expect(knownHosts(state)).toMatch(
    new RegExp(`^127.0.0.1:${port} sha256:${fingerprint} \\d{4}-\\d\\d-\\d\\d\\n$`),
  );
  const second = await run(state, [`siti@127.0.0.1:${port}`], ['/history 1']);
  expect(second.code).toBe(0);
  expect(second.out).toContain('siti: baris 500');
  expect(second.err).not.toContain(fingerprint);
});

test('KTG-2.12 it sends nothing to a server with another certificate than the pinned one', async () => {
  const { port, fingerprint } = await serve();
  const state = directory();
  await run(state, [`siti@127.0.0.1:${port}`]);
  const wrong = 'ab'.repeat(32);
  const path = join(state, 'python', 'known-hosts');
  writeFileSync(path, knownHosts(state).replace(fingerprint, wrong));
  const { code, err } = await run(state, [`siti@127.0.0.1:${port}`], ['halo']);
  expect(code).toBe(1);
  expect(err).toContain(wrong);
  expect(err).toContain(fingerprint);
  expect(err).not.toContain('you are');
  expect(knownHosts(state)).toContain(wrong);
});

test('KTG-2.13 KTG-2.17 an invitation pins its fingerprint, and refuses any other', async () => {
  const { port, fingerprint } = await serve();
  const state = directory();
  const colons = (fingerprint.toUpperCase().match(/../g) ?? []).join(':');
  const right = await run(state, [`kentongan://siti@127.0.0.1:${port}/kelas-7#${colons}`], ['halo']);
  expect(right.code).toBe(0);
  expect(right.err).not.toContain('Compare');
  expect(knownHosts(state)).toContain(fingerprint);
  const elsewhere = directory();
  const wrong = await run(elsewhere, [`kentongan://siti@127.0.0.1:${port}/kelas-7#${'ab'.repeat(32)}`]);
  expect(wrong).toMatchObject({ code: 1, out: '' });
  expect(wrong.err).not.toContain('you are');
  expect(knownHosts(elsewhere)).toBe('');
});

test('KTG-2.16 KTG-7.25 it goes in plain only when it is told so, with another secret', async () => {
  const { port } = await serve();
  const state = directory();
  const secrets = (): string[] =>
    readdirSync(join(state, 'python')).filter((file) => file.startsWith('siti@'));
  for (const args of [['--plain', `siti@127.0.0.1:${port}`], [`kentongan+plain://siti@127.0.0.1:${port}`]]) {
    const { code, err } = await run(state, args, ['halo']);
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('you are siti') as string });
  }
  expect(readdirSync(join(state, 'python'))).toEqual(secrets());
  expect(secrets()).toHaveLength(1);
  await run(state, [`siti@127.0.0.1:${port}`]);
  const [one, other] = secrets().map((file) => readFileSync(join(state, 'python', file)).toString('hex'));
  expect(one).toHaveLength(64);
  expect(other).toHaveLength(64);
  expect(one).not.toBe(other);
});

test('KTG-2.12 KTG-2.16 it does not go over to plain where TLS fails', async () => {
  let heard = Buffer.alloc(0);
  const plainOnly = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      heard = Buffer.concat([heard, chunk]);
      socket.destroy();
    });
  });
  plainOnly.listen(0, '127.0.0.1');
  await once(plainOnly, 'listening');
  undo.push(() => plainOnly.close());
  const { port } = plainOnly.address() as AddressInfo;
  const { code } = await run(directory(), [`siti@127.0.0.1:${port}`], ['halo']);
  expect(code).toBe(1);
  // A ClientHello, and nothing else.
  expect(heard.subarray(0, 2).toString('hex')).toBe('1603');
  expect(heard.toString('latin1')).not.toContain('siti');
});

test('KTG-6.9 KTG-6.11 it says the code that it was given, and shows it nowhere', async () => {
  const passwordFile = join(directory(), 'password');
  const code = 'rahasia kelas 7';
  writeFileSync(passwordFile, `${code}\n`);
  const { port } = await serve({ passwordFile });
  const state = directory();
  const without = await run(state, [`siti@127.0.0.1:${port}`], ['halo']);
  expect(without.code).toBe(1);
  expect(without.err).toContain('1020');
  for (const args of [
    ['--code', code, `siti@127.0.0.1:${port}`],
    [`kentongan://siti@127.0.0.1:${port}/lobby?code=${encodeURIComponent(code)}`],
  ]) {
    const { code: exit, out, err } = await run(state, args, ['halo']);
    expect({ exit, err }).toMatchObject({ exit: 0, err: expect.stringContaining('you are siti') as string });
    expect(out + err).not.toContain(code);
  }
});
