// TLS on the one port: versions, ciphers, ALPN, what a proof is tied to, another certificate while it runs.
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { makeCertificate } from '../../src/net/certificate.ts';
import { Binding } from '../../src/protocol/index.ts';
import { Bench, FIRST, until } from './bench.ts';
import { dialTcp, shakeHands, socketTalk } from './dial.ts';
import { MATERIAL } from './material.ts';

const RSA_KEY = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

let bench: Bench;
afterEach(() => bench.close());

/** A deadline that is reached only if nothing else ends the connection. */
const PATIENT_MS = 4_000;

async function open(handshakeMs = 60_000): Promise<number> {
  bench = await Bench.open(() => true, '127.0.0.1', { handshakeMs });
  return bench.listener.address.port;
}

async function tls(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return shakeHands(await dialTcp(port), options);
}

/** The error with which a handshake fails. */
async function failure(port: number, options: ConnectionOptions): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', ca: MATERIAL.cert, ...options });
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  return error.code ?? error.message;
}

describe('versions and ciphers', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s is spoken', async (version) => {
    const socket = await tls(await open(), { minVersion: version, maxVersion: version });
    expect(socket.getProtocol()).toBe(version);
    expect(socket.getCipher().name).toMatch(/GCM|CHACHA20/);
    socket.destroy();
  });

  test.each(['TLSv1', 'TLSv1.1'] as const)('%s is not', async (version) => {
    const port = await open();
    const options = { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' };
    expect(await failure(port, options)).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    expect(bench.sessions).toEqual([]);
  });

  test.each([
    'ECDHE-ECDSA-AES128-SHA',
    'ECDHE-ECDSA-AES256-SHA384',
    'ECDHE-ECDSA-AES128-CCM',
    'AES128-GCM-SHA256',
    'AES256-SHA',
    'DHE-RSA-AES128-GCM-SHA256',
    'ADH-AES128-SHA',
    'ECDHE-ECDSA-NULL-SHA',
    'PSK-AES128-GCM-SHA256',
  ])('%s is not', async (cipher) => {
    const port = await open();
    const options = { maxVersion: 'TLSv1.2', ciphers: `${cipher}:@SECLEVEL=0` } as const;
    expect(await failure(port, options)).toMatch(/HANDSHAKE_FAILURE|NO_CIPHERS_AVAILABLE/);
  });

  test.each([
    ['ECDHE-ECDSA-AES128-GCM-SHA256', 'TLSv1.2'],
    ['ECDHE-ECDSA-AES256-GCM-SHA384', 'TLSv1.2'],
    ['ECDHE-ECDSA-CHACHA20-POLY1305', 'TLSv1.2'],
    ['TLS_AES_256_GCM_SHA384', 'TLSv1.3'],
    ['TLS_CHACHA20_POLY1305_SHA256', 'TLSv1.3'],
  ] as const)('%s is spoken', async (ciphers, maxVersion) => {
    const socket = await tls(await open(), { ciphers, maxVersion });
    expect(socket.getCipher().standardName ?? socket.getCipher().name).toBeTruthy();
    expect(socket.getCipher().name).toBe(ciphers);
    socket.destroy();
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('in %s a session is not taken up again', async (version) => {
    const port = await open();
    const first = await tls(port, { minVersion: version, maxVersion: version });
    let session: Buffer | undefined = first.getSession();
    first.on('session', (later) => {
      session = later;
    });
    first.write(FIRST);
    await until(() => bench.sessions.length === 1);
    bench.sessions[0]?.connection.write([FIRST]);
    await once(first, 'data');
    first.destroy();
    const second = await tls(port, { minVersion: version, maxVersion: version, ...(session && { session }) });
    expect(second.isSessionReused()).toBe(false);
    expect(second.getPeerX509Certificate()?.fingerprint256).toBeDefined();
    second.destroy();
  });

  test('a client does not ask for another handshake in the middle', async () => {
    const socket = await tls(await open(), { maxVersion: 'TLSv1.2' });
    socket.on('error', () => undefined);
    const done = new Promise<Error | null>((resolve) => {
      socket.renegotiate({}, resolve);
      socket.on('error', resolve);
      socket.on('close', () => resolve(new Error('closed')));
    });
    expect(await done).toBeInstanceOf(Error);
  });
});

describe('ALPN', () => {
  test.each([
    [['kentongan/1'], 'kentongan/1'],
    [['http/1.1'], 'http/1.1'],
    [['h2', 'http/1.1'], 'http/1.1'],
    [['http/1.1', 'kentongan/1'], 'kentongan/1'],
    [undefined, false],
  ] as const)('of %s it takes %s', async (offered, agreed) => {
    const socket = await tls(await open(), offered && { ALPNProtocols: [...offered] });
    expect(socket.alpnProtocol).toBe(agreed);
    socket.destroy();
  });

  test('of what it does not know it takes nothing', async () => {
    const port = await open();
    expect(await failure(port, { ALPNProtocols: ['h2'] })).toMatch(/NO_APPLICATION_PROTOCOL|ALERT/);
  });

  test.each([
    ['kentongan/1', FIRST, 'frames'],
    ['kentongan/1', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), 'closed'],
    ['kentongan/1', Buffer.of(0x16, 3, 1, 0, 1), 'closed'],
    ['http/1.1', FIRST, 'closed'],
    ['http/1.1', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), 'http'],
    [undefined, FIRST, 'frames'],
    [undefined, Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), 'http'],
    [undefined, Buffer.of(0x16, 3, 1, 0, 1), 'closed'],
    [undefined, Buffer.of(1), 'closed'],
  ] as const)('behind %s, %s: %s', async (protocol, bytes, expected) => {
    const port = await open();
    const raw = await dialTcp(port);
    const socket = await shakeHands(raw, protocol && { ALPNProtocols: [protocol] });
    const client = socketTalk(raw, socket);
    client.send(bytes);
    await until(() => client.ended || bench.sessions.length === 1);
    expect(bench.sessions).toHaveLength(expected === 'frames' ? 1 : 0);
    expect(bench.strangers).toHaveLength(expected === 'closed' ? 1 : 0);
    expect(client.received.toString('latin1').startsWith('HTTP/1.1 200')).toBe(expected === 'http');
    client.destroy();
  });
});

