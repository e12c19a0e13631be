import { X509Certificate } from 'node:crypto';
import dns from 'node:dns';
import { createServer, type TlsOptions, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Judgement, type Trust, trustOnly, type TransportListener } from '../../../clients/sdk/index.ts';
import { dialTls, type TlsOptions as DialOptions } from '../../../clients/sdk/tls.ts';
import { Binding } from '../../../src/protocol/index.ts';
import {
  atEnd,
  clientOf,
  listen,
  listening,
  LOOPBACK,
  newMaterial,
  serve,
  standBetween,
  tearDown,
} from './secure.ts';

afterEach(async () => {
  vi.restoreAllMocks();
  await tearDown();
});

const secret = new Uint8Array(32).fill(1);
const MATERIAL = newMaterial();

/** What became of one connection. */
class Call {
  readonly heard: Uint8Array[] = [];
  readonly opened: Promise<void>;
  readonly closed: Promise<Error | undefined>;
  readonly listener: TransportListener;

  constructor() {
    const opened = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<Error | undefined>();
    this.opened = opened.promise;
    this.opened.catch(() => undefined);
    this.closed = closed.promise;
    this.listener = {
      onOpen: opened.resolve,
      onData: (chunk) => this.heard.push(chunk),
      onClose: (error) => {
        opened.reject(error ?? new Error('closed'));
        closed.resolve(error);
      },
    };
  }
}

function dial(
  port: number,
  options: DialOptions,
  host = LOOPBACK,
): { call: Call; transport: ReturnType<ReturnType<typeof dialTls>> } {
  const call = new Call();
  const transport = dialTls(host, port, options)(call.listener);
  atEnd(() => transport.destroy());
  return { call, transport };
}

