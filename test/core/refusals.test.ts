import { expect, test } from 'vitest';
import { encodeFrame, FaultCode, type Frame, frameOf } from '../../src/protocol/index.ts';
import { faultsOf, kindOf, type RawClient, Rig } from './rig.ts';
import { ScriptedLog } from './scripted-log.ts';

function rigWithLog(): { rig: Rig; log: ScriptedLog } {
  const logs: ScriptedLog[] = [];
  const rig = new Rig({}, (clock) => {
    const log = new ScriptedLog(clock);
    logs.push(log);
    return log;
  });
  return { rig, log: logs[0] as ScriptedLog };
}

function chat(text: string, ref: number): Frame {
  const value = { content: { $case: 'text' as const, value: text }, replyTo: 0 };
  return frameOf({ $case: 'chat', value }, { ref, room: 'lobby', id: new Uint8Array(16).fill(ref) });
}

function texts(client: RawClient): string[] {
  return client.frames.flatMap(({ kind }) =>
    kind?.$case === 'chat' && kind.value.content?.$case === 'text' ? [kind.value.content.value] : [],
  );
}

test('KTG-9.11 after a refusal nothing overtakes until the ping behind it is answered', () => {
  const { rig, log } = rigWithLog();
  const alice = rig.client('alice', 'lobby');
  alice.answersPings = false;
  log.auto = false;
  alice.ask(chat('one', 1), chat('two', 2), chat('three', 3));
  log.fail('lobby', 'STORAGE_FULL', 1);
  log.auto = true;
  rig.clock.run();
  expect(faultsOf(alice.frames)).toEqual([FaultCode.STORAGE_FULL, FaultCode.STORAGE_FULL]);
  expect(faultsOf(alice.ask(chat('four', 4)))).toEqual([FaultCode.OUT_OF_LINE]);
  const pings = alice.frames.filter((frame) => kindOf(frame) === 'ping');
  for (const { kind } of pings) {
    const ping = kind?.$case === 'system' ? kind.value.kind : undefined;
    if (ping?.$case !== 'ping') continue;
    const pong = { $case: 'pong' as const, value: { nonce: ping.value.nonce } };
    alice.ask(frameOf({ $case: 'system', value: { kind: pong } }));
  }
  alice.ask(chat('two', 2), chat('three', 3), chat('four', 4));
  expect(texts(alice)).toEqual(['one', 'two', 'three', 'four']);
});

test('the ping behind a refusal stands behind its fault', () => {
  const { rig, log } = rigWithLog();
  const alice = rig.client('alice', 'lobby');
  log.auto = false;
  alice.ask(chat('one', 1));
  log.fail('lobby');
  rig.clock.run();
  const kinds = alice.frames.map(kindOf);
  expect(kinds.lastIndexOf('ping')).toBeGreaterThan(kinds.indexOf('fault'));
});

test('a join that could not be stored leaves nobody behind', () => {
  const { rig, log } = rigWithLog();
  const bob = rig.client('bob', 'lobby');
  const alice = rig.client('alice');
  log.auto = false;
  alice.join('lobby');
  // Pipelined behind the undecided join: admitted on the strength of it, or not at all.
  alice.ask(chat('too early', 9));
  log.fail('lobby', 'STORAGE_READ_ONLY');
  log.auto = true;
  rig.clock.run();
  expect(faultsOf(alice.frames)).toEqual([FaultCode.STORAGE_READ_ONLY, FaultCode.NOT_A_MEMBER]);
  expect(alice.join('lobby').map(kindOf)).toContain('joined');
  expect(bob.frames.filter(({ seq }) => seq > 0).map(kindOf)).toEqual(['join']);
});

test('a leave that could not be stored leaves the member in', () => {
  const { rig, log } = rigWithLog();
  const alice = rig.client('alice', 'lobby');
  log.auto = false;
  alice.ask(
    frameOf({ $case: 'leave', value: { reason: 0, by: undefined, text: '' } }, { ref: 5, room: 'lobby' }),
  );
  log.fail('lobby');
  log.auto = true;
  rig.clock.run();
  expect(faultsOf(alice.frames)).toEqual([FaultCode.STORAGE_FULL]);
  expect(alice.say('lobby', 'still here').map(kindOf)).toEqual(['stored', 'chat']);
});