describe('what a proof can be tied to', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s', async (version) => {
    const socket = await tls(await open(), { minVersion: version, maxVersion: version });
    socket.write(FIRST);
    await until(() => bench.sessions.length === 1);
    const der = new X509Certificate(MATERIAL.cert).raw;
    const expected = new Map([[Binding.CERTIFICATE, sha256(der)]]) as Map<Binding, Uint8Array>;
    if (version === 'TLSv1.3') {
      const exported = socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
      expected.set(Binding.EXPORTER, new Uint8Array(exported));
    }
    expect(bench.sessions[0]?.connection.bindings).toEqual(expected);
    expect(bench.listener.fingerprint).toBe(Buffer.from(sha256(der)).toString('hex'));
    socket.destroy();
  });

  test('is another exporter for each connection', async () => {
    const port = await open();
    for (let count = 0; count < 2; count++) (await tls(port)).write(FIRST);
    await until(() => bench.sessions.length === 2);
    const [one, other] = bench.sessions.map(({ connection }) => connection.bindings.get(Binding.EXPORTER));
    expect(one).not.toEqual(other);
  });
});

describe('another certificate', () => {
  test('is shown to new connections; the old ones and their bindings live on', async () => {
    const port = await open();
    const old = await tls(port);
    old.write(FIRST);
    await until(() => bench.sessions.length === 1);
    const other = makeCertificate({ names: ['localhost'], addresses: ['127.0.0.1'] });
    bench.listener.reload(other);
    const fresh = await tls(port, { ca: other.cert });
    fresh.write(FIRST);
    await until(() => bench.sessions.length === 2);
    const fingerprint = Buffer.from(sha256(new X509Certificate(other.cert).raw)).toString('hex');
    expect(bench.listener.fingerprint).toBe(fingerprint);
    const [before, after] = bench.sessions.map(({ connection }) => connection);
    expect(Buffer.from(after?.bindings.get(Binding.CERTIFICATE) ?? []).toString('hex')).toBe(fingerprint);
    expect(before?.bindings.get(Binding.CERTIFICATE)).toEqual(sha256(new X509Certificate(MATERIAL.cert).raw));
    before?.write([FIRST]);
    const [data] = (await once(old, 'data')) as [Buffer];
    expect(data).toEqual(FIRST);
  });

  test.each([
    [
      'a key of another certificate',
      { key: makeCertificate({ names: [], addresses: [] }).key, cert: MATERIAL.cert },
    ],
    ['a key of another kind', { key: RSA_KEY, cert: MATERIAL.cert }],
    ['no certificate', { key: MATERIAL.key, cert: 'nothing' }],
    ['no key', { key: 'nothing', cert: MATERIAL.cert }],
    ['nothing', { key: '', cert: '' }],
  ])('with %s the old one stays', async (_what, material) => {
    const port = await open();
    const { fingerprint } = bench.listener;
    expect(() => bench.listener.reload(material)).toThrow(/./);
    expect(bench.listener.fingerprint).toBe(fingerprint);
    (await tls(port)).write(FIRST);
    await until(() => bench.sessions.length === 1);
  });
});

