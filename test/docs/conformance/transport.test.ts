// Chapter 2 of docs/protocol.md over real TCP and TLS, on the loopback interface.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { sourceOf } from '../../../src/net/address.ts';
import { createServer } from '../../../src/index.ts';
import { Binding } from '../../../src/protocol/gen/kentongan/v1/kentongan.ts';
import { farAddress } from '../../support/far-address.ts';
import { sha256 } from '../rig.ts';
import { concat, fromHex, toHex } from '../spec-codec.ts';
import {
  closeDoors,
  doorway,
  ECHO_HEX,
  FRAME,
  headOf,
  onlyFault,
  plainly,
  secretly,
  untilEnd,
} from './doorway.ts';

afterEach(closeDoors);

const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const GET = text('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');

describe('one port', () => {
  test('KTG-2.2 the server says nothing before the client has', async () => {
    const { port, connections } = await doorway();
    const socket = plainly(port);
    const heard = untilEnd(socket);
    // A second connection that comes and goes gives the server every chance to speak to the first.
    const other = plainly(port);
    other.end(FRAME);
    expect((await untilEnd(other)).hex).toBe(ECHO_HEX);
    expect(connections).toHaveLength(1);
    expect(socket.bytesRead).toBe(0);
    socket.end(FRAME);
    expect((await heard).hex).toBe(ECHO_HEX);
  });

  for (const first of ['01', '15', '17', '40', '5b', '61', '80', 'ff']) {
    test(`KTG-2.6 a connection that begins with ${first} is closed without a word, in TLS too`, async () => {
      const { port, connections } = await doorway();
      const plain = plainly(port);
      plain.write(fromHex(`${first}000000`));
      expect((await untilEnd(plain)).hex).toBe('');
      const tls = await secretly(port);
      tls.write(fromHex(`${first}000000`));
      expect((await untilEnd(tls)).hex).toBe('');
      expect(connections).toEqual([]);
    });
  }

  test('KTG-2.6 in TLS there is no second TLS', async () => {
    const { port } = await doorway();
    const tls = await secretly(port);
    tls.write(fromHex('1603010200010001fc0303'));
    expect((await untilEnd(tls)).hex).toBe('');
  });

  test('KTG-2.6 frames, TLS and HTTP are told apart, byte by byte', async () => {
    const { port } = await doorway();
    const plain = plainly(port);
    plain.write(FRAME.subarray(0, 1));
    setTimeout(() => plain.end(FRAME.subarray(1)), 50);
    expect((await untilEnd(plain)).hex.startsWith(ECHO_HEX)).toBe(true);
    const tls = await secretly(port);
    tls.write(FRAME.subarray(0, 1));
    setTimeout(() => tls.end(FRAME.subarray(1)), 50);
    expect((await untilEnd(tls)).hex.startsWith(ECHO_HEX)).toBe(true);
    for (const socket of [plainly(port), await secretly(port)]) {
      socket.write(GET.subarray(0, 1));
      setTimeout(() => socket.write(GET.subarray(1)), 50);
      expect(headOf((await untilEnd(socket)).bytes).status).toBe(200);
    }
  });

  test('KTG-2.7 who finds no place is told so in plain and in HTTP, and in TLS it is closed', async () => {
    const { port } = await doorway({ limits: { perAddress: 1 } });
    const there = plainly(port);
    there.write(FRAME);
    await new Promise((resolve) => there.once('data', resolve));
    const frames = plainly(port);
    frames.write(FRAME);
    const fault = onlyFault((await untilEnd(frames)).bytes);
    expect(fault).toMatchObject({ code: 'SERVER_BUSY', limit: 1 });
    expect(Number(fault['retry_after_ms'])).toBeGreaterThan(0);
    const http = plainly(port);
    http.write(GET);
    const { status, headers } = headOf((await untilEnd(http)).bytes);
    expect(status).toBe(503);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    await expect(secretly(port)).rejects.toBeInstanceOf(Error);
    there.destroy();
  });

  test('KTG-2.7 KTG-11.13 of an IPv6 address the first 64 bits count', () => {
    expect(sourceOf('2001:db8:1:2:3:4:5:6')).toBe(sourceOf('2001:db8:1:2::9'));
    expect(sourceOf('2001:db8:1:2::1')).not.toBe(sourceOf('2001:db8:1:3::1'));
    expect(sourceOf('::ffff:192.0.2.7')).toBe(sourceOf('192.0.2.7'));
    expect(sourceOf('192.0.2.7')).not.toBe(sourceOf('192.0.2.8'));
  });

  test('KTG-2.8 each step has its time: first byte, handshake, first byte in TLS, HTTP request', async () => {
    const { port } = await doorway({ handshakeMs: 150 });
    const half = (bytes: Uint8Array): ReturnType<typeof plainly> => {
      const socket = plainly(port);
      socket.write(bytes);
      return socket;
    };
    const stalled = [
      plainly(port),
      half(fromHex('16')),
      await secretly(port),
      half(text('GET / HTTP/1.1\r\nHost: local')),
    ];
    const heard = await Promise.all(stalled.map(untilEnd));
    expect(heard.slice(0, 3).map(({ hex }) => hex)).toEqual(['', '', '']);
    expect(['', '408']).toContain(String(headOf(heard[3]?.bytes ?? FRAME).status).replace('NaN', ''));
    for (const { ms } of heard) expect(ms).toBeLessThan(4_000);
  });
});

