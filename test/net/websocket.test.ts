// The rules of messages, over real WebSockets and over bytes that no library would send.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Binding, withPrefix } from '../../src/protocol/index.ts';
import { messagesOf } from '../../src/net/websocket-connection.ts';
import { Bench, until, type Witness } from './bench.ts';
import { dialTcp, shakeHands, socketTalk, type Talk, webSocketTalk } from './dial.ts';

let bench: Bench;
afterEach(() => bench.close());

function frame(length: number): Buffer {
  return Buffer.from(withPrefix(new Uint8Array(length).fill(length % 251)));
}

async function connect(): Promise<{ client: Talk; session: Witness }> {
  bench = await Bench.open();
  const { port } = bench.listener.address;
  const client = await webSocketTalk(await dialTcp(port), `ws://127.0.0.1:${port}/kentongan`);
  await until(() => bench.sessions.length === 1);
  const [session] = bench.sessions;
  if (session === undefined) throw new Error('nobody came in');
  return { client, session };
}

const FIN = 0x80;
const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A frame of RFC 6455 as a client sends it, masked with zeros. */
function wsFrame(first: number, payload: Uint8Array): Buffer {
  const length = Buffer.alloc(payload.length < 126 ? 1 : 3, 0x80 | 126);
  if (payload.length < 126) length[0] = 0x80 | payload.length;
  else length.writeUInt16BE(payload.length, 1);
  return Buffer.concat([Buffer.of(first), length, Buffer.alloc(4), payload]);
}

/** A WebSocket whose frames the test writes itself, and what the server has sent in its own. */
async function handmade(): Promise<{ client: Talk; session: Witness; sent: () => Buffer }> {
  bench = await Bench.open();
  const client = socketTalk(await dialTcp(bench.listener.address.port));
  const lines = [
    'GET /kentongan HTTP/1.1',
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: kentongan.v1',
  ];
  client.send(Buffer.from([...lines, '', ''].join('\r\n')));
  await until(() => client.received.includes('\r\n\r\n'));
  const head = client.received.indexOf('\r\n\r\n') + 4;
  const [session] = bench.sessions;
  if (session === undefined) throw new Error('nobody came in');
  return { client, session, sent: () => client.received.subarray(head) };
}

/** A Close with its code, as a server sends it. */
function close(code: number): string {
  return Buffer.of(FIN | OPCODE.close, 2, code >> 8, code & 0xff).toString('hex');
}

describe('a message from a client', () => {
  test('is one frame or several', async () => {
    const { client, session } = await connect();
    const message = Buffer.concat([frame(1), frame(300), frame(20)]);
    client.send(message);
    client.send(frame(65_536));
    await until(() => session.received.length === message.length + 65_540);
    expect(session.received.subarray(0, message.length)).toEqual(message);
    expect(session.count('receive')).toBe(2);
  });

  test.each([
    ['is empty', Buffer.alloc(0), 1002],
    ['is shorter than a prefix', Buffer.of(0, 0, 0), 1002],
    ['ends inside a frame', frame(9).subarray(0, 12), 1002],
    ['goes on behind a frame', Buffer.concat([frame(9), Buffer.of(0)]), 1002],
    ['begins inside a frame', frame(9).subarray(1), 1002],
    ['has a length without its bytes', Buffer.of(0xff, 0xff, 0xff, 0xff), 1002],
    ['is longer than one frame may be', Buffer.concat([frame(65_530), frame(10)]), 1009],
  ] as const)('that %s closes', async (_what, message, code) => {
    const { client, session } = await connect();
    client.send(message);
    await until(() => client.ended || session.calls.length > 0);
    expect(session.received.length).toBe(0);
    expect(client.code).toBe(code);
    await until(() => session.count('lost') === 1);
    expect(session.calls).toEqual(['lost']);
    expect(client.received.length).toBe(0);
  });

  test('that is a text closes', async () => {
    const { client, session, sent } = await handmade();
    client.send(wsFrame(FIN | OPCODE.text, frame(1)));
    await until(() => sent().length === 4);
    expect(sent().toString('hex')).toBe(close(1003));
    // The server waits for the answer to its Close, but not for long, and hears nothing more.
    client.send(wsFrame(FIN | OPCODE.binary, frame(1)));
    await until(() => session.count('lost') === 1);
    expect(session.calls).toEqual(['lost']);
  });

  test('may come in 64 fragments, and not in more', async () => {
    const { client, session, sent } = await handmade();
    const message = frame(124);
    const inFragments = (count: number): void => {
      for (let at = 0; at < count; at++) {
        const isLast = at === count - 1;
        const piece = isLast ? message.subarray(at) : message.subarray(at, at + 1);
        client.send(wsFrame((isLast ? FIN : 0) | (at === 0 ? OPCODE.binary : OPCODE.continuation), piece));
      }
    };
    inFragments(64);
    await until(() => session.received.length > 0);
    expect(session.received).toEqual(message);
    inFragments(65);
    await until(() => sent().length === 4);
    expect(sent().toString('hex')).toBe(close(1008));
  });

  test('that never ends, in empty fragments, closes', async () => {
    const { client, session, sent } = await handmade();
    client.send(wsFrame(OPCODE.binary, Buffer.alloc(0)));
    for (let count = 0; count < 70; count++) client.send(wsFrame(OPCODE.continuation, Buffer.alloc(0)));
    await until(() => sent().length === 4);
    expect(sent().toString('hex')).toBe(close(1008));
    expect(session.calls).toEqual([]);
  });

  test.each([
    ['is not masked', Buffer.of(FIN | OPCODE.binary, 1, 0), 1002],
    ['has an unknown opcode', wsFrame(FIN | 3, Buffer.alloc(0)), 1002],
    ['has a reserved bit', wsFrame(FIN | 0x40 | OPCODE.binary, frame(1)), 1002],
    ['continues nothing', wsFrame(FIN | OPCODE.continuation, frame(1)), 1002],
    ['is as long as no memory', Buffer.from('82ff7fffffffffffffff00000000', 'hex'), 1009],
    ['is longer than one frame may be', Buffer.from('82ff0000000000010005000000000000', 'hex'), 1009],
  ] as const)('that %s closes', async (_what, bytes, code) => {
    const { client, session, sent } = await handmade();
    client.send(bytes);
    await until(() => sent().length >= 4);
    expect(sent().toString('hex')).toBe(close(code));
    client.finish();
    await until(() => session.count('lost') === 1);
    expect(session.calls).toEqual(['lost']);
  });
});

