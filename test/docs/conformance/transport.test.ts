// Chapter 2 of docs/protocol.md over real TCP, on the loopback interface.
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/core/ports.ts';
import type { Input } from '../../../src/net/input.ts';
import { Port } from '../../../src/net/port.ts';
import { MATERIAL } from '../../net/material.ts';
import { concat, fromHex, toHex } from '../spec-codec.ts';

const listeners: Port[] = [];
afterEach(() => {
  for (const listener of listeners.splice(0)) listener.close();
});

/** A listener whose connections are handed to `accept`; returns its port. */
async function listen(accept: (connection: Connection) => Input | undefined): Promise<number> {
  const listener = await Port.listen({ host: '127.0.0.1', port: 0, tls: MATERIAL, accept });
  listeners.push(listener);
  return listener.address.port;
}

/** An input that does nothing with what it gets. */
function input(receive: (chunk: Uint8Array) => void = () => undefined): Input {
  return { receive, finish: () => undefined, lost: () => undefined, writable: () => undefined };
}

/** What a client gets until the server ends its direction. */
function untilEnd(socket: Socket): Promise<string> {
  const chunks: Uint8Array[] = [];
  return new Promise((resolve, reject) => {
    socket.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(toHex(concat(chunks))));
  });
}

describe('TCP', () => {
  test('KTG-2.2 the server says nothing before the client has', async () => {
    const seen: Promise<string>[] = [];
    const port = await listen((connection) => {
      seen.push(Promise.resolve(connection.address));
      return input(() => {
        connection.write([fromHex('aabb')]);
        connection.end();
      });
    });
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    // A second connection that comes and goes gives the server every chance to speak to the first.
    const other = connect(port, '127.0.0.1');
    other.write(fromHex('00'));
    expect(await untilEnd(other)).toBe('aabb');
    expect(seen).toHaveLength(1);
    socket.write(fromHex('00'));
    expect(await untilEnd(socket)).toBe('aabb');
  });

  for (const first of ['15', '40', '5b', '01', 'ff']) {
    test(`KTG-2.6 a connection that begins with ${first} is closed without a word`, async () => {
      let accepted = 0;
      const port = await listen(() => {
        accepted++;
        return input();
      });
      const socket = connect(port, '127.0.0.1');
      socket.write(fromHex(`${first}000000`));
      expect(await untilEnd(socket).catch(() => '')).toBe('');
      expect(accepted).toBe(0);
    });
  }

  test('KTG-2.7 a connection for which there is no place is told SERVER_BUSY, and closed', async () => {
    const port = await listen(() => undefined);
    const socket = connect(port, '127.0.0.1');
    socket.write(fromHex('00000001'));
    // System.fault (field 4), its code (field 1): 3003.
    expect(await untilEnd(socket)).toMatch(/^0000003.22..22..08bb17/);
  });

  test('KTG-5.8 the last words arrive although the client has sent more than anybody read', async () => {
    const words = 'cc'.repeat(5_000);
    const port = await listen((connection) =>
      input(() => {
        connection.write([fromHex(words)]);
        connection.end();
      }),
    );
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write(new Uint8Array(200_000));
    socket.once('data', () => socket.end());
    expect(await untilEnd(socket)).toBe(words);
  });
});
