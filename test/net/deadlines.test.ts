// Whoever is slow is cut, at every step; whoever is through is not.
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { Bench, FIRST, until } from './bench.ts';
import { dial, dialTcp, shakeHands, socketTalk, type Talk } from './dial.ts';

const HANDSHAKE_MS = 200;
/** What a deadline may be late by: HTTP looks at its own a few times in that time, and has some to say so. */
const LATE_MS = 3_000;

let bench: Bench;
const timers: NodeJS.Timeout[] = [];
afterEach(() => {
  for (const timer of timers.splice(0)) clearInterval(timer);
  bench.close();
});

async function open(): Promise<number> {
  bench = await Bench.open(() => true, '127.0.0.1', { handshakeMs: HANDSHAKE_MS });
  return bench.listener.address.port;
}

/** Sends `text` byte by byte, each long before anything could be over, and begins anew behind `loop`. */
function drip(client: Talk, text: string, loop: number): void {
  const bytes = Buffer.from(text, 'latin1');
  let at = 0;
  timers.push(
    setInterval(() => {
      if (client.raw.destroyed) return;
      client.send(bytes.subarray(at, at + 1));
      at = at + 1 === bytes.length ? loop : at + 1;
    }, HANDSHAKE_MS / 10),
  );
}

const HTTP = 'GET / HTTP/1.1\r\nHost: localhost\r\nX: ';
const POST = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n';
const DRIPPING = `${HTTP}abc`;

/** Each is a client at one step, and how it goes on to be slow. */
const STEPS: Readonly<Record<string, (port: number) => Promise<Talk>>> = {
  'no byte at all': async (port) => socketTalk(await dialTcp(port)),
  'the first byte of TLS': async (port) => {
    const client = socketTalk(await dialTcp(port));
    client.send(Buffer.of(0x16));
    return client;
  },
  'a TLS handshake in drops': async (port) => {
    const client = socketTalk(await dialTcp(port));
    drip(client, `\x16\x03\x01\x10\x00\x01\x00\x0f\xfc${'\0'.repeat(4_000)}`, 10);
    return client;
  },
  'a TLS handshake left in the middle': async (port) => {
    const raw = await dialTcp(port);
    const tls = connectTls({ socket: raw, rejectUnauthorized: false });
    tls.on('error', () => undefined);
    const client = socketTalk(raw);
    raw.once('data', () => tls.pause());
    raw.pause();
    return client;
  },
  'no byte inside TLS': async (port) => {
    const raw = await dialTcp(port);
    return socketTalk(raw, await shakeHands(raw));
  },
  'HTTP: one letter': async (port) => {
    const client = socketTalk(await dialTcp(port));
    client.send(Buffer.from('G'));
    return client;
  },
  'HTTP: a header in drops': async (port) => {
    const client = socketTalk(await dialTcp(port));
    drip(client, DRIPPING, HTTP.length);
    return client;
  },
  'HTTPS: a header in drops': async (port) => {
    const raw = await dialTcp(port);
    const client = socketTalk(raw, await shakeHands(raw));
    drip(client, DRIPPING, HTTP.length);
    return client;
  },
  'HTTP: a body in drops': async (port) => {
    const client = socketTalk(await dialTcp(port));
    drip(client, `${POST}x`, POST.length);
    return client;
  },
  'HTTP: an answer that is not read': async (port) => {
    const client = socketTalk(await dialTcp(port));
    client.pause();
    client.send(Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n'));
    return client;
  },
};

describe('whoever is slow is cut', () => {
  test.each(Object.entries(STEPS))('%s', async (_step, begin) => {
    const port = await open();
    const started = performance.now();
    const client = await begin(port);
    // Its places in the gate are free again: the server has closed, whatever the client has seen.
    const isLate = (): boolean => performance.now() - started > HANDSHAKE_MS + LATE_MS;
    await until(() => bench.listener.connections === 0 || isLate());
    expect(bench.listener.connections).toBe(0);
    expect(bench.sessions).toEqual([]);
    client.destroy();
  });

  test('HTTP is told so', async () => {
    const port = await open();
    const client = await STEPS['HTTP: a header in drops']?.(port);
    await until(() => client?.ended === true);
    expect(client?.received.toString()).toMatch(/^HTTP\/1\.1 408 /);
  });
});

test('whoever is through is left alone', async () => {
  const port = await open();
  const clients: Talk[] = [];
  for (const transport of ['plain', 'tls', 'ws', 'wss'] as const) {
    const client = await dial(transport, port);
    client.send(FIRST);
    clients.push(client);
  }
  await until(() => bench.sessions.length === 4);
  await new Promise((resolve) => {
    setTimeout(resolve, 3 * HANDSHAKE_MS);
  });
  for (const session of bench.sessions) session.connection.write([FIRST]);
  await until(() => clients.every(({ received }) => received.length === FIRST.length));
  expect(bench.listener.connections).toBe(4);
  for (const client of clients) client.destroy();
});
