import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import {
  ClientError,
  dialWebSocket,
  type Transport,
  type TransportListener,
  type WebSocketEvent,
  type WebSocketLike,
  type WebSocketOptions,
} from '../../../clients/sdk/index.ts';
import { identityOf, makeSeed } from '../../../clients/sdk/identity.ts';
import { Binding, FaultCode, Mark } from '../../../src/protocol/index.ts';
import { atEnd, clientOf, listening, LOOPBACK, type SecureServer, serve, tearDown } from './secure.ts';

afterEach(async () => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  await tearDown();
});

const secret = new Uint8Array(32).fill(1);

/** As a browser that has accepted the certificate, on a page of this origin. */
function browser(origin?: string): NonNullable<WebSocketOptions['WebSocket']> {
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { rejectUnauthorized: false, ...(origin === undefined ? {} : { origin }) });
    }
  };
}

const urlOf = ({ port }: Pick<SecureServer, 'port'>, scheme = 'wss'): string =>
  `${scheme}://${LOOPBACK}:${port}/kentongan`;

/** What a transport tells. */
class Told implements TransportListener {
  readonly told: string[] = [];
  error: Error | undefined;

  onOpen(): void {
    this.told.push('open');
  }

  onData(chunk: Uint8Array): void {
    this.told.push(`data ${Buffer.from(chunk).toString()}`);
  }

  onClose(error?: Error): void {
    this.error = error;
    this.told.push('close');
  }
}

/** A WebSocket server that does what the test wants with each connection. */
async function serveWebSockets(
  onSocket: (socket: WebSocket) => void,
): Promise<{ url: string; messages: string[] }> {
  const messages: string[] = [];
  const server: Server = createServer();
  const websockets = new WebSocketServer({ server, handleProtocols: (offered) => [...offered][0] ?? false });
  websockets.on('connection', (socket) => {
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer, isBinary) =>
      messages.push(`${isBinary ? 'binary' : 'text'} ${data.toString()}`),
    );
    onSocket(socket);
  });
  atEnd(() => {
    for (const socket of websockets.clients) socket.terminate();
    server.close();
  });
  return { url: `ws://${LOOPBACK}:${await listening(server)}/`, messages };
}

function dial(url: string, options: WebSocketOptions = { WebSocket }): { told: Told; transport: Transport } {
  const told = new Told();
  const transport = dialWebSocket(url, options)(told);
  atEnd(() => transport.destroy());
  return { told, transport };
}

describe('dialWebSocket', () => {
  test('sends each write as one binary message, those before it is open, too', async () => {
    const server = await serveWebSockets((socket) => socket.send(Buffer.from('hello')));
    const { told, transport } = dial(server.url);
    transport.write(Buffer.from('one'));
    transport.write(Buffer.from('two'));
    expect(transport.bufferedBytes).toBe(6);
    await expect.poll(() => told.told).toEqual(['open', 'data hello']);
    transport.write(Buffer.from('three'));
    transport.end();
    await expect.poll(() => server.messages).toEqual(['binary one', 'binary two', 'binary three']);
    await expect.poll(() => told.told.at(-1)).toBe('close');
    expect(told.error).toBe(undefined);
    expect(transport.bufferedBytes).toBe(0);
    transport.write(Buffer.from('four'));
    expect(server.messages.length).toBe(3);
  });

  test('says how the server has ended it', async () => {
    const server = await serveWebSockets((socket) => socket.close(1009, 'too long'));
    const { told } = dial(server.url);
    await expect.poll(() => told.told).toEqual(['open', 'close']);
    expect(told.error).toMatchObject({ message: 'WebSocket closed: 1009 too long' });
  });

  test('fails at a message of text, and hears no more', async () => {
    const server = await serveWebSockets((socket) => {
      socket.send('text');
      socket.send(Buffer.from('binary'));
    });
    const { told } = dial(server.url);
    await expect.poll(() => told.told).toEqual(['open', 'close']);
    expect(told.error).toMatchObject({ reason: 'protocol' });
    expect(told.error).toBeInstanceOf(ClientError);
  });

  test('fails where the server agrees on another protocol', async () => {
    const { told } = dial('ws://unused', { WebSocket: fake({ protocol: '' }) });
    FakeSocket.newest?.fire('open');
    await expect.poll(() => told.told).toEqual(['close']);
    expect(told.error).toMatchObject({ reason: 'protocol' });
  });

  test('fails when nobody answers in time, and is silent from then on', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { told } = dial('ws://unused', { WebSocket: fake({}), connectTimeoutMs: 700 });
    vi.advanceTimersByTime(699);
    expect(told.told).toEqual([]);
    vi.advanceTimersByTime(2);
    expect(told.told).toEqual(['close']);
    expect(told.error).toMatchObject({ reason: 'unreachable' });
    const socket = FakeSocket.newest;
    expect(socket?.closed).toBe(true);
    socket?.fire('open');
    socket?.fire('message', { data: new ArrayBuffer(1) });
    socket?.fire('close', { code: 1006, reason: '' });
    vi.advanceTimersByTime(10);
    expect(told.told).toEqual(['close']);
  });

  test.each([
    ['refuses the address', { WebSocket: WebSocket as never }, 'no url'],
    ['has no WebSocket', {}, 'ws://unused'],
  ])('tells it later when the platform %s', async (_, options, url) => {
    vi.stubGlobal('WebSocket', undefined);
    const told = new Told();
    const transport = dialWebSocket(url, options)(told);
    expect(told.told).toEqual([]);
    transport.write(new Uint8Array(1));
    await expect.poll(() => told.told).toEqual(['close']);
    expect(told.error).toBeInstanceOf(Error);
  });

  test('takes the WebSocket and the origin of the platform, asks for kentongan.v1 and for bytes', async () => {
    vi.stubGlobal('WebSocket', fake({}));
    vi.stubGlobal('origin', 'https://kelas.lan:7660');
    const { transport } = dial('wss://kelas.lan:7660/kentongan', {});
    expect(FakeSocket.newest).toMatchObject({
      url: 'wss://kelas.lan:7660/kentongan',
      protocols: ['kentongan.v1'],
      binaryType: 'arraybuffer',
    });
    const digest = createHash('sha256').update('https://kelas.lan:7660').digest();
    expect(await transport.bindings).toEqual(new Map([[Binding.ORIGIN, Uint8Array.from(digest)]]));
  });

  test.each([
    ['a page that came over http', 'wss://kelas.lan', 'http://kelas.lan'],
    ['a WebSocket without TLS', 'ws://localhost', 'https://kelas.lan'],
    ['a page without an origin', 'wss://kelas.lan', 'null'],
    ['a program that is no page', 'wss://kelas.lan', undefined],
  ])('has nothing to tie a proof to with %s', async (_, url, origin) => {
    const { transport } = dial(url, { WebSocket: fake({}), ...(origin === undefined ? {} : { origin }) });
    expect(await transport.bindings).toEqual(new Map());
  });
});