describe('control frames', () => {
  test('a Ping is answered', async () => {
    const { client, sent } = await handmade();
    client.send(wsFrame(FIN | OPCODE.ping, Buffer.from('hey')));
    await until(() => sent().length > 0);
    expect(sent().toString('hex')).toBe(`8a03${Buffer.from('hey').toString('hex')}`);
  });

  test('Pings whose answers nobody reads do not fill the memory', async () => {
    const { client, session } = await handmade();
    client.pause();
    const pings = Buffer.concat(
      Array.from({ length: 500 }, () => wsFrame(FIN | OPCODE.ping, Buffer.alloc(125))),
    );
    const flood = (): void => {
      while (client.raw.writable && client.raw.write(pings)) continue;
    };
    client.raw.on('drain', flood);
    flood();
    await until(() => session.count('lost') === 1);
    expect(session.calls).toEqual(['lost']);
  });

  test.each([
    ['Pongs', OPCODE.pong],
    ['Pings', OPCODE.ping],
  ])('may be 64 in a second, not more: %s', async (_what, opcode) => {
    const { client, session, sent } = await handmade();
    const piece = wsFrame(FIN | opcode, Buffer.alloc(0));
    // A few at a time: of what comes at once ws itself answers 60 Pings at most.
    for (let count = 0; count < 64; count += 16) {
      client.send(Buffer.concat(Array.from({ length: 16 }, () => piece)));
      client.send(wsFrame(FIN | OPCODE.binary, frame(1)));
      await until(() => session.count('receive') === count / 16 + 1);
    }
    client.send(piece);
    await until(() => sent().toString('hex').endsWith(close(1008)));
    const started = performance.now();
    const flood = (): void => {
      while (client.raw.writable && client.raw.write(Buffer.alloc(65_536, piece))) continue;
    };
    client.raw.on('drain', flood);
    flood();
    await until(() => session.count('lost') === 1);
    // Not the time that lingering may take.
    expect(performance.now() - started).toBeLessThan(1_900);
    expect(session.count('receive')).toBe(4);
  });

  test('a Close is answered and is a loss', async () => {
    const { client, session, sent } = await handmade();
    client.send(wsFrame(FIN | OPCODE.close, Buffer.of(0x03, 0xe8)));
    await until(() => session.count('lost') === 1 || client.ended);
    expect(sent().toString('hex')).toBe(close(1000));
    client.finish();
    await until(() => session.count('lost') === 1);
    expect(session.calls).toEqual(['lost']);
  });

  test('who never answers a Close is cut', async () => {
    const { client, session, sent } = await handmade();
    session.connection.write([frame(5)]);
    session.connection.end();
    await until(() => sent().length === 2 + 9 + 4);
    expect(sent().toString('hex')).toBe(`8209${frame(5).toString('hex')}${close(1000)}`);
    expect(session.count('lost')).toBe(0);
    await until(() => session.count('lost') === 1);
    expect(session.connection.write([frame(5)])).toBe(true);
    client.destroy();
  });

  test('who talks on after the end is cut after a quarter of a megabyte', async () => {
    const { client, session } = await handmade();
    session.connection.end();
    const started = performance.now();
    const flood = (): void => {
      while (client.raw.writable && client.raw.write(wsFrame(FIN | OPCODE.binary, frame(60_000)))) continue;
    };
    client.raw.on('drain', flood);
    flood();
    await until(() => session.count('lost') === 1);
    // Not the time that lingering may take.
    expect(performance.now() - started).toBeLessThan(1_900);
    expect(session.count('receive')).toBe(0);
  });
});

