// Chapter 2.6 of docs/protocol.md over real WebSockets and HTTP, in plain and over TLS, on the loopback interface.
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Binding } from '../../../src/protocol/gen/kentongan/v1/kentongan.ts';
import { FRAME_BYTES_MAX } from '../../../src/protocol/limits.ts';
import { sha256 } from '../rig.ts';
import { concat, fromHex, toHex } from '../spec-codec.ts';
import {
  closeDoors,
  type Door,
  doorway,
  ECHO_HEX,
  FRAME,
  headOf,
  plainly,
  secretly,
  untilEnd,
} from './doorway.ts';

afterEach(closeDoors);

interface Upgrade {
  readonly secure?: boolean;
  readonly path?: string;
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

function dial(
  { port }: Door,
  { secure = false, path = '/kentongan', protocols, headers }: Upgrade = {},
): WebSocket {
  const socket = new WebSocket(
    `${secure ? 'wss' : 'ws'}://127.0.0.1:${port}${path}`,
    [...(protocols ?? ['kentongan.v1'])],
    { rejectUnauthorized: false, headers: { ...headers } },
  );
  socket.on('error', () => undefined);
  return socket;
}

async function opened(door: Door, upgrade?: Upgrade): Promise<WebSocket> {
  const socket = dial(door, upgrade);
  await once(socket, 'open');
  return socket;
}

/** The code with which the server closes. */
async function closedWith(socket: WebSocket): Promise<number> {
  const [code] = (await once(socket, 'close')) as [number];
  return code;
}

async function message(socket: WebSocket): Promise<string> {
  const [data, isBinary] = (await once(socket, 'message')) as [Uint8Array, boolean];
  return `${isBinary ? 'binary' : 'text'} ${toHex(data)}`;
}

/** A frame whose payload is so long. */
function frameOf(length: number): Uint8Array {
  const prefix = new Uint8Array(4);
  new DataView(prefix.buffer).setUint32(0, length);
  return concat([prefix, new Uint8Array(length)]);
}

const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';

/** A handshake as it should be, with some lines in place of others; `undefined` leaves one out. */
function request(
  changes: Readonly<Record<string, string | undefined>> = {},
  path = '/kentongan',
  method = 'GET',
): string {
  const lines: Record<string, string | undefined> = {
    Host: 'localhost',
    Connection: 'Connection: Upgrade',
    Upgrade: 'Upgrade: websocket',
    Version: 'Sec-WebSocket-Version: 13',
    Key: KEY,
    Protocol: 'Sec-WebSocket-Protocol: kentongan.v1',
    ...changes,
  };
  const { Host: host, ...others } = lines;
  const said = [host === undefined ? undefined : `Host: ${host}`, ...Object.values(others)];
  return `${method} ${path} HTTP/1.1\r\n${said.filter((line) => line !== undefined).join('\r\n')}\r\n\r\n`;
}

async function statusOf({ port }: Door, head: string, secure = false): Promise<number> {
  const socket = secure ? await secretly(port) : plainly(port);
  const heard = untilEnd(socket);
  socket.write(head);
  socket.once('data', (chunk: Uint8Array) => {
    if (headOf(chunk).status === 101) socket.destroy();
  });
  return headOf((await heard).bytes).status;
}

describe('a WebSocket', () => {
  for (const secure of [false, true]) {
    test(`KTG-2.18 KTG-2.19 carries frames in binary messages, ${secure ? 'wss' : 'ws'}`, async () => {
      const door = await doorway();
      const socket = await opened(door, { secure });
      expect(socket.protocol).toBe('kentongan.v1');
      expect(socket.extensions).toBe('');
      socket.send(concat([FRAME, FRAME]));
      expect(await message(socket)).toBe(`binary ${ECHO_HEX}`);
      expect(door.connections[0]).toMatchObject({ plain: false });
    });
  }

  test('KTG-2.19 a message of the largest frame is taken, one more byte is not', async () => {
    const door = await doorway();
    const socket = await opened(door);
    socket.send(frameOf(FRAME_BYTES_MAX));
    expect(await message(socket)).toBe(`binary ${ECHO_HEX}`);
    socket.send(concat([frameOf(FRAME_BYTES_MAX), new Uint8Array(1)]));
    expect(await closedWith(socket)).toBe(1009);
  });

  test('KTG-2.19 KTG-2.20 in at most 64 fragments', async () => {
    const door = await doorway();
    for (const [count, fate] of [
      [64, `binary ${ECHO_HEX}`],
      [65, 1008],
    ] as const) {
      const socket = await opened(door);
      const bytes = frameOf(count - 4);
      for (let n = 0; n < count; n++) {
        socket.send(bytes.subarray(n, n + 1), { fin: n === count - 1, binary: true });
      }
      expect({ count, heard: await Promise.race([message(socket), closedWith(socket)]) }).toEqual({
        count,
        heard: fate,
      });
    }
  });

  test('KTG-2.19 a message of the server is whole frames, at most 262144 bytes', async () => {
    const frame = frameOf(60_000);
    const run = concat(Array.from({ length: 12 }, () => frame));
    const door = await doorway({
      accept: (connection) => ({
        receive: () => void connection.write([run, FRAME]),
        finish: () => undefined,
        lost: () => undefined,
        writable: () => undefined,
      }),
    });
    const socket = await opened(door);
    let bytes = 0;
    const lengths: number[] = [];
    socket.on('message', (data: Buffer) => {
      lengths.push(data.length);
      bytes += data.length;
    });
    socket.send(FRAME);
    while (bytes < run.length + FRAME.length) await once(socket, 'message');
    expect(Math.max(...lengths)).toBeLessThanOrEqual(262_144);
    expect(
      lengths.every((length) => length % frame.length === 0 || length % frame.length === FRAME.length),
    ).toBe(true);
    expect(bytes).toBe(run.length + FRAME.length);
  });

  test.each<[code: number, what: string, bytes: Uint8Array | string]>([
    [1003, 'a text', 'halo'],
    [1002, 'half a frame', fromHex('0000000a00')],
    [1002, 'half a prefix', fromHex('000000')],
    [1002, 'nothing', new Uint8Array(0)],
    [1002, 'a frame and a half', concat([FRAME, fromHex('0000000a00')])],
  ])('KTG-2.20 is closed with %i at %s', async (code, _what, bytes) => {
    const socket = await opened(await doorway());
    socket.send(bytes);
    expect(await closedWith(socket)).toBe(code);
  });

  test('KTG-2.23 the end of the client is the end; the server ends with 1000', async () => {
    let lost = 0;
    let finished = 0;
    const door = await doorway({
      accept: (connection) => ({
        receive: () => {
          connection.write([FRAME]);
          connection.end();
        },
        finish: () => void finished++,
        lost: () => void lost++,
        writable: () => undefined,
      }),
    });
    const leaving = await opened(door);
    leaving.close();
    await closedWith(leaving);
    await expect.poll(() => lost).toBe(1);
    expect(finished).toBe(0);
    const told = await opened(door);
    told.send(FRAME);
    const [said, code] = await Promise.all([message(told), closedWith(told)]);
    expect([said, code]).toEqual([`binary ${toHex(FRAME)}`, 1000]);
  });

  test('KTG-7.16 from a page it offers the origin, from another client the certificate', async () => {
    const door = await doorway();
    const origin = `https://127.0.0.1:${door.port}`;
    const bindingsOf = async (upgrade: Upgrade): Promise<ReadonlyMap<Binding, Uint8Array>> => {
      const socket = await opened(door, upgrade);
      socket.send(FRAME);
      await message(socket);
      return door.connections.at(-1)?.bindings ?? new Map();
    };
    const page = await bindingsOf({ secure: true, headers: { Origin: origin } });
    expect([...page]).toEqual([[Binding.ORIGIN, sha256(new TextEncoder().encode(origin))]]);
    const program = await bindingsOf({ secure: true });
    expect(program.has(Binding.CERTIFICATE)).toBe(true);
    expect(program.has(Binding.ORIGIN)).toBe(false);
    expect((await bindingsOf({})).size).toBe(0);
  });
});

describe('HTTP', () => {
  const ACCEPTED: readonly (readonly [string, Parameters<typeof request>[0], secure?: boolean])[] = [
    ['without an Origin', {}],
    ['with the server’s own', { Origin: 'Origin: http://localhost' }],
    ['with the server’s own, over TLS', { Origin: 'Origin: https://localhost' }, true],
    ['with its address and a port', { Host: '127.0.0.1:7660', Origin: 'Origin: http://127.0.0.1:7660' }],
    ['with a name that it was given', { Host: 'kelas.local', Origin: 'Origin: http://kelas.local' }],
    ['with an origin that is allowed', { Origin: 'Origin: https://chat.example' }],
    ['among other subprotocols', { Protocol: 'Sec-WebSocket-Protocol: x, kentongan.v1' }],
  ];
  const REFUSED: readonly (readonly [number, string, Parameters<typeof request>[0], secure?: boolean])[] = [
    [403, 'of a page from elsewhere', { Origin: 'Origin: https://evil.example' }],
    [403, 'of a page that does not say whence', { Origin: 'Origin: null' }],
    [403, 'of a page with this name and more', { Origin: 'Origin: http://localhost.evil.example' }],
    [403, 'of a page of another port', { Origin: 'Origin: http://localhost:81' }],
    [403, 'of a plain page over TLS', { Origin: 'Origin: http://localhost' }, true],
    [403, 'of a page that says https in plain', { Origin: 'Origin: https://localhost' }],
    [421, 'under a stranger’s name', { Host: 'evil.example' }],
    [421, 'under another address', { Host: '192.0.2.1' }],
    [400, 'without a Host', { Host: undefined }],
    [400, 'with two Hosts', { More: 'Host: localhost' }],
    [400, 'with two Origins', { Origin: 'Origin: http://localhost', More: 'Origin: http://localhost' }],
    [400, 'without the subprotocol', { Protocol: undefined }],
    [400, 'with another subprotocol', { Protocol: 'Sec-WebSocket-Protocol: kentongan.v2' }],
    [400, 'without a key', { Key: undefined }],
    [426, 'of another version', { Version: 'Sec-WebSocket-Version: 8' }],
    [426, 'that wants no WebSocket', { Upgrade: undefined, Connection: undefined }],
  ];
  const site = { names: ['kelas.local'], origins: ['https://chat.example'] };

  for (const [what, changes, secure = false] of ACCEPTED) {
    test(`KTG-2.18 KTG-2.21 a handshake ${what} is done`, async () => {
      expect(await statusOf(await doorway(site), request(changes), secure)).toBe(101);
    });
  }

  test('KTG-2.18 a query behind the path counts for nothing', async () => {
    expect(await statusOf(await doorway(site), request({}, '/kentongan?x=1'))).toBe(101);
    expect(await statusOf(await doorway(site), request({ Protocol: undefined }, '/kentongan?x=1'))).toBe(400);
  });

  test('KTG-2.22 whatever is expected, the answer is the same, and the last one', async () => {
    const none = { Upgrade: undefined, Connection: undefined };
    for (const expected of ['100-continue', 'a-miracle']) {
      const socket = plainly((await doorway(site)).port);
      socket.write(request({ ...none, More: `Expect: ${expected}` }, '/'));
      const { bytes } = await untilEnd(socket);
      const { status, headers } = headOf(bytes);
      expect([status, headers.get('connection')], expected).toEqual([200, 'close']);
    }
  });

  for (const [status, what, changes, secure = false] of REFUSED) {
    test(`KTG-2.21 KTG-2.22 a handshake ${what} is answered with ${status}`, async () => {
      const door = await doorway(site);
      expect(await statusOf(door, request(changes), secure)).toBe(status);
      expect(door.connections).toEqual([]);
    });
  }

  test.each<[status: number, path: string, method: string]>([
    [200, '/', 'GET'],
    [200, '/', 'HEAD'],
    [405, '/', 'POST'],
    [405, '/kentongan', 'POST'],
    [200, '/?x=1', 'GET'],
    [404, '/favicon.ico', 'GET'],
    [404, '/kentongan/', 'GET'],
  ])('KTG-2.22 %i to %s %s', async (status, path, method) => {
    const none = { Upgrade: undefined, Connection: undefined };
    expect(await statusOf(await doorway(site), request(none, path, method))).toBe(status);
  });

  test('KTG-2.22 what is no HTTP, or too much of it', async () => {
    const door = await doorway(site);
    expect(await statusOf(door, 'HALO\r\n\r\n')).toBe(400);
    expect(await statusOf(door, request({ More: `X: ${'x'.repeat(9_000)}` }))).toBe(431);
  });

  test('KTG-2.22 the page shows the fingerprint and has no script', async () => {
    const door = await doorway(site);
    const socket = await secretly(door.port);
    socket.write(request({ Upgrade: undefined, Connection: undefined }, '/'));
    const body = Buffer.from((await untilEnd(socket)).bytes).toString('utf8');
    // In groups of four, as on the server's screen.
    expect(body).toContain(door.fingerprint.match(/.{4}/g)?.join(' '));
    expect(body).not.toContain('<script');
  });
});
