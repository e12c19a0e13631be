// What other people's programs say of the one port: OpenSSL, curl, the client of the lesson in Python.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServer, type Server } from '../../src/index.ts';
import { makeCertificate } from '../../src/net/certificate.ts';
import { encodeFrame, frameOf, systemFrame } from '../../src/protocol/index.ts';
import { ownTlsPaths } from '../../src/server/tls-files.ts';
import { RawClient } from '../server/raw-client.ts';

let data: string;
let server: Server;
let cert: string;

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'kentongan-'));
  server = await createServer({ host: '127.0.0.1', port: 0, data, operatorLog: false });
  ({ cert } = ownTlsPaths(data));
});

afterAll(async () => {
  await server.close({ drain: 0 });
  rmSync(data, { recursive: true });
});

interface Ran {
  readonly status: number | null;
  readonly out: Buffer;
  readonly text: string;
}

/** Runs a program that ends by itself. Its input stays open until it has printed `enough`. */
async function run(
  program: string,
  args: readonly string[],
  input: Uint8Array = new Uint8Array(0),
  enough: (out: Buffer) => boolean = () => true,
): Promise<Ran> {
  const child = spawn(program, args, { stdio: 'pipe' });
  const out: Buffer[] = [];
  const errors: Buffer[] = [];
  const see = (): void => {
    if (enough(Buffer.concat(out))) child.stdin.end();
  };
  child.stdout.on('data', (chunk: Buffer) => {
    out.push(chunk);
    see();
  });
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.write(input);
  see();
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, out: Buffer.concat(out), text: Buffer.concat([...out, ...errors]).toString('latin1') };
}

function openssl(...args: readonly string[]): Promise<Ran> {
  return run('openssl', ['s_client', '-connect', `127.0.0.1:${server.port}`, '-CAfile', cert, ...args]);
}

const HELLO = encodeFrame(
  systemFrame({
    $case: 'hello',
    value: {
      versionMin: 1,
      versionMax: 1,
      capabilities: [],
      name: 'openssl',
      beside: false,
      locale: '',
      key: new Uint8Array(0),
      clientNonce: new Uint8Array(0),
      password: '',
      secret: new Uint8Array(32).fill(7),
      software: 'openssl s_client',
    },
  }),
);

