// One port, every transport, however the network cuts the bytes: the core sees the same of all.
import { afterEach, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/core/ports.ts';
import { Binding, withPrefix } from '../../src/protocol/index.ts';
import { Bench, until, type Witness } from './bench.ts';
import { dial, type Talk, type Transport, TRANSPORTS } from './dial.ts';
import { type Cut, Dribbler } from './dribble.ts';

let bench: Bench;
let dribbler: Dribbler | undefined;
afterEach(() => {
  dribbler?.close();
  dribbler = undefined;
  bench.close();
});

/** Frames of several sizes; what is in them does not matter here. */
const FRAMES = [1, 4, 200, 3].map((length) => Buffer.from(withPrefix(new Uint8Array(length).fill(length))));
const ALL = Buffer.concat(FRAMES);

const CUTS: Readonly<Record<string, Cut>> = {
  'as it comes': [65_536],
  'byte by byte': [1],
  'in twos and threes': [2, 3],
  'after the first byte': [1, 65_536],
  'in sevens': [7],
};

async function talk(transport: Transport, port: number): Promise<{ client: Talk; session: Witness }> {
  const before = bench.sessions.length;
  const client = await dial(transport, port);
  for (const frame of FRAMES) client.send(frame);
  await until(() => bench.sessions.length > before && bench.sessions[before]?.received.length === ALL.length);
  const session = bench.sessions[before];
  if (session === undefined) throw new Error('nobody came in');
  return { client, session };
}

describe.each(TRANSPORTS)('%s', (transport) => {
  test.each(Object.entries(CUTS))('arrives whole, cut %s', async (_name, cut) => {
    bench = await Bench.open();
    dribbler = await Dribbler.open(bench.listener.address.port, cut);
    const { client, session } = await talk(transport, dribbler.port);
    expect(session.received).toEqual(ALL);
    session.connection.write(FRAMES);
    await until(() => client.received.length === ALL.length);
    expect(client.received).toEqual(ALL);
    session.connection.end();
    await until(() => client.ended);
    client.finish();
    await until(() => session.count('lost') === 1);
    expect(client.error).toBeUndefined();
    if (client.code !== undefined) expect(client.code).toBe(1000);
    expect(bench.strangers).toEqual([]);
  });

  test('is told apart by what a proof can be tied to', async () => {
    bench = await Bench.open();
    const { session } = await talk(transport, bench.listener.address.port);
    const { plain, source, bindings } = session.connection;
    expect({ plain, source }).toEqual({ plain: false, source: '127.0.0.1' });
    const secure = transport !== 'plain' && transport !== 'ws';
    expect([...bindings.keys()]).toEqual(secure ? [Binding.CERTIFICATE, Binding.EXPORTER] : []);
    for (const bound of bindings.values()) expect(bound.length).toBe(32);
  });

  test('a reader that does not read stops the writer, and starts it again', async () => {
    bench = await Bench.open();
    const { client, session } = await talk(transport, bench.listener.address.port);
    client.pause();
    const part = Buffer.from(withPrefix(new Uint8Array(65_532)));
    let written = 0;
    const pump = (): void => {
      for (let more = true; more && written < 400; written++) more = session.connection.write([part]);
    };
    session.onCall = () => {
      if (session.calls.at(-1) === 'writable') pump();
    };
    pump();
    expect(written).toBeLessThan(400);
    client.resume();
    await until(() => written === 400);
    session.connection.end();
    await until(() => client.ended);
    expect(client.received.length).toBe(400 * part.length);
    expect(session.count('writable')).toBeGreaterThan(0);
  });

  test('input waits while reading is paused', async () => {
    bench = await Bench.open();
    const { client, session } = await talk(transport, bench.listener.address.port);
    session.connection.pauseReading();
    const frame = Buffer.from(withPrefix(new Uint8Array(60_000)));
    for (let count = 0; count < 200; count++) client.send(frame);
    await talk(transport, bench.listener.address.port);
    const before = session.received.length;
    await talk(transport, bench.listener.address.port);
    expect(session.received.length).toBe(before);
    expect(before).toBeLessThan(ALL.length + 10 * frame.length);
    session.connection.resumeReading();
    await until(() => session.received.length === ALL.length + 200 * frame.length);
  });

  test('the last words reach a client that is still talking', async () => {
    bench = await Bench.open();
    for (let run = 0; run < 5; run++) {
      const { client, session } = await talk(transport, bench.listener.address.port);
      const frame = Buffer.from(withPrefix(new Uint8Array(10_000)));
      for (let count = 0; count < 10; count++) client.send(frame);
      session.connection.write([FRAMES[2] ?? ALL]);
      session.connection.end();
      client.send(frame);
      await until(() => client.ended);
      expect(client.received).toEqual(FRAMES[2]);
      expect(client.error).toBeUndefined();
      client.destroy();
      await until(() => session.count('lost') === 1);
      expect(session.calls.at(-1)).toBe('lost');
    }
  });

  test('whoever neither reads nor closes is cut after a while', async () => {
    bench = await Bench.open();
    const { client, session } = await talk(transport, bench.listener.address.port);
    client.pause();
    while (session.connection.write([Buffer.from(withPrefix(new Uint8Array(60_000)))])) continue;
    session.connection.end();
    await until(() => session.count('lost') === 1);
    expect(session.calls.at(-1)).toBe('lost');
  });

  test('what a client has said before its end is answered, if it can still be', async () => {
    bench = await Bench.open();
    const { client, session } = await talk(transport, bench.listener.address.port);
    client.finish();
    // A WebSocket has no half-close: its Close is the end of both directions.
    const halfCloses = !transport.startsWith('ws');
    await until(() => session.count(halfCloses ? 'finish' : 'lost') === 1);
    session.connection.write(FRAMES);
    session.connection.end();
    await until(() => client.ended && session.count('lost') === 1);
    expect(client.received).toEqual(halfCloses ? ALL : Buffer.alloc(0));
    expect(session.count('finish')).toBe(halfCloses ? 1 : 0);
  });

  test('a reset is a loss, told once', async () => {
    bench = await Bench.open();
    const { client, session } = await talk(transport, bench.listener.address.port);
    client.raw.resetAndDestroy();
    await until(() => session.count('lost') === 1);
    await talk(transport, bench.listener.address.port);
    expect(session.calls.filter((call) => call !== 'receive')).toEqual(['lost']);
  });

  test('the connection for which the core has no place is told so', async () => {
    let open = true;
    bench = await Bench.open((_connection: Connection) => open);
    open = false;
    const client = await dial(transport, bench.listener.address.port);
    client.send(ALL);
    await until(() => client.ended);
    // System.fault, code 3003.
    expect(client.received.toString('hex')).toMatch(/^0000003.22..22..08bb17/);
  });
});
