import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryLog } from '../../src/roomlog/memory.ts';
import { crypto } from '../core/rig.ts';
import type { Outcome, Proposal, Retention, RoomListener, RoomLog } from '../../src/roomlog/roomlog.ts';
import { anySteps, type EngineOptions, live, roomLogSuite, type TestEngine } from './suite.ts';
import { Broken } from './witness.ts';
import { runs } from '../runs.ts';

/** A memory engine whose turns of the event loop the test takes itself. */
async function createMemory({ retention }: EngineOptions): Promise<TestEngine> {
  const deferred: Array<() => void> = [];
  const timers = new Set<() => void>();
  let now = 1_000;
  const log = new MemoryLog({
    crypto: {
      random: (length) => Uint8Array.from(randomBytes(length)),
      sha256: (data) => Uint8Array.from(createHash('sha256').update(data).digest()),
    },
    now: () => now,
    defer: (callback) => void deferred.push(callback),
    after: (_ms, callback) => {
      timers.add(callback);
      return () => timers.delete(callback);
    },
    retention,
  });
  return {
    log,
    setTime: (ms) => {
      now = ms;
      for (const timer of timers) {
        timers.delete(timer);
        deferred.push(timer);
      }
    },
    settle: async () => {
      for (let next = deferred.shift(); next !== undefined; next = deferred.shift()) next();
    },
    dispose: async () => {
      deferred.length = 0;
    },
  };
}

roomLogSuite('memory', createMemory);

// ---- the suite itself: engines that break one rule each, and must be found

type Bend = (outcomes: readonly Outcome[], count: number) => readonly Outcome[];

/** A memory engine whose outcomes are bent on their way. */
async function createBent(options: EngineOptions, bend: Bend): Promise<TestEngine> {
  const engine = await createMemory(options);
  const inner = engine.log;
  let count = 0;
  const bent = (listener: RoomListener): RoomListener => ({
    onOutcomes: (outcomes) => {
      const told = bend(outcomes, ++count);
      if (told.length > 0) listener.onOutcomes(told);
    },
    onTruncated: (oldest) => listener.onTruncated(oldest),
    onDamaged: () => listener.onDamaged(),
  });
  const open: RoomLog['open'] = (room, listener, pair) => inner.open(room, bent(listener), pair);
  return { ...engine, log: { ...methodsOf(inner), open } };
}

/** Reports before `append` has returned. */
async function createHasty(): Promise<TestEngine> {
  const engine = await createMemory({ retention: {} });
  const { log } = engine;
  const append: RoomLog['append'] = (room, proposal) => {
    log.append(room, proposal);
    void engine.settle();
  };
  return { ...engine, log: { ...methodsOf(log), append } };
}

const failed: Outcome = { status: 'failed', failure: 'STORAGE_FULL' };

