import { expect, test } from 'vitest';
import { FaultCode, frameOf, Reason, systemFrame } from '../../src/protocol/index.ts';
import { faultsOf, kindOf, Rig } from './rig.ts';

test('three people talk, and each hears the same in the same order', () => {
  const rig = new Rig();
  const [alice, bob, carol] = ['alice', 'bob', 'carol'].map((name) => rig.client(name, 'lobby'));
  alice?.say('lobby', 'halo');
  bob?.say('lobby', 'hai');
  carol?.say('lobby', 'apa kabar?');
  const entries = (client: typeof alice): string[] =>
    (client?.frames ?? []).filter(({ seq }) => seq > 0).map((frame) => `${frame.seq} ${kindOf(frame)}`);
  expect(entries(alice)).toEqual(['2 join', '3 join', '4 chat', '5 chat', '6 chat']);
  expect(entries(carol)).toEqual(['4 chat', '5 chat', '6 chat']);
});

test('a join is answered by joined, roster and then the entries asked for', () => {
  const rig = new Rig();
  const alice = rig.client('alice', 'lobby');
  for (let i = 0; i < 5; i++) alice.say('lobby', `line ${i}`);
  const bob = rig.client('bob');
  expect(bob.join('lobby', { last: 3 }).map(kindOf)).toEqual(['joined', 'roster', 'chat', 'chat', 'join']);
});

test('a chat with a ref is answered by stored; the same id again by a duplicate', () => {
  const rig = new Rig();
  const alice = rig.client('alice', 'lobby');
  const id = new Uint8Array(16).fill(7);
  expect(alice.say('lobby', 'halo', id).map(kindOf)).toEqual(['stored', 'chat']);
  const again = alice.say('lobby', 'halo', id);
  expect(again.map(kindOf)).toEqual(['stored']);
  expect(faultsOf(alice.say('lobby', 'something else', id))).toEqual([FaultCode.ID_REUSED]);
});

test('who is lost is held, and leaves when the grace is over', () => {
  const rig = new Rig();
  const alice = rig.client('alice', 'lobby');
  const bob = rig.client('bob', 'lobby');
  bob.session.finish();
  rig.clock.run();
  expect(bob.ended).toBe(true);
  rig.clock.advance(29_000);
  expect(rig.hub.status().rooms).toMatchObject([{ room: 'lobby', members: 2, held: 1 }]);
  expect(alice.frames.filter(({ kind }) => kind?.$case === 'leave')).toEqual([]);
  rig.clock.advance(2_000);
  const left = alice.frames.find(({ kind }) => kind?.$case === 'leave');
  expect(left?.kind?.$case === 'leave' && left.kind.value.reason).toBe(Reason.LOST);
  expect(rig.hub.status().rooms).toMatchObject([{ room: 'lobby', members: 1, held: 0 }]);
});

test('a user who comes back with the secret is not seen to leave', () => {
  const rig = new Rig();
  const alice = rig.client('alice', 'lobby');
  const bob = rig.client('bob', 'lobby');
  bob.session.lost();
  rig.clock.advance(10_000);
  const impostor = rig.client();
  const refusal = impostor.hello('bob');
  expect(faultsOf(refusal)).toEqual([FaultCode.NAME_HELD]);
  const [held] = refusal.map(({ kind }) => (kind?.$case === 'system' ? kind.value.kind : undefined));
  expect(held?.$case === 'fault' && held.value.retryAfterMs).toBe(20_000);
  const back = rig.client();
  back.secret = bob.secret;
  back.hello('bob');
  back.join('lobby');
  rig.clock.advance(60_000);
  expect(alice.frames.filter(({ seq }) => seq > 0).map(kindOf)).toEqual(['join']);
  expect(alice.frames.map(kindOf).filter((kind) => kind === 'presence')).toHaveLength(2);
});

test('a roster that was asked for comes, also when a join moves the cursor before it', () => {
  const rig = new Rig();
  const alice = rig.client('alice', 'lobby');
  const request = systemFrame({ $case: 'rosterRequest', value: {} }, { ref: 8, room: 'lobby' });
  const value = { have: undefined, last: 1, mode: 0 as const };
  const frames = alice.ask(request, frameOf({ $case: 'join', value }, { ref: 9, room: 'lobby' }));
  expect(frames.map((frame) => `${kindOf(frame)} ${frame.ref}`)).toEqual([
    'joined 9',
    'roster 0',
    'roster 8',
    'join 0',
  ]);
});
