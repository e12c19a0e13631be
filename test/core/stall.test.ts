// Who takes nothing in ends, whichever way that shows (docs/protocol.md, KTG-11.14).
import { expect, test } from 'vitest';
import { FaultCode } from '../../src/protocol/index.ts';
import { faultsOf, kindOf, Rig } from './rig.ts';

const STALL_MS = 30_000;

test('KTG-11.14 a transport that never has room again ends the session, though no Ping can be written', () => {
  const rig = new Rig();
  const alice = rig.client('alice', 'lobby');
  alice.accepts = false;
  alice.say('lobby', 'the transport is full behind this');
  const pings = alice.frames.filter((frame) => kindOf(frame) === 'ping').length;
  rig.clock.advance(STALL_MS - 2_000);
  expect(alice.ended).toBe(false);
  expect(alice.frames.filter((frame) => kindOf(frame) === 'ping')).toHaveLength(pings);
  rig.clock.advance(5_000);
  expect(alice.ended).toBe(true);
  expect(faultsOf(alice.frames)).toEqual([FaultCode.SLOW_READER]);
});

test('KTG-11.14 one that has room again in time lives', () => {
  const rig = new Rig();
  const alice = rig.client('alice', 'lobby');
  for (let i = 0; i < 4; i++) {
    alice.accepts = false;
    alice.say('lobby', 'full');
    rig.clock.advance(STALL_MS - 5_000);
    alice.accepts = true;
    alice.session.writable();
    rig.clock.advance(1_000);
  }
  expect(alice.ended).toBe(false);
});