describe('the suite finds an engine that', () => {
  test.each<[what: string, bend: Bend]>([
    [
      'swaps two outcomes',
      (list) => (list.length < 2 ? list : [list[1] as Outcome, list[0] as Outcome, ...list.slice(2)]),
    ],
    ['loses an outcome', (list, count) => (count === 2 ? list.slice(1) : list)],
    ['reports an outcome twice', (list) => [...list, list[0] as Outcome]],
    ['fails one append and stores the next', (list) => (list.length < 2 ? list : [failed, ...list.slice(1)])],
    [
      'fails for two reasons at once',
      (list) =>
        list.map((_, at) => (at % 2 === 0 ? failed : { status: 'failed', failure: 'ROOM_QUARANTINED' })),
    ],
    [
      'says that a duplicate was stored elsewhere',
      (list) => list.map((one) => (one.status === 'duplicate' ? { ...one, seq: one.seq + 1 } : one)),
    ],
    [
      'calls every duplicate the same',
      (list) => list.map((one) => (one.status === 'duplicate' ? { ...one, same: true } : one)),
    ],
    [
      'skips a seq',
      (list) =>
        list.map((one) =>
          one.status === 'stored' ? { ...one, stamp: { ...one.stamp, seq: one.stamp.seq + 1 } } : one,
        ),
    ],
    [
      'offers another check',
      (list) =>
        list.map((one) =>
          one.status === 'stored' ? { ...one, stamp: { ...one.stamp, check: one.stamp.check ^ 1 } } : one,
        ),
    ],
    [
      'hands out other bytes',
      (list) =>
        list.map((one) =>
          one.status === 'stored' ? { ...one, framed: one.framed.map((byte) => byte ^ 1) } : one,
        ),
    ],
  ])('%s', async (_what, bend) => {
    const found = await fc.check(
      fc.asyncProperty(anySteps, async (steps) => {
        await live(await createBent({ retention: {} }, bend), steps);
      }),
      runs(200),
    );
    expect(found.failed).toBe(true);
    expect(found.errorInstance).toBeInstanceOf(Broken);
  });

  test.each<[what: string, bend: (proposal: Proposal) => Proposal]>([
    ['erases nothing', ({ erases: _erases, ...proposal }) => proposal],
    [
      'erases the entry before',
      (proposal) =>
        proposal.erases === undefined
          ? proposal
          : { ...proposal, erases: { ...proposal.erases, seq: proposal.erases.seq - 1 } },
    ],
  ])('%s', async (_what, bend) => {
    const found = await fc.check(
      fc.asyncProperty(anySteps, async (steps) => {
        const engine = await createMemory({ retention: {} });
        const inner = engine.log;
        const append: RoomLog['append'] = (room, proposal) => inner.append(room, bend(proposal));
        await live({ ...engine, log: { ...methodsOf(inner), append } }, steps);
      }),
      runs(200),
    );
    expect(found.errorInstance).toBeInstanceOf(Broken);
  });

  test.each<[what: string, retention: Retention]>([
    ['keeps fewer bytes than it should', { bytes: 1 }],
    ['keeps fewer entries than it should', { entries: 3 }],
    ['gives up what is not old', { ageMs: 1 }],
  ])('%s', async (_what, retention) => {
    const found = await fc.check(
      fc.asyncProperty(anySteps, async (steps) => {
        await live(await createMemory({ retention }), steps, { bytes: 1_000_000 });
      }),
      runs(200),
    );
    expect(found.errorInstance).toBeInstanceOf(Broken);
  });

  test('calls back from within a call', async () => {
    await expect(
      createHasty().then((engine) =>
        live(engine, [{ do: 'append', room: 'lobby', id: 1, text: 'a', member: 0 }]),
      ),
    ).rejects.toThrow('never calls back from within a call');
  });
});

function methodsOf(log: RoomLog): RoomLog {
  return {
    durability: log.durability,
    rooms: () => log.rooms(),
    open: (room, listener, pair) => log.open(room, listener, pair),
    append: (room, proposal) => log.append(room, proposal),
    read: (request, onResult) => log.read(request, onResult),
    pin: (room, follower, seq) => log.pin(room, follower, seq),
    remove: (room) => log.remove(room),
    close: (onClosed) => log.close(onClosed),
  };
}

test('a follower that is stuck does not keep more than memory allows', () => {
  const deferred: Array<() => void> = [];
  const log = new MemoryLog({
    crypto,
    now: () => 0,
    defer: (callback) => void deferred.push(callback),
    retention: { bytes: 1_000 },
    pinnedBytes: 100_000,
  });
  const truncations: number[] = [];
  const onTruncated = (oldest: number): void => void truncations.push(oldest);
  log.open('lobby', { onOutcomes: () => undefined, onTruncated, onDamaged: () => undefined });
  log.pin('lobby', 'chat.log', 0);
  const sizes: number[] = [];
  for (let i = 0; i < 500; i++) {
    const id = new Uint8Array(16);
    new DataView(id.buffer).setUint32(0, i);
    log.append('lobby', { id, digest: new Uint8Array(32), body: new Uint8Array(1_000) });
    for (const callback of deferred.splice(0)) callback();
    sizes.push(i + 1 - ((truncations.at(-1) ?? 1) - 1));
  }
  expect(truncations.length).toBeGreaterThan(0);
  // Whole segments go, so one more may be there.
  expect(Math.max(...sizes) * 1_000).toBeLessThan(100_000 + 2 * 262_144);
});
