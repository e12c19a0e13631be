// One client that asks for much at once.
import { expect, test } from 'vitest';
import { encodeFrame, type Frame, frameOf, systemFrame } from '../../src/protocol/index.ts';
import { kindOf, Rig } from './rig.ts';

const PAIRS = 500;

function visit(): Frame[] {
  const join = { have: undefined, last: 0, mode: 2 as const };
  const leave = { reason: 0 as const, by: undefined, text: '' };
  return [
    frameOf({ $case: 'join', value: join }, { room: 'lobby' }),
    frameOf({ $case: 'leave', value: leave }, { room: 'lobby' }),
  ];
}

/** Many frames as one piece. */
function pieceOf(frames: readonly Frame[]): Uint8Array {
  const parts = frames.map(encodeFrame);
  const piece = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    piece.set(part, at);
    at += part.length;
  }
  return piece;
}

test('KTG-14.2 others have their turn between the frames of one who sends many at once', () => {
  const rig = new Rig({ requestRate: 0 });
  const alice = rig.client('alice', 'lobby');
  const mallory = rig.client('mallory');
  const before = rig.hub.rooms.get('lobby')?.signals.newest ?? 0;
  mallory.session.receive(pieceOf(Array.from({ length: PAIRS }, visit).flat()));
  const done = (rig.hub.rooms.get('lobby')?.signals.newest ?? 0) - before;
  expect(done).toBeLessThanOrEqual(64);
  expect(
    alice.ask(systemFrame({ $case: 'ping', value: { nonce: new Uint8Array(8) } })).map(kindOf),
  ).toContain('pong');
  expect(mallory.frames.filter((frame) => kindOf(frame) === 'left')).toHaveLength(PAIRS);
});

test('KTG-5.10 what was sent before the end is answered, however many frames it is', () => {
  const rig = new Rig({ requestRate: 0 });
  const mallory = rig.client('mallory');
  mallory.session.receive(pieceOf(Array.from({ length: PAIRS }, visit).flat()));
  mallory.session.finish();
  rig.clock.run();
  expect(mallory.frames.filter((frame) => kindOf(frame) === 'left')).toHaveLength(PAIRS);
  expect(mallory.ended).toBe(true);
});
