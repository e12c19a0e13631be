// Places: counted from the first to the last moment, fair to all addresses, and what those are told who get none.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { Gate, type Place, type Waiting } from '../../src/net/gate.ts';
import { Bench, faults, FIRST, until } from './bench.ts';
import { dial, dialTcp, shakeHands, socketTalk, type Talk } from './dial.ts';

describe('the counts', () => {
  test('are those of a model, whoever comes and goes', () => {
    const limits = { connections: 12, perAddress: 5, silent: 4 };
    const step = fc.record({
      source: fc.integer({ min: 0, max: 3 }),
      what: fc.constantFrom('enter', 'settle', 'leave'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const gate = new Gate(limits);
        const inside: { source: string; place: Place; one: Waiting }[] = [];
        let waiting: Waiting[] = [];
        const leave = (at: { source: string; place: Place; one: Waiting }): void => {
          inside.splice(inside.indexOf(at), 1);
          gate.settled(at.one);
          waiting = waiting.filter((one) => one !== at.one);
          gate.leave(at.source, at.place);
        };
        for (const { source: number, what } of steps) {
          const source = String(number);
          const first = inside.find((at) => at.source === source);
          if (what === 'leave' && first !== undefined) leave(first);
          if (what === 'settle' && first !== undefined) {
            gate.settled(first.one);
            waiting = waiting.filter((one) => one !== first.one);
          }
          if (what !== 'enter') continue;
          const seated = inside.filter(({ place }) => place.is === 'place');
          const fromHere = seated.filter((at) => at.source === source).length;
          const place = gate.enter(source);
          let expected: Place = { is: 'place' };
          if (seated.length >= limits.connections) expected = { is: 'refusal', limit: limits.connections };
          if (fromHere >= limits.perAddress) expected = { is: 'refusal', limit: limits.perAddress };
          expect(place ?? expected).toEqual(expected);
          if (place === undefined) {
            expect(inside.length - seated.length).toBe(32);
            continue;
          }
          const one: Waiting = {
            source,
            drop: () => {
              const at = inside.find((candidate) => candidate.one === one);
              // Of the address that has most, the first.
              const counts = new Map<string, number>();
              for (const { source: from } of waiting) counts.set(from, (counts.get(from) ?? 0) + 1);
              expect(counts.get(source)).toBe(Math.max(...counts.values()));
              expect(waiting.find(({ source: from }) => from === source)).toBe(one);
              if (at !== undefined) leave(at);
            },
          };
          inside.push({ source, place, one });
          waiting.push(one);
          gate.waits(one);
          expect(waiting.length).toBeLessThanOrEqual(limits.silent);
        }
        expect(gate.connections).toBe(inside.filter(({ place }) => place.is === 'place').length);
      }),
      { numRuns: 300 },
    );
  });

  test('one address fills all of the waiting places, and pushes out nobody else', () => {
    const gate = new Gate({ connections: 1_000, perAddress: 1_000, silent: 10 });
    const dropped: string[] = [];
    const wait = (source: string, name: string): void => {
      const one: Waiting = {
        source,
        drop: () => {
          dropped.push(name);
          gate.settled(one);
        },
      };
      gate.waits(one);
    };
    for (let count = 0; count < 3; count++) wait('honest', `honest ${count}`);
    for (let count = 0; count < 100; count++) wait('flood', `flood ${count}`);
    for (let count = 0; count < 2; count++) wait('other', `other ${count}`);
    expect(dropped).toEqual(Array.from({ length: 95 }, (_, count) => `flood ${count}`));
  });
});

let bench: Bench | undefined;
afterEach(() => bench?.close());

async function open(limits: { connections?: number; perAddress?: number; silent?: number }): Promise<number> {
  bench = await Bench.open(() => true, '127.0.0.1', { limits: { perAddress: 1_000, ...limits } });
  return bench.listener.address.port;
}

