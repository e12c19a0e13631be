// The contract of src/roomlog/roomlog.ts, executable. Every engine runs all of it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Retention, RoomLog } from '../../src/roomlog/roomlog.ts';
import { proposalOf, Witness } from './witness.ts';
import { runs } from '../runs.ts';

/** An engine in the hands of a test. */
export interface TestEngine {
  readonly log: RoomLog;
  /**
   * Sets the engine's wall clock, milliseconds since 1970. When `settle` has resolved the engine has also done
   * what it does by itself as time passes.
   */
  setTime(ms: number): void;
  /** Resolves when everything that was called has been reported. */
  settle(): Promise<void>;
  dispose(): Promise<void>;
}

export interface EngineOptions {
  readonly retention: Retention;
}

export type CreateEngine = (options: EngineOptions) => Promise<TestEngine>;

export interface SuiteOptions {
  /** Runs of the property, each with an engine of its own. Default 400. */
  readonly runs?: number;
}

type Step =
  | {
      readonly do: 'append';
      readonly room: string;
      readonly id: number;
      readonly text: string;
      readonly member: number;
      /** Erases this entry on the way, 0 or absent: none. */
      readonly erases?: number;
    }
  | {
      readonly do: 'read';
      readonly room: string;
      readonly from: number;
      readonly to: number;
      readonly bytesMax: number;
      readonly keep: 'first' | 'last';
    }
  | { readonly do: 'pin'; readonly room: string; readonly follower: string; readonly seq: number }
  | { readonly do: 'reopen'; readonly room: string }
  | { readonly do: 'remove'; readonly room: string }
  | { readonly do: 'time'; readonly ms: number }
  | { readonly do: 'settle' };

const PAIR = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const;
const pairOf = (room: string): typeof PAIR | undefined => (room.startsWith('~') ? PAIR : undefined);

function idOf(number: number): Uint8Array {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(12, number);
  return id;
}

/** 1 to 4: that user joins; 5 to 8: leaves; else nothing. */
function memberOf(number: number): Parameters<typeof proposalOf>[0]['member'] {
  const user = new Uint8Array(32).fill(number % 4);
  if (number >= 1 && number <= 4) return { op: 'join', member: { user, author: Uint8Array.of(number) } };
  if (number >= 5 && number <= 8) return { op: 'leave', user };
  return undefined;
}

const room = fc.constantFrom('lobby', 'lobby', 'lobby', 'kelas', `~${'a'.repeat(26)}`);
const append: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('append'),
  room,
  // Few ids and texts: retries, honest and other, are common.
  id: fc.oneof({ weight: 3, arbitrary: fc.nat(0xffff) }, { weight: 2, arbitrary: fc.nat(12) }),
  text: fc.oneof(
    fc.constantFrom('a', 'b'),
    fc.nat(900).map((length) => 'x'.repeat(length)),
  ),
  member: fc.nat(30),
  erases: fc.oneof(
    { weight: 8, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 30 }) },
  ),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: append },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('read'),
      room,
      from: fc.integer({ min: 1, max: 60 }),
      to: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 60 })),
      bytesMax: fc.oneof(fc.constantFrom(0, 1, 64, 65_536), fc.nat(3_000)),
      keep: fc.constantFrom('first', 'last'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('settle') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('pin'),
      room,
      follower: fc.constantFrom('chat.log', 'alerts'),
      seq: fc.oneof(fc.nat(40), fc.constant(Number.MAX_SAFE_INTEGER)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen'), room }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove'), room }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('time'), ms: fc.integer({ min: 1, max: 2 ** 42 }) }) },
);

/** Any use that the core could make of an engine. */
export const anySteps = fc.array(step, { minLength: 1, maxLength: 150, size: 'max' });

/** More than any of these tests says. */
const KEEP: Retention = { bytes: 1_000_000 };

/** Does the steps with the engine watched. Throws Broken when the engine breaks its contract. */
export async function live(
  engine: TestEngine,
  steps: readonly Step[],
  retention: Retention = KEEP,
): Promise<Witness> {
  const witness = new Witness(engine.log, retention);
  const settle = async (): Promise<void> => {
    await engine.settle();
    witness.settled();
  };
  for (const each of steps) {
    if ('room' in each && !witness.isOpen(each.room)) witness.open(each.room, pairOf(each.room));
    switch (each.do) {
      case 'append':
        witness.append(
          each.room,
          proposalOf({
            id: idOf(each.id),
            text: each.text,
            member: memberOf(each.member),
            // Nobody erases what is not there.
            ...(witness.has(each.room, each.erases) ? { erases: each.erases } : {}),
          }),
        );
        break;
      case 'read':
        witness.read({ ...each, ...(each.to === 0 ? { to: undefined } : {}) } as Parameters<
          Witness['read']
        >[0]);
        break;
      case 'pin':
        witness.pin(each.room, each.follower, each.seq);
        break;
      case 'reopen':
        await settle();
        witness.open(each.room, pairOf(each.room));
        break;
      case 'remove':
        witness.remove(each.room);
        break;
      case 'time':
        engine.setTime(each.ms);
        witness.time(each.ms);
        break;
      case 'settle':
        await settle();
    }
  }
  await settle();
  return witness;
}

