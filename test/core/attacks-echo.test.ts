// What a client makes the server say back.
import { expect, test } from 'vitest';
import { encodeFrame, FaultCode, type Frame, frameOf } from '../../src/protocol/index.ts';
import { FRAME_BYTES_MAX } from '../../src/protocol/limits.ts';
import { faultsOf, Rig } from './rig.ts';

/** A Chat without content that fills a frame with one of its fields. */
function stuffed(field: 'room' | 'id'): Frame {
  const chat = { $case: 'chat' as const, value: { content: undefined, replyTo: 0 } };
  const length = FRAME_BYTES_MAX - 16;
  const fill = field === 'room' ? { room: '\u0001'.repeat(length) } : { id: new Uint8Array(length) };
  return frameOf(chat, { ref: 5, room: 'lobby', ...fill });
}

test.each([
  ['room', FaultCode.NO_SUCH_ROOM],
  ['id', FaultCode.BAD_FIELD],
] as const)('KTG-3.8 a %s that is none is not said back', (field, code) => {
  const rig = new Rig();
  const alice = rig.client('alice', 'lobby');
  // The rig's splitter refuses what is longer than a frame may be.
  const [fault, ...more] = alice.ask(stuffed(field));
  expect(more).toEqual([]);
  expect(faultsOf(fault === undefined ? [] : [fault])).toEqual([code]);
  expect(fault && encodeFrame(fault).length).toBeLessThan(200);
  expect(JSON.stringify(rig.events).length).toBeLessThan(2_000);
});