test('a leave at the end of the grace that could not be stored is tried again', () => {
  const { rig, log } = rigWithLog();
  const alice = rig.client('alice', 'lobby');
  const bob = rig.client('bob', 'lobby');
  bob.session.lost();
  log.auto = false;
  rig.clock.advance(31_000);
  log.fail('lobby');
  log.auto = true;
  expect(rig.hub.users.byName('bob')).toBeDefined();
  rig.clock.advance(6_000);
  expect(alice.frames.filter(({ seq }) => seq > 0).map(kindOf)).toEqual(['join', 'leave']);
  expect(rig.hub.users.byName('bob')).toBeUndefined();
});

test('nothing is seen or answered before it is stored', () => {
  const { rig, log } = rigWithLog();
  const alice = rig.client('alice', 'lobby');
  const bob = rig.client('bob', 'lobby');
  log.auto = false;
  const before = alice.frames.length + bob.frames.length;
  alice.ask(chat('one', 1), chat('two', 2));
  expect(alice.frames.length + bob.frames.length).toBe(before);
  log.commit('lobby', 1);
  rig.clock.run();
  expect(texts(bob)).toEqual(['one']);
});

test('a sender with too much undecided is not read, and goes on when it is decided', () => {
  const { rig, log } = rigWithLog();
  const alice = rig.client('alice', 'lobby');
  log.auto = false;
  alice.ask(...Array.from({ length: 100 }, (_, i) => chat(`${i}`, i + 10)));
  expect(log.waiting('lobby')).toBe(64);
  log.commit('lobby', 10);
  rig.clock.run();
  expect(log.waiting('lobby')).toBe(64);
  log.auto = true;
  log.commit('lobby');
  rig.clock.run();
  expect(texts(alice)).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
});

test('what waits behind an undecided join is bounded: reading stops, and goes on', () => {
  const { rig, log } = rigWithLog();
  const alice = rig.client('alice');
  log.auto = false;
  alice.join('lobby');
  alice.send(...Array.from({ length: 10 }, (_, i) => chat('x'.repeat(9_000), i + 10)));
  expect(alice.paused).toBe(true);
  log.auto = true;
  log.commit('lobby');
  rig.clock.run();
  expect(alice.paused).toBe(false);
  expect(texts(alice)).toHaveLength(10);
});

test('what came before a FIN is answered before the end', () => {
  const { rig, log } = rigWithLog();
  const alice = rig.client('alice', 'lobby');
  log.auto = false;
  alice.session.receive(encodeFrame(chat('last words', 7)));
  alice.session.finish();
  rig.clock.run();
  expect(alice.ended).toBe(false);
  log.auto = true;
  log.commit('lobby');
  rig.clock.run();
  expect(alice.ended).toBe(true);
  expect(alice.frames.map(kindOf)).toContain('stored');
});

test('KTG-5.10 after a FIN come the answers that are owed, without pings and without a stream', () => {
  const { rig } = rigWithLog();
  const alice = rig.client('alice', 'lobby');
  const big = 'x'.repeat(16_000);
  for (let i = 0; i < 40; i++) alice.say('lobby', big, new Uint8Array(16).fill(i + 1));
  const bob = rig.client('bob', 'lobby');
  bob.answersPings = false;
  const history = (ref: number): Frame => {
    const value = { start: { $case: 'after' as const, value: 0 }, limit: 500 };
    return frameOf({ $case: 'system', value: { kind: { $case: 'history', value } } }, { ref, room: 'lobby' });
  };
  // Ten pages are far more than the window holds.
  for (let i = 0; i < 10; i++) bob.send(history(100 + i));
  bob.session.finish();
  alice.say('lobby', 'nobody listens');
  rig.clock.run();
  expect(bob.frames.filter((frame) => kindOf(frame) === 'page').map(({ ref }) => ref)).toEqual(
    Array.from({ length: 10 }, (_, i) => 100 + i),
  );
  expect(texts(bob)).not.toContain('nobody listens');
  expect(bob.ended).toBe(true);
});
