import { expect, test } from 'vitest';
import { FaultCode, type Frame, frameOf } from '../../src/protocol/index.ts';
import { faultsOf, kindOf, type RawClient, Rig } from './rig.ts';
import { ScriptedLog } from './scripted-log.ts';

function roomOf(frames: readonly Frame[]): string {
  return frames.find((frame) => kindOf(frame) === 'joined')?.room ?? '';
}

function meet(rig: Rig): { alice: RawClient; bob: RawClient; room: string } {
  const alice = rig.client('alice', 'lobby');
  const bob = rig.client('bob', 'lobby');
  const room = roomOf(alice.join('@bob'));
  return { alice, bob, room };
}

test('both reach the same room, and the other one is told when it grows', () => {
  const rig = new Rig();
  const { alice, bob, room } = meet(rig);
  expect(room).toMatch(/^~[a-z2-7]{26}$/);
  alice.say(room, 'psst');
  const hint = bob.frames.at(-1);
  expect(hint && kindOf(hint)).toBe('direct');
  expect(hint?.room).toBe(room);
  expect(bob.join(room, { last: 10 }).map(kindOf)).toEqual(['joined', 'roster', 'chat']);
  expect(roomOf(bob.join('@alice'))).toBe(room);
});

test('to everybody else a private room looks like one that does not exist', () => {
  const rig = new Rig();
  const { alice, room } = meet(rig);
  alice.say(room, 'psst');
  const eve = rig.client('eve', 'lobby');
  const nowhere = `~${'a'.repeat(26)}`;
  const strip = (frames: readonly Frame[]): unknown => frames.map((frame) => ({ ...frame, room: '' }));
  expect(strip(eve.join(room))).toEqual(strip(eve.join(nowhere)));
  expect(faultsOf(eve.join(room))).toEqual([FaultCode.NO_SUCH_ROOM]);
  const id = new Uint8Array(16).fill(1);
  expect(strip(eve.say(room, 'let me in', id))).toEqual(strip(eve.say(nowhere, 'let me in', id)));
  expect(eve.frames.map(kindOf)).not.toContain('direct');
  const rooms = rig.hub.rooms.list('', '');
  expect(rooms.rooms.map((each) => each.room)).toEqual(['lobby']);
});

test('a later holder of the name reads nothing of the earlier one', () => {
  const rig = new Rig();
  const { alice, bob, room } = meet(rig);
  bob.say(roomOf(bob.join('@alice')), 'secret');
  alice.session.lost();
  rig.clock.advance(31_000);
  const about = bob.frames.filter((frame) => frame.room.startsWith('~')).map(kindOf);
  expect(about.at(-1)).toBe('left');
  const other = rig.client('alice', 'lobby');
  expect(other.frames.map(kindOf)).not.toContain('direct');
  expect(faultsOf(other.join(room))).toEqual([FaultCode.NO_SUCH_ROOM]);
  const fresh = other.join('@bob', { last: 100 });
  expect(roomOf(fresh)).not.toBe(room);
  expect(fresh.filter(({ seq }) => seq > 0)).toEqual([]);
});

test('who can not be met and who does not exist are the same', () => {
  const rig = new Rig();
  const alice = rig.client('alice');
  const absent = alice.join('@nobody');
  expect(faultsOf(absent)).toEqual([FaultCode.NO_RECIPIENT]);
  expect(faultsOf(alice.join('@alice'))).toEqual([FaultCode.NO_RECIPIENT]);
  expect(faultsOf(alice.join('@no such name'))).toEqual([FaultCode.NO_RECIPIENT]);
});

test('a message into a room that ends undecided is refused before the room is left', () => {
  const logs: ScriptedLog[] = [];
  const rig = new Rig({}, (clock) => {
    const log = new ScriptedLog(clock);
    logs.push(log);
    return log;
  });
  const alice = rig.client('alice');
  const bob = rig.client('bob');
  const room = roomOf(alice.join('@bob'));
  bob.session.lost();
  for (const log of logs) log.auto = false;
  alice.say(room, 'are you there?');
  rig.clock.advance(31_000);
  const about = alice.frames.filter((frame) => frame.room === room).map(kindOf);
  expect(about).toEqual(['joined', 'roster', 'presence', 'fault', 'left']);
});

test('a join of a room that ends before it is answered is refused, and nothing is left', () => {
  const rig = new Rig();
  const { alice, bob, room } = meet(rig);
  const [told] = bob.join('@alice').filter((frame) => kindOf(frame) === 'joined');
  const joined = told?.kind?.$case === 'system' ? told.kind.value.kind : undefined;
  if (joined?.$case !== 'joined') throw new Error('not joined');
  bob.say(room, 'halo');
  const back = rig.client();
  back.secret = alice.secret;
  back.hello('alice', { beside: true });
  // A position whose check has to be read: the answer takes a turn, in which the room ends.
  const have = { logId: joined.value.logId, seq: 1, check: 12_345 };
  const value = { have, last: 0, mode: 0 as const };
  back.send(frameOf({ $case: 'join', value }, { ref: 55, room }));
  rig.hub.rooms.get(room)?.close();
  rig.clock.run();
  const about = back.frames.filter((frame) => frame.room === room && kindOf(frame) !== 'direct');
  expect(about.map((frame) => `${kindOf(frame)} ${frame.ref}`)).toEqual(['fault 55']);
});
