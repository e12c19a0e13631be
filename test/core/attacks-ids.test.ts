// What somebody who reads ids off the wire can do with them.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { FaultCode, type Frame } from '../../src/protocol/index.ts';
import { faultsOf, kindOf, Rig } from './rig.ts';

/** What an id that is a function of the Join would be. */
function derivedFrom(join: Frame | undefined): Uint8Array {
  const bytes = new Uint8Array([...(join?.id ?? []), 0x6c]);
  return new Uint8Array(createHash('sha256').update(bytes).digest()).slice(0, 16);
}

test('KTG-10.7 KTG-8.16 nobody can keep another one in a room by taking the id of the Leave', () => {
  const rig = new Rig();
  const mallory = rig.client('mallory', 'lobby');
  const alice = rig.client('alice', 'lobby');
  const joined = mallory.frames.find(({ author }) => author?.name === 'alice');
  mallory.say('lobby', 'mine', derivedFrom(joined));
  alice.session.lost();
  rig.clock.advance(31_000);
  const last = mallory.frames.findLast(({ seq }) => seq !== 0);
  expect([last && kindOf(last), last?.author?.name]).toEqual(['leave', 'alice']);
  const heir = rig.client();
  expect(faultsOf(heir.hello('alice'))).not.toContain(FaultCode.NAME_HELD);
});
