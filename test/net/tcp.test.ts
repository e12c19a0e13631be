import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { FaultCode } from '../../src/protocol/index.ts';
import { Bench, Client, faults, FIRST, until } from './bench.ts';
import { farAddress } from '../support/far-address.ts';

const elsewhere = farAddress();
let bench: Bench;
afterEach(() => bench.close());

describe('before the first byte', () => {
  test('the server says nothing, and the core hears nothing', async () => {
    bench = await Bench.open();
    const client = await bench.connect();
    // A second connection that is through shows that the server has had its turn.
    await bench.talk();
    expect(client.received).toHaveLength(0);
    expect(client.closed).toBe(false);
    expect(bench.sessions).toHaveLength(1);
  });

  test('any first byte that begins nothing closes, without a word', async () => {
    bench = await Bench.open();
    for (let byte = 1; byte < 256; byte++) {
      // TLS, and the capital letters of HTTP.
      if (byte === 0x16 || (byte >= 0x41 && byte <= 0x5a)) continue;
      const client = await bench.connect();
      client.socket.write(Buffer.from([byte, 0, 0, 1, 42]));
      await until(() => client.ended || client.closed);
      expect(client.received).toHaveLength(0);
      client.socket.destroy();
    }
    expect(bench.sessions).toHaveLength(0);
    await until(() => bench.strangers.length === 255 - 27);
    expect(bench.strangers[0]).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test('whoever stays silent is closed after a while; whoever has spoken is not', async () => {
    bench = await Bench.open(undefined, undefined, { handshakeMs: 50 });
    const { client: talking, session } = await bench.talk();
    const silent = await bench.connect();
    await until(() => silent.ended || silent.closed);
    expect(silent.received).toHaveLength(0);
    session.connection.write([Buffer.from('still here')]);
    await until(() => talking.received.length > 0);
    expect(session.count('lost')).toBe(0);
  });

  test('whoever leaves without a word is not a session', async () => {
    bench = await Bench.open();
    const client = await bench.connect();
    client.socket.end();
    await until(() => client.closed);
    expect(bench.sessions).toHaveLength(0);
  });

  test('of too many silent ones the longest silent goes; who speaks at once gets in', async () => {
    bench = await Bench.open();
    const silent: Client[] = [];
    for (let count = 0; count < 129; count++) silent.push(await bench.connect());
    await until(() => silent[0]?.ended === true || silent[0]?.closed === true);
    await bench.talk();
    expect(silent.slice(2).some(({ ended, closed }) => ended || closed)).toBe(false);
  });

  test('a connection that the core has no place for is told so, and closed', async () => {
    bench = await Bench.open(() => false);
    const client = await bench.connect();
    client.socket.write(FIRST);
    await until(() => client.ended || client.closed);
    await until(() => client.ended);
    const [last] = faults(client.received);
    expect(last).toMatchObject({ code: FaultCode.SERVER_BUSY, retryAfterMs: 5_000 });
    expect(bench.refused).toEqual([`127.0.0.1:${client.socket.localPort}`]);
  });
});

describe('what comes in', () => {
  test('arrives whole and in order, however it is cut', async () => {
    bench = await Bench.open();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 20 }),
        async (parts) => {
          const { client, session } = await bench.talk(FIRST.subarray(0, 1));
          const all = Buffer.concat([FIRST.subarray(0, 1), ...parts]);
          for (const part of parts) {
            client.socket.write(part);
            await new Promise((resolve) => {
              setImmediate(resolve);
            });
          }
          client.socket.end();
          await until(() => session.count('finish') === 1);
          expect(session.received.equals(all)).toBe(true);
          expect(session.calls.at(-1)).toBe('finish');
          session.connection.end();
          await until(() => session.count('lost') === 1);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('waits while reading is paused', async () => {
    bench = await Bench.open();
    const { client, session } = await bench.talk();
    session.connection.pauseReading();
    const more = Buffer.alloc(3_000_000, 7);
    client.socket.end(more);
    await bench.talk();
    const before = session.received.length;
    await bench.talk();
    expect(session.received.length).toBe(before);
    expect(session.count('finish')).toBe(0);
    session.connection.resumeReading();
    await until(() => session.count('finish') === 1);
    expect(session.received.length).toBe(FIRST.length + more.length);
  });

  test('tells where it comes from, and that loopback is not a network', async () => {
    bench = await Bench.open();
    const { client, session } = await bench.talk();
    expect(session.connection.address).toBe(`127.0.0.1:${client.socket.localPort}`);
    expect(session.connection.plain).toBe(false);
  });

  test.runIf(elsewhere !== undefined)('from another address it crossed a network', async () => {
    bench = await Bench.open(undefined, elsewhere);
    const { session } = await bench.talk();
    expect(session.connection.plain).toBe(true);
  });
});

describe('what goes out', () => {
  test('is written in order, parts and all', async () => {
    bench = await Bench.open();
    const { client, session } = await bench.talk();
    session.connection.write([Buffer.from('a'), Buffer.from('bc'), Buffer.from('')]);
    session.connection.write([Buffer.from('d')]);
    session.connection.write([]);
    session.connection.end();
    await until(() => client.ended);
    expect(client.received.toString()).toBe('abcd');
  });

  test('a reader that does not read stops the writer, and starts it again', async () => {
    bench = await Bench.open();
    const { client, session } = await bench.talk();
    client.socket.pause();
    const part = Buffer.alloc(65_536, 1);
    let written = 0;
    const pump = (): void => {
      for (let more = true; more && written < 400; written++) more = session.connection.write([part]);
    };
    // What is on the way fits into the buffers of the system; the rest has to wait for the reader.
    session.onCall = () => {
      if (session.calls.at(-1) === 'writable') pump();
    };
    pump();
    // Turns of the loop until nothing moves any more: the buffers are full.
    for (let before = -1; before !== written; ) {
      before = written;
      await bench.talk();
      await bench.talk();
    }
    expect(written).toBeLessThan(400);
    client.socket.resume();
    await until(() => written === 400);
    session.connection.end();
    await until(() => client.ended);
    expect(client.received.length).toBe(400 * part.length);
    expect(session.count('writable')).toBeGreaterThan(0);
  });
});

describe('the end', () => {
  test('after the client has finished it still gets its answers', async () => {
    bench = await Bench.open();
    const { client, session } = await bench.talk();
    client.socket.end('more');
    await until(() => session.count('finish') === 1);
    expect(client.ended).toBe(false);
    session.connection.write([Buffer.alloc(300_000, 9)]);
    session.connection.end();
    await until(() => client.ended);
    expect(client.received.length).toBe(300_000);
    await until(() => session.count('lost') === 1);
    expect(client.error).toBeUndefined();
    expect(session.calls.at(-1)).toBe('lost');
  });

  test('the last words reach a client that is still talking; no reset takes them away', async () => {
    bench = await Bench.open();
    for (let run = 0; run < 20; run++) {
      const { client, session } = await bench.talk();
      // Less than what is discarded before the connection is cut.
      for (let count = 0; count < 10; count++) client.socket.write(Buffer.alloc(10_000, 3));
      session.connection.write([Buffer.from('bye')]);
      session.connection.end();
      client.socket.write(Buffer.alloc(10_000, 3));
      await until(() => client.ended);
      expect(client.received.toString()).toBe('bye');
      expect(client.error).toBeUndefined();
      client.socket.end();
      await until(() => session.count('lost') === 1);
      expect(session.received.length).toBeLessThanOrEqual(FIRST.length + 110_000);
    }
  });

  test('the core hears nothing after it has ended the connection, but that it is lost', async () => {
    bench = await Bench.open();
    const { client, session } = await bench.talk();
    session.connection.end();
    const before = session.calls.length;
    client.socket.write('more');
    client.socket.end();
    await until(() => session.count('lost') === 1);
    expect(session.calls.slice(before)).toEqual(['lost']);
    expect(session.connection.write([Buffer.from('late')])).toBe(true);
    session.connection.end();
  });

  test('whoever talks on and on is cut after a quarter of a megabyte', async () => {
    bench = await Bench.open();
    const { client, session } = await bench.talk();
    session.connection.end();
    const flood = (): void => {
      while (client.socket.writable && client.socket.write(Buffer.alloc(65_536))) continue;
    };
    client.socket.on('drain', flood);
    flood();
    await until(() => session.count('lost') === 1);
    await until(() => client.closed);
    expect(client.error?.code).toMatch(/^(ECONNRESET|EPIPE)$/);
  });

  test('whoever does not close is cut after a while', async () => {
    bench = await Bench.open();
    const { client, session } = await bench.talk();
    session.connection.write([Buffer.from('bye')]);
    session.connection.end();
    await until(() => client.ended);
    expect(session.count('lost')).toBe(0);
    await until(() => session.count('lost') === 1);
    expect(client.received.toString()).toBe('bye');
  });

  test('whoever does not even read is cut, too', async () => {
    bench = await Bench.open();
    const { client, session } = await bench.talk();
    client.socket.pause();
    while (session.connection.write([Buffer.alloc(1_000_000)])) continue;
    session.connection.end();
    await until(() => session.count('lost') === 1);
    expect(session.calls.at(-1)).toBe('lost');
  });

  test('a reset is a loss, told once', async () => {
    bench = await Bench.open();
    const { client, session } = await bench.talk();
    client.socket.resetAndDestroy();
    await until(() => session.count('lost') === 1);
    await bench.talk();
    expect(session.calls.slice(1)).toEqual(['lost']);
  });

  test('a reset while something is being written is one, too', async () => {
    bench = await Bench.open();
    const { client, session } = await bench.talk();
    client.socket.pause();
    while (session.connection.write([Buffer.alloc(1_000_000)])) continue;
    client.socket.resetAndDestroy();
    await until(() => session.count('lost') === 1);
    expect(session.count('finish')).toBe(0);
  });

  test('a listener that stops lets its connections live, one that closes does not', async () => {
    bench = await Bench.open();
    const { client, session } = await bench.talk();
    const silent = await bench.connect();
    const { port } = bench.listener.address;
    bench.listener.stop();
    await until(() => silent.closed || silent.ended);
    await expect(Client.connect(port, '127.0.0.1')).rejects.toThrow('ECONNREFUSED');
    session.connection.write([Buffer.from('still here')]);
    await until(() => client.received.length > 0);
    bench.listener.close();
    await until(() => session.count('lost') === 1);
  });
});
