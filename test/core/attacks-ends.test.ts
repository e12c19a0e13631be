// Rooms that end while somebody asks for them.
import { expect, test } from 'vitest';
import { encodeFrame, FaultCode, type Frame, frameOf } from '../../src/protocol/index.ts';
import { faultsOf, kindOf, Rig } from './rig.ts';

function joinedOf(frames: readonly Frame[]): { room: string; logId: Uint8Array } {
  for (const { room, kind } of frames) {
    const system = kind?.$case === 'system' ? kind.value.kind : undefined;
    if (system?.$case === 'joined') return { room, logId: system.value.logId };
  }
  throw new Error('no Joined');
}

test('KTG-5.5 a Join whose room ends before its position is checked is answered', () => {
  const rig = new Rig();
  const alice = rig.client('alice');
  rig.client('bob');
  const { room, logId } = joinedOf(alice.join('@bob'));
  alice.say(room, 'hello');
  const have = { logId, seq: 1, check: 12 };
  const join = frameOf({ $case: 'join', value: { have, last: 0, mode: 0 } }, { ref: 77, room });
  const before = alice.frames.length;
  alice.session.receive(encodeFrame(join));
  rig.hub.rooms.get(room)?.close();
  rig.clock.run();
  const answers = alice.frames.slice(before);
  expect(answers.filter(({ ref }) => ref === 77).map(kindOf)).toEqual(['fault']);
  expect(faultsOf(answers)).toEqual([FaultCode.NO_SUCH_ROOM]);
  expect(answers.map(kindOf)).toContain('left');
});