async function tlsServer(
  options: TlsOptions,
  onSocket: (socket: TLSSocket) => void = () => undefined,
  host = LOOPBACK,
): Promise<number> {
  const open = new Set<TLSSocket>();
  const server = createServer(
    { key: MATERIAL.key, cert: MATERIAL.cert, ALPNProtocols: ['kentongan/1'], ...options },
    (socket) => {
      open.add(socket);
      socket.on('error', () => undefined);
      onSocket(socket);
    },
  );
  server.on('tlsClientError', () => undefined);
  atEnd(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return listening(server, host);
}

/** Asks for everything that it is told. */
class Judge implements Trust {
  readonly asked: unknown[] = [];
  #answer: () => Judgement | Promise<Judgement>;

  constructor(answer: () => Judgement | Promise<Judgement> = () => ({ trusted: true })) {
    this.#answer = answer;
  }

  judge(...question: Parameters<Trust['judge']>): Judgement | Promise<Judgement> {
    this.asked.push(question);
    return this.#answer();
  }
}

describe('dialTls', () => {
  test('holds back everything until the certificate is accepted', async () => {
    const heard: Buffer[] = [];
    const port = await tlsServer({}, (socket) => socket.on('data', (chunk: Buffer) => heard.push(chunk)));
    const { promise, resolve } = Promise.withResolvers<Judgement>();
    const judge = new Judge(() => promise);
    const { call, transport } = dial(port, { trust: judge });
    transport.write(Buffer.from('one '));
    await expect
      .poll(() => judge.asked)
      .toEqual([[LOOPBACK, port, MATERIAL.fingerprint, { chainIsValid: false }]]);
    transport.write(Buffer.from('two '));
    expect(transport.bufferedBytes).toBe(8);
    await new Promise((resume) => setTimeout(resume, 50));
    expect(heard).toEqual([]);
    resolve({ trusted: true });
    await call.opened;
    transport.write(Buffer.from('three'));
    await expect.poll(() => Buffer.concat(heard).toString()).toBe('one two three');
  });

  test('delivers what was written before an early end', async () => {
    const heard: Buffer[] = [];
    const port = await tlsServer({}, (socket) => socket.on('data', (chunk: Buffer) => heard.push(chunk)));
    const { call, transport } = dial(port, { trust: new Judge() });
    transport.write(Buffer.from('all of it'));
    transport.end();
    expect(await call.closed).toBe(undefined);
    expect(Buffer.concat(heard).toString()).toBe('all of it');
  });

  test('sends nothing to whoever is not trusted, and tells both fingerprints (KTG-2.12)', async () => {
    const middle = await standBetween(undefined);
    const decided = Promise.withResolvers<void>();
    const trust = {
      // Not before the other side could have got whatever is sent too early.
      judge: (...question: Parameters<Trust['judge']>): Promise<Judgement> =>
        decided.promise.then(() => trustOnly(MATERIAL.fingerprint).judge(...question)),
    };
    const { call, transport } = dial(middle.port, { trust });
    transport.write(Buffer.from('hello'));
    await expect.poll(() => middle.handshakes()).toBe(1);
    await new Promise((resume) => setTimeout(resume, 50));
    decided.resolve();
    expect(await call.closed).toMatchObject({
      reason: 'untrusted',
      certificate: {
        host: LOOPBACK,
        port: middle.port,
        presented: middle.fingerprint,
        expected: MATERIAL.fingerprint,
        by: 'invite',
      },
    });
    transport.write(Buffer.from('more'));
    await new Promise((resume) => setTimeout(resume, 20));
    expect(middle.heard).toEqual([]);
  });

  test('trusts nobody when no judgement comes about', async () => {
    const middle = await standBetween(undefined);
    const unreadable = new Error('EACCES');
    const judge = new Judge(() => {
      throw unreadable;
    });
    const { call, transport } = dial(middle.port, { trust: judge });
    transport.write(Buffer.from('hello'));
    expect(await call.closed).toMatchObject({
      reason: 'untrusted',
      cause: unreadable,
      certificate: { expected: '', by: 'nobody', presented: middle.fingerprint },
    });
    expect(middle.heard).toEqual([]);
  });

  test('says of a certificate whether an authority vouches for it, for this host', async () => {
    const ports = new Map<string, number>();
    for (const host of [LOOPBACK, '127.0.0.2']) ports.set(host, await tlsServer({}, undefined, host));
    const strangers = newMaterial().cert;
    const facts = async (host: string, authorities: string[]): Promise<unknown> => {
      const port = ports.get(host) ?? ports.get(LOOPBACK) ?? 0;
      const judge = new Judge();
      await dial(port, { trust: judge, authorities }, host).call.opened;
      return (judge.asked[0] as unknown[])[3];
    };
    expect(await facts(LOOPBACK, [MATERIAL.cert])).toEqual({ chainIsValid: true });
    expect(await facts('localhost', [MATERIAL.cert])).toEqual({ chainIsValid: true });
    expect(await facts('localhost', [])).toEqual({ chainIsValid: false });
    expect(await facts(LOOPBACK, [strangers])).toEqual({ chainIsValid: false });
    // The certificate is of 127.0.0.1 and of localhost.
    expect(await facts('127.0.0.2', [MATERIAL.cert])).toEqual({ chainIsValid: false });
  });

  test('names the host to the server when it has a name, without the last dot, and never an address', async () => {
    // Whatever this machine's resolver says of a name with a dot.
    const lookup = vi.spyOn(dns, 'lookup') as unknown as { mockImplementation(one: unknown): void };
    lookup.mockImplementation((_host: string, _options: unknown, done: (...found: unknown[]) => void) =>
      done(null, [{ address: LOOPBACK, family: 4 }]),
    );
    const names: unknown[] = [];
    const port = await tlsServer({}, (socket) => names.push(socket.servername));
    for (const host of ['localhost', 'localhost.', LOOPBACK]) {
      await dial(port, { trust: new Judge() }, host).call.opened;
    }
    await expect.poll(() => names).toEqual(['localhost', 'localhost', false]);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('has what a proof over %s can be tied to', async (version) => {
    const exported: Buffer[] = [];
    const label = 'EXPORTER-Channel-Binding';
    const port = await tlsServer({ maxVersion: version }, (socket) =>
      exported.push(socket.exportKeyingMaterial(32, label, Buffer.alloc(0))),
    );
    const { call, transport } = dial(port, { trust: new Judge() });
    await call.opened;
    await expect.poll(() => exported.length).toBe(1);
    const { fingerprint256 } = new X509Certificate(MATERIAL.cert);
    const certificate = Uint8Array.from(Buffer.from(fingerprint256.replaceAll(':', ''), 'hex'));
    const expected = new Map([[Binding.CERTIFICATE as Binding, certificate]]);
    if (version === 'TLSv1.3') expected.set(Binding.EXPORTER, Uint8Array.from(exported[0] ?? []));
    expect(transport.bindings).toEqual(expected);
  });

  test('takes no session up again, for then no certificate is shown (KTG-2.9)', async () => {
    const reused: boolean[] = [];
    const port = await tlsServer({}, (socket) => {
      reused.push(socket.isSessionReused());
      socket.write('x');
    });
    for (let n = 0; n < 3; n++) {
      const judge = new Judge();
      const { call, transport } = dial(port, { trust: judge });
      await expect.poll(() => call.heard.length).toBe(1);
      transport.end();
      await call.closed;
      expect(judge.asked.length).toBe(1);
    }
    expect(reused).toEqual([false, false, false]);
  });
});

describe('dialTls fails', () => {
  const trust = new Judge();

  test.each([
    ['a server of HTTP', (): string => 'HTTP/1.1 400 Bad Request\r\n\r\n', 'not-tls'],
    ['a server of plain frames', (): string => '\0\0\0\x05hello', 'not-tls'],
    ['a server of something else', (): string => 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n', 'not-tls'],
  ])('at %s', async (_, answer, tlsProblem) => {
    const port = await listen((socket) => socket.once('data', () => socket.write(answer())));
    expect(await dial(port, { trust }).call.closed).toMatchObject({ reason: 'tls', tlsProblem });
  });

  test('where TLS agrees on another protocol, or on none', async () => {
    const http = await tlsServer({ ALPNProtocols: ['http/1.1'] });
    expect(await dial(http, { trust }).call.closed).toMatchObject({
      reason: 'tls',
      tlsProblem: 'other-protocol',
    });
    const heard: Buffer[] = [];
    const none = await tlsServer({ ALPNProtocols: [] }, (socket) =>
      socket.on('data', (chunk: Buffer) => heard.push(chunk)),
    );
    const { call, transport } = dial(none, { trust: trustOnly(MATERIAL.fingerprint) });
    transport.write(Buffer.from('hello'));
    expect(await call.closed).toMatchObject({ reason: 'tls', tlsProblem: 'other-protocol' });
    expect(heard).toEqual([]);
  });

  test('at a server that refuses the handshake', async () => {
    const port = await tlsServer({ minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_CCM_SHA256' });
    expect(await dial(port, { trust }).call.closed).toMatchObject({ reason: 'tls', tlsProblem: 'refused' });
  });

  test('at a server that has nothing newer than TLS 1.1', async () => {
    const port = await tlsServer({
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    });
    expect(await dial(port, { trust }).call.closed).toMatchObject({ reason: 'tls', tlsProblem: 'refused' });
  });

  test('when the handshake does not come to an end', async () => {
    const port = await listen(() => undefined);
    expect(await dial(port, { trust, connectTimeoutMs: 80 }).call.closed).toMatchObject({
      reason: 'tls',
      tlsProblem: 'timeout',
    });
  });

  test('with what the network says when there is no connection, or when it is cut in the handshake', async () => {
    const cut = await listen((socket) => socket.destroy());
    expect(await dial(cut, { trust }).call.closed).toMatchObject({ code: 'ECONNRESET' });
    await tearDown();
    expect(await dial(cut, { trust }).call.closed).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('a client over TLS', () => {
  test('chats', async () => {
    const server = await serve();
    const client = clientOf({
      dial: dialTls(LOOPBACK, server.port, { trust: trustOnly(server.fingerprint) }),
      name: 'alice',
      secret,
    });
    expect((await client.connect()).name).toBe('alice');
    const view = await client.join('lobby');
    const receipts = await Promise.all(Array.from({ length: 200 }, (_, n) => view.send(`${n}`)));
    expect(receipts.map(({ seq }) => seq)).toEqual(receipts.map((_, n) => n + 2));
  });

  test('pipes a long text into a server with a rate, and is slowed, never refused', async () => {
    const server = await serve({ rate: 400, burst: 100 });
    const client = clientOf({
      dial: dialTls(LOOPBACK, server.port, { trust: trustOnly(server.fingerprint) }),
      name: 'alice',
      secret,
    });
    const told: unknown[] = [];
    client.on('fault', (error) => told.push(error));
    await client.connect();
    const view = await client.join('lobby');
    const began = performance.now();
    const receipts = await Promise.all(Array.from({ length: 700 }, (_, n) => view.send(`${n}`)));
    expect(performance.now() - began).toBeGreaterThan(1_400);
    expect(receipts.map(({ seq }) => seq)).toEqual(receipts.map((_, n) => n + 2));
    expect(told).toEqual([]);
  });

  test.each([
    ['is not TLS', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['is plain', '\0\0\0\x05hello'],
  ])('gives up at once where the server %s', async (_, answer) => {
    let connections = 0;
    const port = await listen((socket) => {
      connections++;
      socket.once('data', () => socket.end(answer));
    });
    const trust = trustOnly(MATERIAL.fingerprint);
    const client = clientOf({ dial: dialTls(LOOPBACK, port, { trust }), name: 'alice', secret });
    await expect(client.connect()).rejects.toMatchObject({ reason: 'tls', tlsProblem: 'not-tls' });
    await new Promise((resume) => setTimeout(resume, 60));
    expect(connections).toBe(1);
  });

  test('keeps trying where the handshake is cut off', async () => {
    let connections = 0;
    const port = await listen((socket) => {
      connections++;
      socket.destroy();
    });
    const trust = trustOnly(MATERIAL.fingerprint);
    const client = clientOf({ dial: dialTls(LOOPBACK, port, { trust }), name: 'alice', secret });
    void client.connect().catch(() => undefined);
    await expect.poll(() => connections).toBeGreaterThan(2);
  });
});