describe.each([
  ['in all', { connections: 3 }],
  ['from one address', { perAddress: 3 }],
])('too many connections %s', (_which, limits) => {
  test('are told so in their language, and the next one gets in when one has left', async () => {
    const port = await open(limits);
    const inside: Talk[] = [];
    for (const transport of ['plain', 'tls', 'ws'] as const) {
      const client = await dial(transport, port);
      client.send(FIRST);
      inside.push(client);
    }
    await until(() => bench?.sessions.length === 3);

    const frames = socketTalk(await dialTcp(port));
    frames.send(FIRST);
    await until(() => frames.ended);
    expect(faults(frames.received)).toMatchObject([{ code: 3003, limit: 3, retryAfterMs: 5_000 }]);
    frames.finish();

    const http = socketTalk(await dialTcp(port));
    http.send(Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'));
    await until(() => http.ended);
    expect(http.received.toString()).toMatch(/^HTTP\/1\.1 503 [^]*\r\nRetry-After: 5\r\n/);

    await expect(dial('ws', port)).rejects.toThrow('503');
    await expect(shakeHands(await dialTcp(port))).rejects.toThrow(/disconnected|ECONNRESET/);
    expect(bench?.sessions).toHaveLength(3);
    expect(bench?.refused).toHaveLength(4);

    inside[0]?.raw.resetAndDestroy();
    await until(() => bench?.listener.connections === 2);
    const next = await dial('tls', port);
    next.send(FIRST);
    await until(() => bench?.sessions.length === 4);
  });

  test('are closed without a word when too many are being told', async () => {
    const port = await open(limits);
    for (let count = 0; count < 3; count++) (await dial('plain', port)).send(FIRST);
    await until(() => bench?.sessions.length === 3);
    const silent: Talk[] = [];
    for (let count = 0; count < 32; count++) silent.push(socketTalk(await dialTcp(port)));
    await until(() => bench?.refused.length === 32);
    const one = socketTalk(await dialTcp(port));
    one.send(FIRST);
    await until(() => one.ended);
    expect(one.received.length).toBe(0);
    expect(silent.some(({ ended }) => ended)).toBe(false);
    silent[0]?.destroy();
    silent[1]?.destroy();
    let told: Buffer = Buffer.alloc(0);
    // The server sees a moment later that they are gone.
    while (told.length === 0) {
      const other = socketTalk(await dialTcp(port));
      other.send(FIRST);
      await until(() => other.ended);
      told = other.received;
      other.finish();
    }
    expect(faults(told)).toMatchObject([{ code: 3003 }]);
  });
});

test('connections that wait are dropped by address: a flood of half handshakes pushes out itself alone', async () => {
  const port = await open({ silent: 8 });
  const honest = await dialTcp(port, '127.0.0.1', '127.0.0.2');
  const flood: Talk[] = [];
  for (let count = 0; count < 40; count++) {
    const client = socketTalk(await dialTcp(port));
    if (count % 2 === 0) client.send(Buffer.of(0x16, 3, 1));
    flood.push(client);
  }
  await until(() => flood.filter(({ ended }) => ended).length === 33);
  expect(flood.findIndex(({ ended }) => !ended)).toBe(33);
  honest.write(FIRST);
  await until(() => bench?.sessions.length === 1);
  expect(bench?.sessions[0]?.connection.source).toBe('127.0.0.2');
});

describe.runIf(process.platform === 'linux')('without a descriptor left', () => {
  test('the operator is told, sessions live on, and all is well when there are some again', async () => {
    const child = spawn(
      'bash',
      ['-c', 'ulimit -n 64 && exec "$0" test/net/few-descriptors.ts', process.execPath],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    try {
      await until(() => lines.length === 1);
      const port = Number(lines[0]);
      const first = await dial('plain', port);
      first.send(FIRST);
      await until(() => first.received.length === FIRST.length);
      const many: Talk[] = [];
      for (let count = 0; count < 100; count++) many.push(socketTalk(await dialTcp(port)));
      await until(() => lines.includes('EMFILE'));
      first.send(FIRST);
      await until(() => first.received.length === 2 * FIRST.length);
      for (const client of many) client.destroy();
      const again = async (): Promise<boolean> => {
        const client = socketTalk(await dialTcp(port));
        client.send(FIRST);
        await until(() => client.ended || client.received.length === FIRST.length);
        return client.received.length === FIRST.length;
      };
      while (!(await again())) continue;
      expect(lines.slice(1)).toEqual(['EMFILE']);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
  });
});
