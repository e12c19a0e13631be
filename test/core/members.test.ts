// Who comes and goes while storage has not decided yet, or says no.
import { describe, expect, test } from 'vitest';
import { FaultCode, type Frame, frameOf, systemFrame } from '../../src/protocol/index.ts';
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

/** A further connection of the same user. */
function again(rig: Rig, client: RawClient, name: string, beside: boolean): RawClient {
  const other = rig.client();
  other.secret = client.secret;
  other.hello(name, { beside });
  return other;
}

function entriesOf(client: RawClient): string[] {
  return client.frames
    .filter(({ seq }) => seq > 0)
    .map((frame) => `${kindOf(frame)} ${frame.author?.name ?? ''}`);
}

const leave = (ref: number): Frame =>
  frameOf({ $case: 'leave', value: { reason: 0, by: undefined, text: '' } }, { ref, room: 'lobby' });

describe('a member whose session is lost', () => {
  test('KTG-7.8 while the Join is under way is held, and leaves when the grace is over', () => {
    const { rig, log } = rigWithLog();
    const alice = rig.client('alice', 'lobby');
    const bob = rig.client('bob');
    log.auto = false;
    bob.join('lobby');
    bob.session.lost();
    log.auto = true;
    log.commit('lobby');
    rig.clock.advance(29_000);
    expect(entriesOf(alice)).toEqual(['join bob']);
    rig.clock.advance(2_000);
    expect(entriesOf(alice)).toEqual(['join bob', 'leave bob']);
    expect(rig.hub.users.byName('bob')).toBeUndefined();
  });

  test('KTG-7.5 keeps the name until the Leave is stored', () => {
    const { rig, log } = rigWithLog();
    const alice = rig.client('alice', 'lobby');
    rig.client('bob', 'lobby').session.lost();
    log.auto = false;
    rig.clock.advance(31_000);
    expect(log.waiting('lobby')).toBe(1);
    const impostor = rig.client();
    expect(faultsOf(impostor.hello('bob'))).toEqual([FaultCode.NAME_HELD]);
    log.fail('lobby');
    expect(faultsOf(impostor.hello('bob'))).toEqual([FaultCode.NAME_HELD]);
    log.auto = true;
    rig.clock.advance(6_000);
    expect(faultsOf(impostor.hello('bob'))).toEqual([]);
    expect(entriesOf(alice)).toEqual(['join bob', 'leave bob']);
  });

  test('KTG-7.8 is back in time also when the Join has to wait for storage', () => {
    const { rig, log } = rigWithLog();
    const alice = rig.client('alice', 'lobby');
    const bob = rig.client('bob', 'lobby');
    bob.session.lost();
    rig.clock.advance(29_000);
    log.auto = false;
    alice.say('lobby', 'where is he?');
    const back = again(rig, bob, 'bob', false);
    expect(back.join('lobby')).toEqual([]);
    rig.clock.advance(5_000);
    log.auto = true;
    log.commit('lobby');
    rig.clock.advance(60_000);
    expect(back.frames.map(kindOf)).toContain('joined');
    expect(entriesOf(alice)).toEqual(['join bob', 'chat alice']);
  });
});

describe('a user with several sessions', () => {
  test('KTG-7.7 all of them give way to one that does not come beside them', () => {
    const rig = new Rig();
    const first = rig.client('alice', 'lobby');
    const others = [1, 2].map(() => again(rig, first, 'alice', true));
    for (const other of others) other.join('lobby');
    const last = again(rig, first, 'alice', false);
    last.join('lobby');
    for (const older of [first, ...others]) {
      expect(faultsOf(older.frames)).toEqual([FaultCode.REPLACED]);
      expect(older.ended).toBe(true);
    }
    const before = others.map(({ frames }) => frames.length);
    last.say('lobby', 'only I am here');
    expect(others.map(({ frames }) => frames.length)).toEqual(before);
  });

  test('KTG-7.7 KTG-7.8 one that was replaced counts for nothing: the membership ends with the last', () => {
    const rig = new Rig();
    const bob = rig.client('bob', 'lobby');
    const first = rig.client('alice', 'lobby');
    const last = again(rig, first, 'alice', false);
    last.join('lobby');
    last.session.lost();
    rig.clock.advance(31_000);
    expect(entriesOf(bob)).toEqual(['join alice', 'leave alice']);
  });

  test('KTG-8.4 none is in before the Join of the user is stored, and none if it fails', () => {
    const { rig, log } = rigWithLog();
    const first = rig.client('alice');
    const second = again(rig, first, 'alice', true);
    log.auto = false;
    first.join('lobby');
    expect(second.join('lobby')).toEqual([]);
    log.fail('lobby');
    rig.clock.run();
    expect(first.frames.map(kindOf).at(-1)).toBe('fault');
    expect(second.frames.map(kindOf).at(-1)).toBe('fault');
    expect(second.frames.map(kindOf)).not.toContain('joined');
  });

  test('KTG-8.12 a Leave of one of them comes behind the receipts of what it said', () => {
    const { rig, log } = rigWithLog();
    const first = rig.client('alice', 'lobby');
    const second = again(rig, first, 'alice', true);
    second.join('lobby');
    log.auto = false;
    second.say('lobby', 'going');
    second.ask(leave(9));
    expect(second.frames.map(kindOf)).not.toContain('left');
    log.auto = true;
    log.commit('lobby');
    rig.clock.run();
    const kinds = second.frames.map(kindOf);
    expect(kinds.indexOf('left')).toBeGreaterThan(kinds.indexOf('stored'));
    expect(kinds.at(-1)).toBe('left');
  });
});