describe('on one port, at one time', () => {
  test('a person with the client of the lesson, one with openssl, and curl with and without TLS', async () => {
    const witness = await RawClient.join(server.port, 'saksi');
    const lesson = spawn('python3', ['docs/classroom.py', '127.0.0.1', String(server.port), 'siti'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    lesson.stdin.write('selamat pagi\n');

    const enter = encodeFrame(
      frameOf({ $case: 'join', value: { have: undefined, last: 10, mode: 1 } }, { ref: 2, room: 'lobby' }),
    );
    const input = Buffer.concat([HELLO, enter]);
    const s = ['s_client', '-connect', `127.0.0.1:${server.port}`, '-CAfile', cert, '-verify_return_error'];
    const tls = await run('openssl', [...s, '-alpn', 'kentongan/1', '-quiet', '-no_ign_eof'], input, (out) =>
      out.includes('selamat pagi'),
    );
    expect(tls.out.includes('openssl')).toBe(true);

    for (const [scheme, more] of [
      ['http', []],
      ['https', ['--cacert', cert]],
      ['https', ['--cacert', cert, '--tlsv1.2', '--tls-max', '1.2']],
      ['https', ['--cacert', cert, '--http1.1', '--tlsv1.3']],
    ] as const) {
      const args = ['--silent', '--show-error', '--fail', '--include', ...more];
      const page = await run('curl', [...args, `${scheme}://127.0.0.1:${server.port}/`]);
      expect(page.status, page.text).toBe(0);
      expect(page.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(page.text).toContain("Content-Security-Policy: default-src 'none'");
    }
    const websocket = [
      '--silent',
      '--include',
      '--max-time',
      '2',
      '--no-buffer',
      '-H',
      'Connection: Upgrade',
    ];
    const headers = ['-H', 'Upgrade: websocket', '-H', 'Sec-WebSocket-Version: 13'];
    const rest = [
      '-H',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      '-H',
      'Sec-WebSocket-Protocol: kentongan.v1',
    ];
    const url = `https://127.0.0.1:${server.port}/kentongan`;
    const upgraded = await run('curl', [
      '--cacert',
      cert,
      '--http1.1',
      ...websocket,
      ...headers,
      ...rest,
      url,
    ]);
    expect(upgraded.text).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    const evil = ['-H', 'Origin: https://evil.example'];
    const refused = await run('curl', [
      '--cacert',
      cert,
      '--http1.1',
      ...websocket,
      ...headers,
      ...rest,
      ...evil,
      url,
    ]);
    expect(refused.text).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);

    lesson.stdin.end();
    const [code] = (await once(lesson, 'exit')) as [number];
    expect(code).toBe(0);
    await witness.find(({ kind }) => kind?.$case === 'chat');
    witness.socket.destroy();
  });

  test('without the certificate nobody is trusted', async () => {
    const page = await run('curl', ['--silent', '--show-error', `https://127.0.0.1:${server.port}/`]);
    expect(page.status).toBe(60);
    const named = await run('curl', [
      '-sS',
      '--cacert',
      cert,
      '--resolve',
      `evil.example:${server.port}:127.0.0.1`,
      `https://evil.example:${server.port}/`,
    ]);
    expect(named.status).toBe(60);
  });
});

describe('TLS, as openssl sees it', () => {
  test.each(['-tls1_2', '-tls1_3'])('%s is spoken', async (version) => {
    const { text } = await openssl(version, '-verify_return_error');
    expect(text).toContain('Verify return code: 0 (ok)');
    expect(text).toContain('Server Temp Key:');
  });

  test.each(['-tls1', '-tls1_1'])('%s is not', async (version) => {
    const { status, text } = await openssl(version, '-cipher', 'ALL:@SECLEVEL=0');
    expect(status).not.toBe(0);
    expect(text).toContain('alert protocol version');
  });

  test('of all that openssl has, only what has forward secrecy and authenticates is taken', async () => {
    const all = execFileSync('openssl', ['ciphers', '-tls1_2', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'], {
      encoding: 'utf8',
    });
    const taken: string[] = [];
    for (const cipher of all.trim().split(':')) {
      if (cipher.startsWith('TLS_')) continue;
      const { text } = await openssl('-tls1_2', '-cipher', `${cipher}:@SECLEVEL=0`);
      if (text.includes(`Cipher is ${cipher}`)) taken.push(cipher);
    }
    expect(taken.sort()).toEqual([
      'ECDHE-ECDSA-AES128-GCM-SHA256',
      'ECDHE-ECDSA-AES256-GCM-SHA384',
      'ECDHE-ECDSA-CHACHA20-POLY1305',
    ]);
  });

  test('compression, renegotiation and resumption are not to be had', async () => {
    const { text } = await openssl('-tls1_2', '-comp', '-legacy_renegotiation');
    expect(text).toContain('Compression: NONE');
    const again = await run(
      'openssl',
      ['s_client', '-connect', `127.0.0.1:${server.port}`, '-tls1_2'],
      Buffer.from('R\n'),
      (out) => out.includes('RENEGOTIATING'),
    );
    expect(again.text).toContain('no renegotiation');
    for (const version of ['-tls1_2', '-tls1_3']) {
      const reconnected = await openssl(version, '-reconnect');
      expect(reconnected.text).toContain('New, TLS');
      expect(reconnected.text).not.toContain('Reused, TLS');
    }
  });
});

describe('a made certificate, as openssl sees it', () => {
  const MADE = makeCertificate({
    names: ['localhost', 'sekolah.example'],
    addresses: ['192.168.1.5', '2001:db8::7'],
  });
  let file: string;
  beforeAll(() => {
    file = join(data, 'made.pem');
    writeFileSync(file, MADE.cert);
  });

  test('is verified strictly, as a server, by name and by address', () => {
    for (const who of [
      ['-verify_hostname', 'sekolah.example'],
      ['-verify_ip', '2001:db8::7'],
      ['-verify_ip', '192.168.1.5'],
    ]) {
      const args = ['verify', '-x509_strict', '-purpose', 'sslserver', ...who, '-CAfile', file, file];
      expect(execFileSync('openssl', args, { encoding: 'utf8' }).trim()).toBe(`${file}: OK`);
    }
    for (const wrong of [
      ['-purpose', 'sslclient'],
      ['-verify_hostname', 'x.sekolah.example'],
      ['-verify_ip', '192.168.1.6'],
    ]) {
      expect(spawnSync('openssl', ['verify', ...wrong, '-CAfile', file, file]).status).toBe(2);
    }
  });

  test('is read in all its parts, and would be written in the same way', () => {
    const text = execFileSync('openssl', ['x509', '-in', file, '-noout', '-text'], { encoding: 'utf8' });
    expect(text).toContain('Version: 3 (0x2)');
    expect(text).toContain('Signature Algorithm: ecdsa-with-SHA256');
    expect(text).toContain('NIST CURVE: P-256');
    expect(text).toMatch(/X509v3 Basic Constraints: critical\s+CA:FALSE/);
    expect(text).toMatch(/X509v3 Key Usage: critical\s+Digital Signature\n/);
    expect(text).toMatch(/X509v3 Extended Key Usage:\s+TLS Web Server Authentication\n/);
    expect(text).toMatch(/X509v3 Subject Key Identifier:\s+([0-9A-F]{2}:){19}[0-9A-F]{2}\n/);
    expect(execFileSync('openssl', ['x509', '-in', file], { encoding: 'utf8' })).toBe(MADE.cert);
  });
});