const retentions: fc.Arbitrary<Retention> = fc.constantFrom(
  { bytes: 1 },
  { bytes: 2_000 },
  { entries: 3 },
  { ageMs: 5_000 },
  { bytes: 1_000_000, entries: 10 },
  KEEP,
  {},
);

/** Runs one engine through the whole contract. */
export function roomLogSuite(name: string, createEngine: CreateEngine, options: SuiteOptions = {}): void {
  const count = options.runs ?? 400;
  const using = async <T>(retention: Retention, run: (engine: TestEngine) => Promise<T>): Promise<T> => {
    const engine = await createEngine({ retention });
    try {
      return await run(engine);
    } finally {
      await engine.dispose();
    }
  };

  describe(`${name}: the contract of an engine`, () => {
    test('holds for any use, and when little is retained', async () => {
      const sum = { stored: 0, duplicates: 0, truncations: 0, erasures: 0, runs: 0 };
      await fc.assert(
        fc.asyncProperty(anySteps, retentions, async (steps, retention) => {
          const { counts } = await using(retention, (engine) => live(engine, steps, retention));
          for (const key of Object.keys(sum) as Array<keyof typeof sum>) sum[key] += counts[key];
        }),
        runs(count),
      );
      // The property has really been everywhere.
      for (const found of Object.values(sum)) expect(found).toBeGreaterThan(count < 100 ? 0 : count / 4);
    });

    test('a retry in the same batch and one behind it find the first', async () => {
      await using(KEEP, async (engine) => {
        const witness = await live(engine, [
          { do: 'append', room: 'lobby', id: 1, text: 'a', member: 0 },
          { do: 'append', room: 'lobby', id: 1, text: 'a', member: 0 },
          { do: 'append', room: 'lobby', id: 1, text: 'other', member: 0 },
          { do: 'settle' },
          { do: 'append', room: 'lobby', id: 1, text: 'a', member: 0 },
          { do: 'append', room: 'kelas', id: 1, text: 'a', member: 0 },
        ]);
        expect(witness.counts).toMatchObject({ stored: 2, duplicates: 3 });
      });
    });

    test('a clock that goes back does not take the time back', async () => {
      await using(KEEP, async (engine) => {
        const witness = await live(engine, [
          { do: 'time', ms: 5_000 },
          { do: 'append', room: 'lobby', id: 1, text: 'a', member: 0 },
          { do: 'settle' },
          { do: 'time', ms: 1_000 },
          { do: 'append', room: 'lobby', id: 2, text: 'a', member: 0 },
        ]);
        expect(witness.counts.stored).toBe(2);
      });
    });

    test('what a follower pins stays, however much comes', async () => {
      const many = Array.from({ length: 300 }, (_, i) => i + 1);
      const text = 'x'.repeat(500);
      await using({ bytes: 1 }, async (engine) => {
        const steps = [
          { do: 'pin', room: 'lobby', follower: 'chat.log', seq: 0 } as const,
          ...many.map((id) => ({ do: 'append', room: 'lobby', id, text, member: 0 }) as const),
        ];
        const witness = await live(engine, steps, { bytes: 1 });
        expect(witness.counts.truncations).toBe(0);
        const { log } = engine;
        log.pin('lobby', 'chat.log', 250);
        expect(log.rooms()[0]?.oldest).toBe(1);
      });
    });

    test.each<[limit: string, retention: Retention]>([
      ['bytes', { bytes: 1 }],
      ['entries', { entries: 10 }],
      ['bytes or entries, whichever lets go first', { bytes: 10_000_000, entries: 10 }],
    ])('what lies beyond the limit goes: %s', async (_limit, retention) => {
      const many = Array.from({ length: 300 }, (_, i) => i + 1);
      await using(retention, async (engine) => {
        const steps = [
          ...many.map(
            (id) => ({ do: 'append', room: 'lobby', id, text: 'x'.repeat(500), member: 0 }) as const,
          ),
          { do: 'settle' } as const,
          { do: 'append', room: 'lobby', id: 999, text: 'x', member: 0 } as const,
        ];
        const witness = await live(engine, steps, retention);
        expect(witness.counts.truncations).toBeGreaterThan(0);
        // In pieces, but not in pieces of any size.
        expect(301 - witness.oldest('lobby')).toBeLessThan(290);
      });
    });

    test('what is too old goes exactly, when something comes and when nothing does', async () => {
      const retention = { ageMs: 60_000 };
      await using(retention, async (engine) => {
        const say = (id: number): Step => ({ do: 'append', room: 'lobby', id, text: 'a', member: 0 });
        const settled: Step = { do: 'settle' };
        const at = (ms: number): Step => ({ do: 'time', ms });
        const old = [at(1_000), say(1), settled, at(2_000), say(2), settled, at(30_000), say(3), settled];
        // The second one is as old as may be.
        const next = await live(engine, [...old, at(62_000), say(4)], retention);
        expect([next.oldest('lobby'), next.counts.stored]).toEqual([2, 4]);
      });
      await using(retention, async (engine) => {
        const say = (id: number): Step => ({ do: 'append', room: 'lobby', id, text: 'a', member: 0 });
        const witness = await live(
          engine,
          [{ do: 'time', ms: 1_000 }, say(1), say(2), { do: 'settle' }, { do: 'time', ms: 200_000 }],
          retention,
        );
        // A silent room loses all that it has, and keeps its place.
        expect([witness.oldest('lobby'), engine.log.rooms()[0]?.newest]).toEqual([3, 2]);
      });
    });

    test('an entry that is erased reads as what stands in its place, under its old stamp', async () => {
      const say = (id: number, text: string, erases = 0): Step => ({
        do: 'append',
        room: 'lobby',
        id,
        text,
        member: 0,
        erases,
      });
      const read: Step = { do: 'read', room: 'lobby', from: 1, to: 0, bytesMax: 65_536, keep: 'first' };
      const settled: Step = { do: 'settle' };
      const said = [say(1, 'a'), say(2, 'what should not have been said'), say(3, 'c'), settled];
      await using(KEEP, async (engine) => {
        const steps = [...said, read, say(4, 'erase', 2), settled, read, settled, say(5, 'd'), settled, read];
        const witness = await live(engine, steps);
        expect(witness.counts).toMatchObject({ stored: 5, erasures: 1, runs: 3 });
      });
      // A retry of it is still a duplicate, and it may be erased again; a retry of the erasing does nothing.
      await using(KEEP, async (engine) => {
        const erase = say(4, 'erase', 2);
        const again = say(5, 'again', 2);
        const retries = [say(2, 'what should not have been said'), say(2, 'other'), erase];
        const witness = await live(engine, [...said, erase, again, settled, ...retries, settled, read]);
        expect(witness.counts).toMatchObject({ stored: 5, duplicates: 3, erasures: 2, runs: 1 });
      });
      // In the batch in which it comes itself.
      await using(KEEP, async (engine) => {
        const { log } = engine;
        const witness = new Witness(log, KEEP);
        witness.open('lobby');
        witness.append('lobby', proposalOf({ id: idOf(1), text: 'a' }));
        witness.append('lobby', proposalOf({ id: idOf(2), text: 'erase', erases: 1 }));
        await engine.settle();
        witness.settled();
        witness.read({ room: 'lobby', from: 1, bytesMax: 65_536 });
        await engine.settle();
        witness.settled();
        expect(witness.counts).toMatchObject({ stored: 2, erasures: 1, runs: 1 });
      });
    });

    test('erasing what is gone already does nothing', async () => {
      const retention = { entries: 2 };
      const say = (id: number, erases = 0): Step => ({
        do: 'append',
        room: 'lobby',
        id,
        text: 'x'.repeat(500),
        member: 0,
        erases,
      });
      await using(retention, async (engine) => {
        const many = Array.from({ length: 300 }, (_, i) => say(i + 1));
        const read: Step = { do: 'read', room: 'lobby', from: 301, to: 0, bytesMax: 65_536, keep: 'first' };
        const steps: Step[] = [...many, { do: 'settle' }, say(999, 1), { do: 'settle' }, read];
        const witness = await live(engine, steps, retention);
        expect(witness.oldest('lobby')).toBeGreaterThan(1);
        expect(witness.counts).toMatchObject({ stored: 301, erasures: 0, runs: 1 });
      });
    });

    test('closing reports what is under way first', async () => {
      await using(KEEP, async (engine) => {
        const { log } = engine;
        const told: string[] = [];
        log.open('lobby', {
          onOutcomes: (outcomes) => void told.push(...outcomes.map(({ status }) => status)),
          onTruncated: () => void told.push('truncated'),
          onDamaged: () => void told.push('damaged'),
        });
        log.append('lobby', proposalOf({ id: idOf(1), text: 'a' }));
        log.close(() => void told.push('closed'));
        expect(told).toEqual([]);
        await engine.settle();
        expect(told).toEqual(['stored', 'closed']);
      });
    });

    test('a room that was removed begins a new log', async () => {
      await using(KEEP, async (engine) => {
        const witness = await live(engine, [
          { do: 'append', room: 'lobby', id: 1, text: 'a', member: 1 },
          { do: 'settle' },
          { do: 'remove', room: 'lobby' },
          { do: 'settle' },
          { do: 'append', room: 'lobby', id: 1, text: 'a', member: 0 },
        ]);
        expect(witness.counts).toMatchObject({ stored: 2, duplicates: 0 });
      });
    });

    test('appends to a room that is removed meanwhile have no outcome', async () => {
      await using(KEEP, async (engine) => {
        const witness = await live(engine, [
          { do: 'append', room: 'lobby', id: 1, text: 'a', member: 0 },
          { do: 'remove', room: 'lobby' },
          { do: 'append', room: 'lobby', id: 1, text: 'b', member: 0 },
        ]);
        expect(witness.counts).toMatchObject({ stored: 1, duplicates: 0 });
      });
    });
  });
}
