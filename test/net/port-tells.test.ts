// What a port says of itself to whoever runs it.
import { createHook } from 'node:async_hooks';
import { afterEach, expect, test } from 'vitest';
import { Port } from '../../src/net/port.ts';
import { withPrefix } from '../../src/protocol/index.ts';
import { Bench, until } from './bench.ts';
import { dial, dialTcp, type Talk } from './dial.ts';
import { MATERIAL } from './material.ts';

let bench: Bench;
const clients: Talk[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  bench.close();
});

test('sessions are counted by their transport, until they are gone', async () => {
  bench = await Bench.open();
  const { port } = bench.listener.address;
  expect(bench.listener.sessions).toEqual({ plain: 0, tls: 0, ws: 0, wss: 0 });
  for (const transport of ['plain', 'plain', 'tls', 'ws', 'wss', 'wss'] as const) {
    const client = await dial(transport, port);
    clients.push(client);
    client.send(withPrefix(new Uint8Array(4).fill(4)));
  }
  await until(() => bench.sessions.length === 6);
  expect(bench.listener.sessions).toEqual({ plain: 2, tls: 1, ws: 1, wss: 2 });
  for (const session of bench.sessions) session.connection.end();
  for (const client of clients.splice(0)) client.destroy();
  await until(() => Object.values(bench.listener.sessions).every((count) => count === 0));
});

test('a handshake that fails is told, with where it came from and why', async () => {
  const failed: string[] = [];
  bench = await Bench.open(undefined, '127.0.0.1', {
    onTlsError: (address, reason) => failed.push(`${address} ${reason}`),
  });
  const socket = await dialTcp(bench.listener.address.port);
  const here = `127.0.0.1:${socket.localPort}`;
  // A record of a handshake, and in it nothing that is one.
  socket.write(Buffer.from([0x16, 3, 1, 0, 5, 9, 9, 9, 9, 9]));
  await until(() => failed.length > 0);
  expect(failed).toEqual([expect.stringMatching(new RegExp(`^${here} [A-Z_]+`))]);
  socket.destroy();
});

test('a port that can not be had leaves no timer behind', async () => {
  bench = await Bench.open();
  const { port } = bench.listener.address;
  const timers = new Set<number>();
  const hook = createHook({
    init: (id, type) => type === 'Timeout' && timers.add(id),
    destroy: (id) => timers.delete(id),
  }).enable();
  const options = { host: '127.0.0.1', port, tls: MATERIAL, accept: () => undefined };
  await expect(Port.listen(options)).rejects.toThrow('EADDRINUSE');
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  hook.disable();
  expect(timers.size).toBe(0);
});
