// What a follower has been given and has not finished with stays in the log.
import { expect, test } from 'vitest';
import type { Follower } from '../../src/core/follower.ts';
import { payloadsOf } from '../../src/protocol/frame.ts';
import { decodeFrame } from '../../src/protocol/index.ts';
import { MemoryLog } from '../../src/roomlog/memory.ts';
import type { Run } from '../../src/roomlog/roomlog.ts';
import { crypto, type ManualClock, Rig } from './rig.ts';

const RETAIN_BYTES = 20_000;

const smallLog = ({ now, defer }: ManualClock): MemoryLog =>
  new MemoryLog({ crypto, now, defer, retention: { bytes: RETAIN_BYTES } });

/** Takes runs and finishes with them when it is told to, and has them for good when it is told that. */
class Slow implements Follower {
  readonly name = 'slow';
  readonly seqs: number[] = [];
  readonly gaps: number[] = [];
  readonly rooms = new Set<string>();
  readonly #done = new Map<string, () => void>();
  #durable: Array<() => void> = [];

  wants(): boolean {
    return true;
  }

  position(): number {
    return 0;
  }

  take(room: string, run: Run, done: () => void, durable: () => void): void {
    this.rooms.add(room);
    if (this.#done.has(room)) throw new Error('a second run before the first one is done');
    for (const payload of payloadsOf(run.bytes)) this.seqs.push(decodeFrame(payload).seq);
    this.#done.set(room, done);
    this.#durable.push(durable);
  }

  gap(_room: string, next: number): void {
    this.gaps.push(next);
  }

  ended(room: string): void {
    this.#done.delete(room);
  }

  /** False: there was nothing to finish. */
  finish(): boolean {
    const done = [...this.#done.values()];
    this.#done.clear();
    for (const each of done) each();
    return done.length > 0;
  }

  /** Everything that was taken is safe. */
  save(): void {
    for (const each of this.#durable.splice(0)) each();
  }
}

test('a follower that is slow misses nothing, however little is retained', () => {
  const rig = new Rig({}, smallLog);
  const slow = new Slow();
  rig.hub.follow(slow);
  const alice = rig.client('alice', 'lobby');
  const oldest = (): number => rig.hub.status().rooms.find(({ room }) => room === 'lobby')?.oldest ?? 0;
  for (let i = 0; i < 60; i++) alice.say('lobby', 'x'.repeat(2_000));
  // It holds the first entry, so even that is still there for a next one under its name.
  expect(oldest()).toBe(1);
  for (let i = 0; slow.finish(); i++) {
    alice.say('lobby', `line ${i} ${'y'.repeat(2_000)}`);
    if (i > 30) break;
  }
  rig.clock.run();
  while (slow.finish());
  expect(slow.gaps).toEqual([]);
  expect(slow.seqs).toEqual(slow.seqs.map((_, i) => i + 1));
  // Finished is not durable: after a crash it would ask for all of it again.
  alice.say('lobby', 'and then');
  expect(oldest()).toBe(1);
  slow.save();
  alice.say('lobby', 'and now');
  expect(oldest()).toBeGreaterThan(1);
});

test('what is gone before a follower comes is told, and the rest is read', () => {
  const rig = new Rig({}, smallLog);
  const alice = rig.client('alice', 'lobby');
  for (let i = 0; i < 60; i++) alice.say('lobby', 'x'.repeat(2_000));
  const slow = new Slow();
  rig.hub.follow(slow);
  rig.clock.run();
  while (slow.finish()) rig.clock.run();
  const [first = 0] = slow.seqs;
  expect(first).toBeGreaterThan(1);
  expect(slow.gaps).toEqual([first]);
  expect(slow.seqs).toEqual(slow.seqs.map((_, i) => first + i));
  expect(slow.seqs.at(-1)).toBe(61);
});

test.each([false, true])(
  'KTG-6.8 private rooms are followed only when everybody is told so: %s',
  (logsPrivate) => {
    const rig = new Rig({ logsPrivate }, smallLog);
    const eager = new Slow();
    rig.hub.follow(eager);
    const alice = rig.client('alice', 'lobby');
    rig.client('bob', 'lobby');
    const [joined] = alice.join('@bob');
    alice.say(joined?.room ?? '', 'psst');
    const late = new Slow();
    rig.hub.follow(late);
    for (let i = 0; i < 10; i++) {
      eager.finish();
      late.finish();
      rig.clock.run();
    }
    expect(joined?.room).toMatch(/^~/);
    const rooms = logsPrivate ? ['lobby', joined?.room] : ['lobby'];
    expect([...eager.rooms]).toEqual(rooms);
    expect([...late.rooms]).toEqual(rooms);
  },
);