describe('what a proof can be tied to', () => {
  test('is the page that has connected, if it is the server’s own, over TLS alone', async () => {
    bench = await Bench.open(() => true, '127.0.0.1', { origins: ['https://chat.example'] });
    const { port } = bench.listener.address;
    const secure = async (): Promise<[Awaited<ReturnType<typeof dialTcp>>, string]> => [
      await dialTcp(port),
      `wss://127.0.0.1:${port}/kentongan`,
    ];
    const own = `https://127.0.0.1:${port}`;
    const bound = new Uint8Array(createHash('sha256').update(own).digest());
    // What a page of elsewhere proves to one server it proves to all that let it in.
    for (const [origin, bindings] of [
      [own, [[Binding.ORIGIN, bound]]],
      ['https://chat.example', []],
    ] as const) {
      const [raw, url] = await secure();
      await webSocketTalk(raw, url, await shakeHands(raw), { origin });
      expect([...(bench.sessions.at(-1)?.connection.bindings ?? [])]).toEqual(bindings);
    }
    const raw = await dialTcp(port);
    await webSocketTalk(raw, `ws://127.0.0.1:${port}/kentongan`, raw, { origin: `http://127.0.0.1:${port}` });
    expect(bench.sessions.at(-1)?.connection.bindings.size).toBe(0);
  });
});

test('a page that may not connect does not come in, nor one with another protocol', async () => {
  bench = await Bench.open();
  const { port } = bench.listener.address;
  const refused = (protocols: string[], origin: string): Promise<string> =>
    new Promise((resolve) => {
      const websocket = new WebSocket(`ws://127.0.0.1:${port}/kentongan`, protocols, { origin });
      websocket.on('error', ({ message }) => resolve(message));
      websocket.on('open', () => resolve('open'));
    });
  expect(await refused(['kentongan.v1'], 'null')).toBe('Unexpected server response: 403');
  expect(await refused(['kentongan.v2'], `http://127.0.0.1:${port}`)).toBe('Unexpected server response: 400');
  expect(bench.sessions).toEqual([]);
});

describe('messages from the server', () => {
  test('hold whole frames, in order, and long parts are not copied', () => {
    const sizes = fc.oneof(fc.nat(300), fc.integer({ min: 2_000, max: 2_100 }), fc.constant(65_536));
    const part = fc.array(
      sizes.map((length) => frame(length + 1)),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (frames) => {
        const parts = frames.map((run) => Buffer.concat(run));
        const messages = [...messagesOf(parts)];
        expect(Buffer.concat(messages).equals(Buffer.concat(parts))).toBe(true);
        for (const message of messages) {
          expect(message.length).toBeGreaterThan(0);
          expect(message.length).toBeLessThanOrEqual(262_144);
          let at = 0;
          const bytes = Buffer.from(message);
          while (at < bytes.length) at += 4 + bytes.readUInt32BE(at);
          expect(at).toBe(bytes.length);
        }
        for (const run of parts) {
          if (run.length < 2_048 || run.length > 262_144) continue;
          expect(messages).toContain(run);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('a run that is too long is cut between frames, without a copy', () => {
    const run = Buffer.concat(Array.from({ length: 10 }, () => frame(65_536)));
    const messages = [...messagesOf([run])];
    expect(messages.map(({ length }) => length / 65_540)).toEqual([3, 3, 3, 1]);
    for (const message of messages) expect(message.buffer).toBe(run.buffer);
  });
});
