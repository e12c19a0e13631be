// One client that takes the places of all.
import { expect, test } from 'vitest';
import { FaultCode } from '../../src/protocol/index.ts';
import { faultsOf, kindOf, Rig } from './rig.ts';

test('KTG-5.4 those who say no Hello keep nobody out who does', () => {
  const rig = new Rig({ unwelcomedMax: 3 });
  const mutes = [rig.client(), rig.client(), rig.client()];
  const alice = rig.client();
  expect(alice.hello('alice').map(kindOf)).toContain('welcome');
  expect(mutes.map(({ frames }) => faultsOf(frames))).toEqual([[FaultCode.HELLO_TIMEOUT], [], []]);
  const bob = rig.client('bob');
  expect(bob.frames.map(kindOf)).toContain('welcome');
  expect(mutes.map(({ ended }) => ended)).toEqual([true, false, false]);
});
