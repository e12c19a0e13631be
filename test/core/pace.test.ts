// When the readers of rooms are served.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pace, type Paced } from '../../src/core/pace.ts';
import { ManualClock } from './rig.ts';

/** Rooms whose readers cost what the test says, in a loop that has nothing else to do. */
class Bench {
  readonly clock = new ManualClock();
  readonly pace: Pace;
  /** When each round was, and what it carried. */
  readonly rounds: Array<{ readonly at: number; readonly carried: number }> = [];
  costMs = 0;
  /** What somebody else's writes bring about, once. */
  whileServing: (() => void) | undefined;
  #offset = 0;
  #isComing = false;

  constructor() {
    const { defer } = this.clock;
    const after = (ms: number, callback: () => void): (() => void) => {
      // As Node.js says when it is asked for the past.
      if (!(ms > 0)) throw new RangeError(`a timer of ${ms} ms`);
      return this.clock.after(ms, callback);
    };
    const monotonic = (): number => this.clock.monotonic() + this.#offset;
    this.pace = new Pace({ now: this.clock.now, monotonic, after, defer }, () => {
      if (this.#isComing) return;
      this.#isComing = true;
      defer(() => this.turn());
    });
  }

  get now(): number {
    return this.clock.monotonic() + this.#offset;
  }

  room(): Speech {
    return new Speech(this);
  }

  /** Somebody was served, which took its time. */
  served(carried: number): void {
    this.rounds.push({ at: this.now, carried });
    this.#offset += this.costMs;
  }

  turn(): void {
    this.#isComing = false;
    this.pace.serve(() => {
      const happen = this.whileServing;
      this.whileServing = undefined;
      happen?.();
    });
  }
}

/** A room, and how long what was said in it waited. */
class Speech implements Paced {
  readonly waits: number[] = [];
  readonly #bench: Bench;
  #said: number[] = [];
  grownTo = 0;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  get waiting(): number {
    return this.#said.length;
  }

  say(): void {
    this.grownTo++;
    this.#said.push(this.#bench.now);
    this.#bench.pace.grown(this);
  }

  wakeReaders(): void {
    for (const at of this.#said) this.waits.push(this.#bench.now - at);
    this.#bench.served(this.#said.length);
    this.#said = [];
  }
}

test('the first is served at once, and so is everything as long as that costs next to nothing', () => {
  const bench = new Bench();
  bench.costMs = 0.9;
  const room = bench.room();
  for (let n = 0; n < 5; n++) {
    room.say();
    bench.clock.run();
  }
  expect(room.waits).toEqual([0, 0, 0, 0, 0]);
});

test('behind a round that has cost much the next one waits, and carries what came meanwhile', () => {
  const bench = new Bench();
  bench.costMs = 3;
  const room = bench.room();
  room.say();
  bench.clock.run();
  for (let n = 0; n < 3; n++) {
    bench.clock.advance(1);
    room.say();
  }
  bench.clock.advance(10);
  expect(bench.rounds.map(({ carried }) => carried)).toEqual([1, 3]);
  const [first, second] = bench.rounds;
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(3 + 2 * 2.5);
});

test('a room in which enough waits is served at once', () => {
  const bench = new Bench();
  bench.costMs = 2;
  const room = bench.room();
  room.say();
  bench.clock.run();
  for (let n = 0; n < 40; n++) room.say();
  bench.clock.run();
  expect(bench.rounds.map(({ carried }) => carried)).toEqual([1, 40]);
});

test('whoever is silent for a while is served at once again', () => {
  const bench = new Bench();
  bench.costMs = 2;
  const room = bench.room();
  room.say();
  bench.clock.advance(20);
  room.say();
  bench.clock.run();
  expect(room.waits).toEqual([0, 0]);
});

test('what grows while others are served comes in the next turn', () => {
  const bench = new Bench();
  const room = bench.room();
  bench.whileServing = () => room.say();
  bench.turn();
  bench.clock.run();
  expect(room.waits).toEqual([0]);
});

test('nobody waits longer than the pause and the rounds that are under way, and everything is served', () => {
  const step = fc.record({ room: fc.nat(3), gapMs: fc.nat(8), costMs: fc.nat(12) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const bench = new Bench();
      const rooms = Array.from({ length: 4 }, () => bench.room());
      for (const { room, gapMs, costMs } of steps) {
        bench.costMs = costMs;
        bench.clock.advance(gapMs);
        rooms[room]?.say();
        bench.clock.run();
      }
      bench.clock.advance(100);
      for (const { waiting, waits } of rooms) {
        expect(waiting).toBe(0);
        // The others' part of the same round comes before, and a timer fires up to one step late.
        expect(Math.max(0, ...waits)).toBeLessThanOrEqual(10 + 3 * 12 + 8);
      }
      expect(bench.pace.isIdle).toBe(true);
    }),
  );
});