describe('what goes wrong in a handshake', () => {
  test.each([
    ['rubbish', Buffer.concat([Buffer.of(0x16, 3, 1, 0, 100), Buffer.alloc(100, 7)])],
    ['a record that is too long', Buffer.concat([Buffer.of(0x16, 3, 1, 0xff, 0xff), Buffer.alloc(5_000)])],
    ['SSL 3', Buffer.concat([Buffer.of(0x16, 3, 0, 0, 4), Buffer.of(1, 0, 0, 0)])],
    ['the first byte, then the end', Buffer.of(0x16)],
  ])('%s is closed', async (_what, bytes) => {
    const port = await open(PATIENT_MS);
    const started = performance.now();
    const client = socketTalk(await dialTcp(port));
    client.send(bytes);
    client.finish();
    await until(() => bench.listener.connections === 0);
    // Not at the deadline: at once.
    expect(performance.now() - started).toBeLessThan(PATIENT_MS / 2);
    expect(bench.sessions).toEqual([]);
  });

  test('a client that does not like the certificate, or resets in the middle, harms nobody', async () => {
    const port = await open();
    expect(await failure(port, { ca: makeCertificate({ names: [], addresses: [] }).cert })).toMatch(
      /SELF_SIGNED|VERIFY/,
    );
    const hello = await clientHello();
    for (let bytes = 1; bytes <= hello.length; bytes += 23) {
      const raw = await dialTcp(port);
      raw.write(hello.subarray(0, bytes));
      raw.resetAndDestroy();
    }
    // The server has answered, and has nobody to answer to.
    const raw = await dialTcp(port);
    raw.write(hello);
    await once(raw, 'data');
    raw.resetAndDestroy();
    await until(() => bench.listener.connections === 0);
    (await tls(port)).write(FIRST);
    await until(() => bench.sessions.length === 1);
    expect(bench.listener.connections).toBe(1);
  });

  test.each(['\0', 'x'.repeat(255), '..', 'kelas.local', '*'])(
    'the name %j asked for changes nothing',
    async (servername) => {
      const port = await open();
      const options = { servername, checkServerIdentity: () => undefined };
      const socket = await tls(port, options).catch(() => undefined);
      socket?.destroy();
      (await tls(port)).write(FIRST);
      await until(() => bench.sessions.length === 1);
      expect(bench.sessions[0]?.connection.bindings.size).toBe(2);
    },
  );
});

function sha256(data: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(data).digest());
}

/** The first bytes of a TLS client. */
async function clientHello(): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connectTls({ port, host: '127.0.0.1' });
  client.on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [hello] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  server.close();
  return hello;
}
