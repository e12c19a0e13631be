// The roster is put together of encoded parts and kept: it must be what an encoder would make, at every moment.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rosterFrames } from '../../src/core/answers.ts';
import {
  Author,
  encodeFrame,
  type Frame,
  FrameSplitter,
  Mode,
  PresenceState,
  decodeFrame,
  systemFrame,
} from '../../src/protocol/index.ts';
import { FRAME_BYTES_MAX, PREFIX_BYTES } from '../../src/protocol/limits.ts';
import { Rig } from './rig.ts';

interface Told {
  readonly names: string[];
  /** How many are said to be held, and with how many listeners each. */
  readonly held: number[];
}

/** What a listener who comes in now is told of the room. */
function toldNow(rig: Rig, room: string): Told {
  return toldIn(rig.client('').join(room, { mode: Mode.QUIET }));
}

function toldIn(frames: readonly Frame[]): Told {
  const names: string[] = [];
  const held: number[] = [];
  for (const { kind } of frames) {
    const system = kind?.$case === 'system' ? kind.value.kind : undefined;
    if (system?.$case === 'roster') names.push(...system.value.members.map(({ name }) => name));
    if (system?.$case === 'presence' && system.value.state === PresenceState.HELD)
      held.push(system.value.listeners);
  }
  return { names, held };
}

function decoded(parts: readonly Uint8Array[]): Frame[] {
  const splitter = new FrameSplitter();
  const frames: Frame[] = [];
  for (const part of parts) {
    splitter.write(part);
    for (let payload = splitter.next(); payload !== undefined; payload = splitter.next())
      frames.push(decodeFrame(payload.slice()));
    expect(splitter.waitingBytes).toBe(0);
  }
  return frames;
}

const authors = fc.array(
  fc.record({
    name: fc.string({ minLength: 1, maxLength: 32 }),
    user: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    mark: fc.constantFrom(0, 1, 2),
  }),
  { maxLength: 3_000, size: 'max' },
);

test('KTG-8.14 each frame of a roster is what an encoder makes of it, and no member is lost between two', () => {
  const isWhole = (some: Partial<Author>[], ref: number, asOf: number, listeners: number): void => {
    const all = some.map((author) => Author.fromPartial(author));
    const members = all.map((author) => Author.encode(author).finish());
    const parts = rosterFrames({ ref, room: 'lobby' }, { asOf, members, listeners });
    const found: Author[] = [];
    for (const [i, frame] of decoded(parts).entries()) {
      const system = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
      if (system?.$case !== 'roster') throw new Error('no roster');
      found.push(...system.value.members);
      const last = i === parts.length - 1;
      const value = { asOf, members: system.value.members, listeners, last };
      expect(parts[i]).toEqual(encodeFrame(systemFrame({ $case: 'roster', value }, { ref, room: 'lobby' })));
      expect(parts[i]?.length).toBeLessThanOrEqual(FRAME_BYTES_MAX + PREFIX_BYTES);
    }
    expect(found).toEqual(all);
  };
  const [refs, positions, counts] = [fc.nat({ max: 5 }), fc.nat({ max: 2 ** 40 }), fc.nat({ max: 70_000 })];
  fc.assert(fc.property(authors, refs, positions, counts, isWhole), { numRuns: 30 });
});

test('KTG-8.17 who comes in is told of everybody who is held now, with the number of listeners now', () => {
  const rig = new Rig();
  rig.client('staying', 'lobby');
  const lost = Array.from({ length: 600 }, (_, i) => rig.client(`user${i}`, 'lobby', `source${i}`));
  for (const client of lost) client.session.lost();
  rig.clock.run();
  expect(toldNow(rig, 'lobby').held).toEqual(Array(600).fill(1));
  expect(toldNow(rig, 'lobby').held).toEqual(Array(600).fill(2));
  expect(toldNow(rig, 'lobby').names).toHaveLength(601);
});

test('KTG-8.14 who is back is not told as held any more, and who is gone not as a member', () => {
  const rig = new Rig();
  const staying = rig.client('staying', 'lobby');
  // Another device of a member changes nothing in the room by coming in.
  const told = (): Told => {
    const device = rig.client();
    device.secret = staying.secret;
    device.hello('staying', { beside: true });
    return toldIn(device.join('lobby'));
  };
  const bob = rig.client('bob', 'lobby');
  bob.session.lost();
  rig.clock.run();
  expect(told()).toEqual({ names: ['staying', 'bob'], held: [0] });
  const again = rig.client();
  again.secret = bob.secret;
  again.hello('bob');
  again.join('lobby');
  expect(told()).toEqual({ names: ['staying', 'bob'], held: [] });
  again.session.lost();
  rig.clock.run();
  expect(told()).toEqual({ names: ['staying', 'bob'], held: [0] });
  rig.clock.advance(3_600_000);
  expect(told()).toEqual({ names: ['staying'], held: [] });
});
