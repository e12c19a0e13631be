import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ChatClient } from '../../../clients/sdk/index.ts';
import { dialTcp } from '../../../clients/sdk/tcp.ts';
import { decodeFrame, encodeFrame, FrameSplitter } from '../../../src/protocol/index.ts';
import { joined, kindOf, roster, ALICE, stored, textOf, welcome } from './stage.ts';

const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  vi.useRealTimers();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A server that lets alice in and hears what she says. */
function converse(socket: Socket, said: string[], answers = true): void {
  const splitter = new FrameSplitter();
  socket.on('data', (chunk) => {
    splitter.write(chunk);
    for (let payload = splitter.next(); payload !== undefined; payload = splitter.next()) {
      const frame = decodeFrame(payload);
      const kind = kindOf(frame);
      if (kind === 'hello') socket.write(encodeFrame(welcome()));
      if (kind === 'join') {
        socket.write(encodeFrame(joined(frame.ref, frame.room)));
        socket.write(encodeFrame(roster(frame.room, 0, [ALICE])));
      }
      if (kind === 'chat') {
        said.push(textOf(frame) ?? '');
        if (answers) socket.write(encodeFrame(stored(frame, said.length)));
      }
    }
  });
}

const secret = new Uint8Array(32).fill(1);

describe('dialTcp', () => {
  test('carries a conversation, and ends it from our side first', async () => {
    const said: string[] = [];
    const ended: boolean[] = [];
    const port = await listen((socket) => {
      converse(socket, said);
      socket.on('end', () => {
        ended.push(true);
        socket.end();
      });
    });
    const client = new ChatClient({ dial: dialTcp('127.0.0.1', port), name: 'alice', secret });
    await client.connect();
    const view = await client.join('lobby');
    const texts = Array.from({ length: 500 }, (_, n) => `${n} ${'x'.repeat(n)}`);
    const receipts = await Promise.all(texts.map((text) => view.send(text)));
    expect(said).toEqual(texts);
    expect(receipts.map(({ seq }) => seq)).toEqual(texts.map((_, n) => n + 1));
    await client.close();
    expect(ended).toEqual([true]);
  });

  test('flushes what was written before close()', async () => {
    const said: string[] = [];
    const port = await listen((socket) => {
      converse(socket, said);
      socket.on('end', () => socket.end());
    });
    const client = new ChatClient({ dial: dialTcp('127.0.0.1', port), name: 'alice', secret });
    await client.connect();
    const view = await client.join('lobby');
    const last = view.send('last').catch(({ reason }: { reason: string }) => reason);
    await client.close();
    expect(await last).toBe('closed');
    expect(said).toEqual(['last']);
  });

  test('notices when the server ends the conversation, and comes back', async () => {
    let connections = 0;
    const port = await listen((socket) => {
      connections++;
      converse(socket, []);
      if (connections === 1) socket.end(encodeFrame(welcome()));
    });
    const reconnect = { minMs: 1, maxMs: 5 };
    const client = new ChatClient({ dial: dialTcp('127.0.0.1', port), name: 'alice', secret, reconnect });
    const causes: string[] = [];
    client.on('state', (state) => {
      if (state.at === 'waiting') causes.push(state.cause.reason);
    });
    await client.connect();
    await client.join('lobby');
    expect(causes).toEqual(['disconnected']);
    expect(connections).toBe(2);
    await client.close();
  });

  test('says why there is no connection', async () => {
    const port = await listen(() => undefined);
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    const client = new ChatClient({
      dial: dialTcp('127.0.0.1', port),
      name: 'alice',
      secret,
      reconnect: false,
    });
    await expect(client.connect()).rejects.toMatchObject({
      reason: 'unreachable',
      cause: { code: 'ECONNREFUSED' },
    });
  });

  test('gives up when nobody answers in time', async () => {
    const port = await listen(() => undefined);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const error = await new Promise<Error | undefined>((resolve) => {
      const listener = { onOpen: () => undefined, onData: () => undefined, onClose: resolve };
      dialTcp('127.0.0.1', port, { connectTimeoutMs: 700 })(listener);
      vi.advanceTimersByTime(700);
    });
    expect(error).toMatchObject({ code: 'ETIMEDOUT', address: '127.0.0.1', port });
  });

  test('tells how much the network has not taken yet', async () => {
    const port = await listen((socket) => socket.pause());
    const opened = await new Promise<{ bufferedBytes: number; destroy(): void }>((resolve) => {
      const transport = dialTcp(
        '127.0.0.1',
        port,
      )({ onOpen: () => resolve(transport), onData: () => undefined, onClose: () => undefined });
      expect(transport.bufferedBytes).toBe(0);
      transport.write(new Uint8Array(8_000_000));
    });
    expect(opened.bufferedBytes).toBeGreaterThan(0);
    opened.destroy();
  });

  test('comes back after a reset, and repeats what has no answer', async () => {
    const said: string[] = [];
    let connections = 0;
    const port = await listen((socket) => {
      connections++;
      if (connections > 1) {
        converse(socket, said);
        return;
      }
      // Lets the client in, then cuts it off as soon as it speaks.
      const unheard: string[] = [];
      converse(socket, unheard, false);
      socket.on('data', () => {
        if (unheard.length > 0) socket.resetAndDestroy();
      });
    });
    const reconnect = { minMs: 1, maxMs: 5 };
    const client = new ChatClient({ dial: dialTcp('127.0.0.1', port), name: 'alice', secret, reconnect });
    await client.connect();
    const view = await client.join('lobby');
    const receipts = await Promise.all([view.send('a'), view.send('b')]);
    expect(said).toEqual(['a', 'b']);
    expect(receipts.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(connections).toBe(2);
    await client.close();
  });
});