/** The members in the newest roster that this client has. */
function membersSeenBy(client: RawClient): string[] {
  const rosters = client.frames.flatMap(({ kind }) => {
    const system = kind?.$case === 'system' ? kind.value.kind : undefined;
    return system?.$case === 'roster' ? [system.value] : [];
  });
  return (rosters.at(-1)?.members ?? []).map(({ name }) => name);
}

test('KTG-1.3 KTG-8.14 whose Join is not stored is in no roster', () => {
  const { rig, log } = rigWithLog();
  const alice = rig.client('alice', 'lobby');
  const request = systemFrame({ $case: 'rosterRequest', value: {} }, { ref: 9, room: 'lobby' });
  log.auto = false;
  rig.client('bob').join('lobby');
  alice.ask(request);
  expect(membersSeenBy(alice)).toEqual(['alice']);
  log.auto = true;
  log.commit('lobby');
  alice.ask(request);
  expect(membersSeenBy(alice)).toEqual(['alice', 'bob']);
});

test('KTG-8.14 who has left is in no roster, also for one who comes in without an entry', () => {
  const rig = new Rig();
  const alice = rig.client('alice', 'lobby');
  const bob = rig.client('bob', 'lobby');
  // The roster is made once for everybody until something changes.
  alice.join('lobby');
  expect(membersSeenBy(alice)).toEqual(['alice', 'bob']);
  bob.ask(leave(9));
  alice.join('lobby');
  expect(membersSeenBy(alice)).toEqual(['alice']);
});

test('KTG-8.16 a Join that waited behind a Leave is no new one when the Leave fails', () => {
  const { rig, log } = rigWithLog();
  const alice = rig.client('alice', 'lobby');
  const bob = rig.client('bob', 'lobby');
  const other = again(rig, bob, 'bob', true);
  log.auto = false;
  alice.say('lobby', 'halo');
  expect(other.join('lobby')).toEqual([]);
  bob.ask(leave(9));
  expect(log.waiting('lobby')).toBe(2);
  log.fail('lobby', 'STORAGE_FULL', 1);
  log.auto = true;
  rig.clock.run();
  expect(other.frames.map(kindOf)).toContain('joined');
  expect(faultsOf(bob.frames)).toEqual([FaultCode.STORAGE_FULL]);
  expect(entriesOf(alice)).toEqual(['join bob', 'chat alice']);
});

test('KTG-9.13 what failed with a batch counts for nothing, what was appended behind it does', () => {
  const { rig, log } = rigWithLog();
  const alice = rig.client('alice', 'lobby');
  const [bob, carol] = ['bob', 'carol'].map((name) => rig.client(name));
  log.auto = false;
  bob?.join('lobby');
  log.fail('lobby', 'STORAGE_FULL', 0);
  carol?.join('lobby');
  rig.clock.run();
  // bob is out, and comes in by a Join of his own.
  bob?.join('lobby');
  expect(log.waiting('lobby')).toBe(2);
  log.auto = true;
  log.commit('lobby');
  rig.clock.run();
  expect(entriesOf(alice)).toEqual(['join carol', 'join bob']);
});

test('KTG-9.11 a Pong for a Ping from before the refusal does not set the line going', () => {
  const { rig, log } = rigWithLog();
  const alice = rig.client('alice', 'lobby');
  alice.answersPings = false;
  rig.clock.advance(16_000);
  const nonces = (): Uint8Array[] =>
    alice.frames.flatMap(({ kind }) => {
      const system = kind?.$case === 'system' ? kind.value.kind : undefined;
      return system?.$case === 'ping' ? [system.value.nonce] : [];
    });
  const pong = (nonce: Uint8Array | undefined): Frame => {
    const value = { nonce: nonce ?? new Uint8Array(8) };
    return frameOf({ $case: 'system', value: { kind: { $case: 'pong', value } } });
  };
  expect(nonces()).toHaveLength(1);
  log.auto = false;
  alice.say('lobby', 'one');
  log.fail('lobby');
  log.auto = true;
  rig.clock.run();
  expect(nonces()).toHaveLength(2);
  alice.ask(pong(nonces()[0]));
  expect(faultsOf(alice.say('lobby', 'two'))).toEqual([FaultCode.OUT_OF_LINE]);
  alice.ask(pong(nonces()[1]));
  expect(faultsOf(alice.say('lobby', 'two'))).toEqual([]);
});