describe('TLS', () => {
  test('KTG-2.9 is 1.2 or 1.3', async () => {
    const { port } = await doorway();
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await secretly(port, { minVersion: version, maxVersion: version });
      expect(socket.getProtocol()).toBe(version);
    }
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    await expect(secretly(port, old)).rejects.toBeInstanceOf(Error);
  });

  test('KTG-2.9 what was agreed upon by ALPN is spoken', async () => {
    const { port } = await doorway();
    const frames = await secretly(port, { ALPNProtocols: ['kentongan/1'] });
    expect(frames.alpnProtocol).toBe('kentongan/1');
    frames.end(FRAME);
    expect((await untilEnd(frames)).hex).toBe(ECHO_HEX);
    const http = await secretly(port, { ALPNProtocols: ['http/1.1'] });
    http.write(GET);
    expect(headOf((await untilEnd(http)).bytes).status).toBe(200);
    for (const [protocol, bytes] of [
      ['kentongan/1', GET],
      ['http/1.1', FRAME],
    ] as const) {
      const liar = await secretly(port, { ALPNProtocols: [protocol] });
      liar.write(bytes);
      expect((await untilEnd(liar)).hex).toBe('');
    }
  });

  test('KTG-2.9 without ALPN the first byte says it; a session is never resumed', async () => {
    const { port } = await doorway();
    const first = await secretly(port, { maxVersion: 'TLSv1.2' });
    const session = first.getSession();
    first.end(FRAME);
    expect((await untilEnd(first)).hex).toBe(ECHO_HEX);
    const second = await secretly(port, { maxVersion: 'TLSv1.2', session });
    expect(second.isSessionReused()).toBe(false);
  });

  test('KTG-2.10 KTG-2.11 a server makes its certificate once, and asks for none', async () => {
    const data = mkdtempSync(join(tmpdir(), 'kentongan-tls-'));
    const seen: string[] = [];
    for (let start = 0; start < 2; start++) {
      const server = await createServer({ host: '127.0.0.1', port: 0, data, operatorLog: false });
      const socket = await secretly(server.port);
      const { raw, fingerprint256 } = socket.getPeerCertificate();
      seen.push(toHex(sha256(raw)));
      expect(seen.at(-1)).toBe(fingerprint256.replaceAll(':', '').toLowerCase());
      socket.destroy();
      await server.close({ drain: 0 });
    }
    rmSync(data, { recursive: true });
    expect(seen[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(seen[1]).toBe(seen[0]);
  });

  test('KTG-7.16 offers the certificate, and in TLS 1.3 the exporter, as both ends see them', async () => {
    const { port, connections } = await doorway();
    for (const [version, expected] of [
      ['TLSv1.2', [Binding.CERTIFICATE]],
      ['TLSv1.3', [Binding.CERTIFICATE, Binding.EXPORTER]],
    ] as const) {
      const socket = await secretly(port, { minVersion: version, maxVersion: version });
      socket.write(FRAME);
      await new Promise((resolve) => socket.once('data', resolve));
      const bindings = connections.at(-1)?.bindings ?? new Map<Binding, Uint8Array>();
      expect([...bindings.keys()].toSorted((a, b) => a - b)).toEqual(expected);
      expect(bindings.get(Binding.CERTIFICATE)).toEqual(sha256(socket.getPeerCertificate().raw));
      if (version === 'TLSv1.2') continue;
      const exported = socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
      expect(bindings.get(Binding.EXPORTER)).toEqual(new Uint8Array(exported));
    }
  });
});

describe('plain', () => {
  // Undefined where the system gives us no other address than loopback.
  const far = farAddress();

  test('KTG-2.15 is open to this machine, and is not marked', async () => {
    const { port, connections } = await doorway();
    const socket = plainly(port);
    socket.end(FRAME);
    expect((await untilEnd(socket)).hex).toBe(ECHO_HEX);
    expect(connections[0]).toMatchObject({ plain: false });
    expect(connections[0]?.bindings.size).toBe(0);
  });

  test.runIf(far !== undefined)('KTG-2.15 KTG-2.22 from elsewhere it is told how to connect', async () => {
    const { port, connections } = await doorway({ host: far });
    const frames = plainly(port, far);
    frames.write(FRAME);
    const fault = onlyFault((await untilEnd(frames)).bytes);
    expect(fault).toMatchObject({ code: 'TLS_REQUIRED' });
    expect(fault['text']).toContain(`kentongan://${far}:${port}`);
    for (const [accept, type] of [
      ['text/html', 'text/html'],
      ['*/*', 'text/plain'],
    ] as const) {
      const http = plainly(port, far);
      http.write(text(`GET /any HTTP/1.1\r\nHost: ${far}:${port}\r\nAccept: ${accept}\r\n\r\n`));
      const { bytes } = await untilEnd(http);
      const { status, headers } = headOf(bytes);
      expect(status).toBe(426);
      expect(headers.get('upgrade')).toBe('TLS/1.2');
      expect(headers.get('content-type')).toContain(type);
      const body = Buffer.from(bytes).toString('utf8');
      expect(body).toContain(`https://${far}:${port}/`);
      expect(body).not.toContain('<script');
    }
    expect(connections).toEqual([]);
  });

  test.runIf(far !== undefined)('KTG-2.15 KTG-15.1 where the operator allows it, it is marked', async () => {
    const { port, connections } = await doorway({ host: far, plain: 'lan' });
    const socket = plainly(port, far);
    socket.end(FRAME);
    expect((await untilEnd(socket)).hex).toBe(ECHO_HEX);
    expect(connections[0]).toMatchObject({ plain: true });
    const tls = await secretly(port, { host: far });
    tls.end(FRAME);
    expect((await untilEnd(tls)).hex).toBe(ECHO_HEX);
    expect(connections[1]).toMatchObject({ plain: false });
  });
});

describe('the end', () => {
  test('KTG-5.8 the last words arrive although the client has sent more than anybody read', async () => {
    const words = new Uint8Array(5_000).fill(0xcc);
    const { port } = await doorway({
      accept: (connection) => ({
        receive: () => {
          connection.write([words]);
          connection.end();
        },
        finish: () => undefined,
        lost: () => undefined,
        writable: () => undefined,
      }),
    });
    for (const socket of [plainly(port), await secretly(port)]) {
      socket.write(concat([FRAME, new Uint8Array(200_000)]));
      expect((await untilEnd(socket)).hex).toBe(toHex(words));
    }
  });
});
