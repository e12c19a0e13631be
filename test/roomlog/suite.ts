// The contract of src/roomlog/roomlog.ts, executable. Every engine runs all of it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RoomLog } from '../../src/roomlog/roomlog.ts';
import { proposalOf, Witness } from './witness.ts';
import { runs } from '../runs.ts';

/** An engine in the hands of a test. */
export interface TestEngine {
  readonly log: RoomLog;
  /** Sets the engine's wall clock, milliseconds since 1970. */
  setTime(ms: number): void;
  /** Resolves when everything that was called has been reported. */
  settle(): Promise<void>;
  dispose(): Promise<void>;
}

export interface EngineOptions {
  /** What a room keeps at least, in bytes of entries. */
  readonly retainBytes: number;
}

export type CreateEngine = (options: EngineOptions) => Promise<TestEngine>;

type Step =
  | {
      readonly do: 'append';
      readonly room: string;
      readonly id: number;
      readonly text: string;
      readonly member: number;
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

/** Does the steps with the engine watched. Throws Broken when the engine breaks its contract. */
export async function live(engine: TestEngine, steps: readonly Step[]): Promise<Witness> {
  const witness = new Witness(engine.log);
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
          proposalOf({ id: idOf(each.id), text: each.text, member: memberOf(each.member) }),
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
        break;
      case 'settle':
        await settle();
    }
  }
  await settle();
  return witness;
}

/** Runs one engine through the whole contract. */
export function roomLogSuite(name: string, createEngine: CreateEngine): void {
  const using = async <T>(retainBytes: number, run: (engine: TestEngine) => Promise<T>): Promise<T> => {
    const engine = await createEngine({ retainBytes });
    try {
      return await run(engine);
    } finally {
      await engine.dispose();
    }
  };

  describe(`${name}: the contract of an engine`, () => {
    test('holds for any use, and when little is retained', async () => {
      const sum = { stored: 0, duplicates: 0, truncations: 0, runs: 0 };
      await fc.assert(
        fc.asyncProperty(anySteps, fc.constantFrom(1, 2_000, 1_000_000), async (steps, retainBytes) => {
          const { counts } = await using(retainBytes, (engine) => live(engine, steps));
          for (const key of Object.keys(sum) as Array<keyof typeof sum>) sum[key] += counts[key];
        }),
        runs(400),
      );
      // The property has really been everywhere.
      for (const count of Object.values(sum)) expect(count).toBeGreaterThan(100);
    });

    test('a retry in the same batch and one behind it find the first', async () => {
      await using(1_000_000, async (engine) => {
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
      await using(1_000_000, async (engine) => {
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
      await using(1, async (engine) => {
        const witness = await live(engine, [
          { do: 'pin', room: 'lobby', follower: 'chat.log', seq: 0 },
          ...many.map((id) => ({ do: 'append', room: 'lobby', id, text, member: 0 }) as const),
        ]);
        expect(witness.counts.truncations).toBe(0);
        const { log } = engine;
        log.pin('lobby', 'chat.log', 250);
        expect(log.rooms()[0]?.oldest).toBe(1);
      });
      await using(1, async (engine) => {
        const witness = await live(engine, [
          ...many.map((id) => ({ do: 'append', room: 'lobby', id, text, member: 0 }) as const),
          { do: 'settle' },
          { do: 'append', room: 'lobby', id: 999, text, member: 0 },
        ]);
        expect(witness.counts.truncations).toBeGreaterThan(0);
      });
    });

    test('closing reports what is under way first', async () => {
      await using(1_000_000, async (engine) => {
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
      await using(1_000_000, async (engine) => {
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
      await using(1_000_000, async (engine) => {
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
