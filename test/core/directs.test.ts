// Hints at private rooms that grow unread.
import { expect, test } from 'vitest';
import type { Frame } from '../../src/protocol/index.ts';
import { kindOf, type RawClient, Rig } from './rig.ts';

function directsOf(client: RawClient): unknown[] {
  return client.frames.flatMap(({ room, kind }) => {
    const system = kind?.$case === 'system' ? kind.value.kind : undefined;
    if (system?.$case !== 'direct') return [];
    return [{ room, peer: system.value.peer?.name, newest: system.value.newest }];
  });
}

const roomOf = (frames: readonly Frame[]): string =>
  frames.find((frame) => kindOf(frame) === 'joined')?.room ?? '';

test('KTG-8.22 each of the two is told of the other one, each time that something came', () => {
  const rig = new Rig();
  const alice = rig.client('alice');
  const bob = rig.client('bob');
  const room = roomOf(alice.join('@bob'));
  alice.say(room, 'halo');
  alice.say(room, 'are you there?');
  expect(directsOf(bob)).toEqual([
    { room, peer: 'alice', newest: 1 },
    { room, peer: 'alice', newest: 2 },
  ]);
  expect(directsOf(alice)).toEqual([]);
  // Now the other way round: bob opens, alice does not read.
  const back = rig.client();
  back.secret = alice.secret;
  back.hello('alice');
  bob.join(room);
  bob.say(room, 'now I am');
  expect(directsOf(back).at(-1)).toEqual({ room, peer: 'bob', newest: 3 });
});