/** A WebSocket that does what the test says. */
class FakeSocket implements WebSocketLike {
  static newest: FakeSocket | undefined;
  binaryType = 'blob';
  readonly protocol: string = 'kentongan.v1';
  readonly bufferedAmount = 0;
  readonly url: string;
  readonly protocols: string[];
  closed = false;
  readonly #listeners = new Map<string, (event: WebSocketEvent) => void>();

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
    FakeSocket.newest = this;
  }

  addEventListener(type: string, listener: (event: WebSocketEvent) => void): void {
    this.#listeners.set(type, listener);
  }

  fire(type: string, event: Omit<WebSocketEvent, 'type'> = {}): void {
    this.#listeners.get(type)?.({ type, ...event });
  }

  send(): void {}

  close(): void {
    this.closed = true;
  }
}

function fake(fields: { protocol?: string }): new (url: string, protocols: string[]) => FakeSocket {
  return class extends FakeSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      Object.assign(this, fields);
    }
  };
}

describe('a client through a WebSocket of the real server', () => {
  test.each(['ws', 'wss'])('chats over %s, and goes on after a loss', async (scheme) => {
    const server = await serve();
    const sockets: WebSocket[] = [];
    const Browser = class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { rejectUnauthorized: false });
        sockets.push(this);
      }
    };
    const client = clientOf({
      dial: dialWebSocket(urlOf(server, scheme), { WebSocket: Browser }),
      name: 'alice',
      secret,
    });
    const seqs: number[] = [];
    const texts: string[] = [];
    client.on('entry', ({ seq, kind }) => {
      seqs.push(seq);
      if (kind.type === 'chat') texts.push(kind.text);
    });
    await client.connect();
    const view = await client.join('lobby');
    const long = 'x'.repeat(16_000);
    await Promise.all(Array.from({ length: 40 }, () => view.send(long)));
    sockets[0]?.terminate();
    const receipts = await Promise.all(Array.from({ length: 40 }, (_, n) => view.send(`${n}`)));
    expect(sockets.length).toBe(2);
    await expect.poll(() => seqs.at(-1)).toBe(receipts.at(-1)?.seq);
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
    expect(texts).toEqual([...receipts.map(() => long), ...receipts.map((_, n) => `${n}`)]);
  });

  test('proves a key on the server’s own page, and not with another origin than it has said', async () => {
    const server = await serve();
    const origin = `https://${LOOPBACK}:${server.port}`;
    const identity = identityOf(makeSeed());
    const page = (said: string, believed: string): ReturnType<typeof dialWebSocket> =>
      dialWebSocket(urlOf(server), { WebSocket: browser(said), origin: believed });
    const welcome = await clientOf({ dial: page(origin, origin), name: 'alice', identity }).connect();
    expect(welcome).toMatchObject({ name: 'alice', mark: Mark.BOUND });
    // A page of somebody else who passes on what it is told.
    const fooled = clientOf({ dial: page(origin, 'https://elsewhere.example'), name: 'alice', identity });
    await expect(fooled.connect()).rejects.toMatchObject({ code: FaultCode.AUTH_FAILED });
  });

  test('is no page and can prove nothing', async () => {
    const server = await serve();
    const dialled = dialWebSocket(urlOf(server), { WebSocket: browser() });
    const client = clientOf({ dial: dialled, name: 'alice', identity: identityOf(makeSeed()) });
    await expect(client.connect()).rejects.toMatchObject({ reason: 'no-proof' });
  });

  test('is refused as a page of somebody else', async () => {
    const server = await serve();
    const dialled = dialWebSocket(urlOf(server), { WebSocket: browser('https://elsewhere.example') });
    const client = clientOf({ dial: dialled, name: 'alice', secret, reconnect: false });
    await expect(client.connect()).rejects.toMatchObject({ reason: 'unreachable' });
  });
});
