// A room whose log is damaged: nothing comes of it any more, everybody is told, and nothing else suffers.
import { expect, test } from 'vitest';
import type { Follower } from '../../src/core/follower.ts';
import { FaultCode, type Frame, frameOf, Mode, Reason, systemFrame } from '../../src/protocol/index.ts';
import { faultsOf, kindOf, type ManualClock, type RawClient, Rig } from './rig.ts';
import { ScriptedLog } from './scripted-log.ts';

function scripted(): { rig: Rig; log: ScriptedLog } {
  const rig = new Rig({}, (clock) => new ScriptedLog(clock));
  return { rig, log: rig.log as ScriptedLog };
}

/** A server that is started again on the same disk. */
function restarted(log: ScriptedLog, clock: ManualClock, rooms = ['lobby']): Rig {
  const rig = new Rig({ rooms }, () => log);
  const { run } = rig.clock;
  // The disk has its own clock still.
  rig.clock.run = () => {
    run.call(rig.clock);
    clock.run();
    run.call(rig.clock);
  };
  return rig;
}

function leftOf(frames: readonly Frame[]): unknown {
  const left = frames.find((frame) => kindOf(frame) === 'left');
  return (
    left?.kind?.$case === 'system' && left.kind.value.kind?.$case === 'left' && left.kind.value.kind.value
  );
}

function history(client: RawClient, room = 'lobby'): Frame[] {
  const value = { start: undefined, limit: 10 };
  return client.ask(systemFrame({ $case: 'history', value }, { ref: 9, room }));
}

function rosterRequest(client: RawClient, room = 'lobby'): Frame[] {
  return client.ask(systemFrame({ $case: 'rosterRequest', value: {} }, { ref: 8, room }));
}

const LEFT = { reason: Reason.QUARANTINED, by: undefined, seq: 0 };

test('KTG-8.25 everybody is put out with the reason, and whatever is asked of the room is refused', () => {
  const { rig, log } = scripted();
  const alice = rig.client('alice', 'lobby');
  const bob = rig.client('bob', 'lobby');
  const listener = rig.client('');
  listener.join('lobby', { mode: Mode.QUIET });
  alice.say('lobby', 'halo');
  const before = alice.frames.length;
  log.damage('lobby');
  rig.clock.run();
  for (const client of [alice, bob, listener]) expect(leftOf(client.frames)).toEqual(LEFT);
  expect(alice.frames.slice(before).map(kindOf)).toEqual(['left']);
  const leave = frameOf(
    { $case: 'leave', value: { reason: 0, by: undefined, text: '' } },
    { ref: 7, room: 'lobby' },
  );
  const answers = [
    alice.join('lobby'),
    listener.join('lobby', { mode: Mode.QUIET }),
    alice.say('lobby', 'anybody there?'),
    history(alice),
    rosterRequest(alice),
    bob.ask(leave),
  ];
  expect(answers.map(faultsOf)).toEqual(answers.map(() => [FaultCode.ROOM_QUARANTINED]));
  const announced: unknown[] = [];
  rig.hub.announce('lobby', 'x', (result) => announced.push(result));
  rig.hub.erase('lobby', 1, (result) => announced.push(result));
  expect(announced).toEqual([{ fault: 'ROOM_QUARANTINED' }, { refusal: 'ROOM_QUARANTINED' }]);
  expect(rig.hub.rooms.list('', '').rooms).toEqual([]);
  expect(rig.hub.status().rooms).toMatchObject([{ room: 'lobby', damaged: true, members: 0 }]);
  expect(rig.events.filter(({ event }) => event === 'room-quarantined')).toEqual([
    { event: 'room-quarantined', room: 'lobby', sessions: 3 },
  ]);
});

test('KTG-8.25 other rooms go on, also on the same connection', () => {
  const { rig, log } = scripted();
  const alice = rig.client('alice', 'lobby');
  alice.join('kelas-7');
  log.damage('lobby');
  rig.clock.run();
  expect(alice.say('kelas-7', 'halo').map(kindOf).toSorted()).toEqual(['chat', 'stored']);
  expect(rig.hub.status().rooms.map(({ room, damaged }) => [room, damaged])).toEqual([
    ['lobby', true],
    ['kelas-7', false],
  ]);
});

test('KTG-8.12 what is under way is refused before the room is left', () => {
  const { rig, log } = scripted();
  const alice = rig.client('alice', 'lobby');
  const bob = rig.client('bob', 'lobby');
  log.auto = false;
  alice.say('lobby', 'satu');
  alice.say('lobby', 'dua');
  const carol = rig.client('carol');
  carol.join('lobby');
  const leave = frameOf(
    { $case: 'leave', value: { reason: 0, by: undefined, text: '' } },
    { ref: 7, room: 'lobby' },
  );
  bob.ask(leave);
  const before = alice.frames.length;
  log.damage('lobby');
  rig.clock.run();
  expect(alice.frames.slice(before).map(kindOf)).toEqual(['fault', 'fault', 'left']);
  expect(faultsOf(alice.frames.slice(before))).toEqual([
    FaultCode.ROOM_QUARANTINED,
    FaultCode.ROOM_QUARANTINED,
  ]);
  expect(faultsOf(carol.frames)).toEqual([FaultCode.ROOM_QUARANTINED]);
  expect(carol.frames.map(kindOf)).not.toContain('left');
  expect(faultsOf(bob.frames)).toEqual([FaultCode.ROOM_QUARANTINED]);
  expect(leftOf(bob.frames)).toEqual(LEFT);
  // Nothing of it is tried again.
  rig.clock.advance(120_000);
  expect(log.waiting('lobby')).toBe(0);
});

test('who is held is held no more, and the name is free', () => {
  const { rig, log } = scripted();
  rig.client('alice', 'lobby').session.lost();
  log.damage('lobby');
  rig.clock.run();
  const other = rig.client();
  expect(other.hello('alice').map(kindOf)).toEqual(['welcome']);
  rig.clock.advance(120_000);
  expect(log.waiting('lobby')).toBe(0);
});

test('who reads is put out, also when nobody else has noticed (KTG-8.25)', () => {
  const { rig, log } = scripted();
  const alice = rig.client('alice', 'lobby');
  const bob = rig.client('bob', 'lobby');
  log.damage('lobby', false);
  expect(faultsOf(history(alice))).toEqual([FaultCode.ROOM_QUARANTINED]);
  for (const client of [alice, bob]) expect(leftOf(client.frames)).toEqual(LEFT);
});

test('a reader that is behind does not wait for ever', () => {
  const { rig, log } = scripted();
  const alice = rig.client('alice', 'lobby');
  for (let n = 0; n < 40; n++) alice.say('lobby', 'x'.repeat(16_000));
  const bob = rig.client('bob');
  log.damage('lobby', false);
  bob.join('lobby', { last: 500, mode: Mode.QUIET });
  expect(leftOf(bob.frames)).toEqual(LEFT);
  expect(leftOf(alice.frames)).toEqual(LEFT);
});

test('a position that has to be looked up is refused, and nothing is left behind', () => {
  const { rig, log } = scripted();
  const alice = rig.client('alice', 'lobby');
  alice.say('lobby', 'halo');
  const joined = rig.client('bob').join('lobby')[0];
  const kind = joined?.kind?.$case === 'system' ? joined.kind.value.kind : undefined;
  if (kind?.$case !== 'joined') throw new Error('not joined');
  log.damage('lobby', false);
  const carol = rig.client('carol');
  const have = { logId: kind.value.logId, seq: 1, check: 5 };
  const answer = carol.join('lobby', { have, mode: Mode.QUIET });
  expect(answer.map(kindOf)).toEqual(['fault']);
  expect(faultsOf(answer)).toEqual([FaultCode.ROOM_QUARANTINED]);
});

test('a follower is given nothing more of it, and is not told that the room is gone', () => {
  const { rig, log } = scripted();
  const told: string[] = [];
  const follower: Follower = {
    name: 'test',
    wants: () => true,
    position: () => 0,
    take: (room, run, done) => {
      told.push(`${room} ${run.last}`);
      done();
    },
    gap: (room) => void told.push(`gap ${room}`),
    ended: (room) => void told.push(`ended ${room}`),
  };
  rig.hub.follow(follower);
  rig.client('alice', 'lobby');
  log.damage('lobby');
  rig.client('bob', 'kelas-7');
  expect(told).toEqual(['lobby 1', 'kelas-7 1']);
  // Nor is one that comes later.
  const later: string[] = [];
  rig.hub.follow({ ...follower, take: (room, _run, done) => (later.push(room), done()) });
  rig.clock.run();
  expect(later).toEqual(['kelas-7']);
});

test('after a restart it is known, and nobody is in it or held by it', () => {
  const { rig, log } = scripted();
  rig.client('alice', 'lobby');
  rig.client('bob', 'kelas-7');
  log.damage('lobby');
  rig.clock.run();
  const again = restarted(log, rig.clock);
  expect(again.hub.status().rooms.map(({ room, damaged, members }) => [room, damaged, members])).toEqual([
    ['lobby', true, 0],
    ['kelas-7', false, 1],
  ]);
  const alice = again.client('alice');
  expect(alice.frames.map(kindOf)).toEqual(['welcome']);
  expect(faultsOf(alice.join('lobby'))).toEqual([FaultCode.ROOM_QUARANTINED]);
  expect(alice.join('kelas-7').map(kindOf)).toContain('joined');
  expect(again.hub.rooms.list('', '').rooms.map(({ room }) => room)).toEqual(['kelas-7']);
});

test('a private room that is damaged says so to its two alone (KTG-8.23)', () => {
  const { rig, log } = scripted();
  const alice = rig.client('alice', 'lobby');
  const bob = rig.client('bob', 'lobby');
  const room = alice.join('@bob').find((frame) => kindOf(frame) === 'joined')?.room ?? '';
  alice.say(room, 'psst');
  log.damage(room);
  rig.clock.run();
  expect(leftOf(alice.frames)).toEqual(LEFT);
  const faults = (client: RawClient, name: string): number[] => faultsOf(client.join(name));
  expect([faults(alice, room), faults(bob, room), faults(bob, '@alice')]).toEqual(
    [1, 2, 3].map(() => [FaultCode.ROOM_QUARANTINED]),
  );
  const eve = rig.client('eve', 'lobby');
  const strip = (frames: readonly Frame[]): unknown => frames.map((frame) => ({ ...frame, room: '' }));
  const nowhere = `~${'a'.repeat(26)}`;
  expect(strip(eve.join(room))).toEqual(strip(eve.join(nowhere)));
  expect(strip(history(eve, room))).toEqual(strip(history(eve, nowhere)));
  expect(rig.client('alice').frames.map(kindOf)).not.toContain('direct');
  // After a restart nobody knows any more whose it was; the operator still has it.
  const again = restarted(log, rig.clock);
  const late = again.client();
  late.secret = alice.secret;
  late.hello('alice');
  expect([faults(late, room), strip(late.join(room))]).toEqual([
    [FaultCode.NO_SUCH_ROOM],
    strip(late.join(nowhere)),
  ]);
  expect(again.hub.status().rooms).toContainEqual(
    expect.objectContaining({ room, private: true, damaged: true }) as object,
  );
  expect(again.hub.rooms.list('', '').rooms.map((each) => each.room)).toEqual(['lobby']);
});

test('a damaged private room stays for the operator when its users are gone', () => {
  const { rig, log } = scripted();
  const alice = rig.client('alice');
  const bob = rig.client('bob');
  const room = alice.join('@bob').find((frame) => kindOf(frame) === 'joined')?.room ?? '';
  alice.say(room, 'psst');
  log.damage(room);
  rig.clock.run();
  for (const client of [alice, bob]) client.session.lost();
  rig.clock.advance(61_000);
  expect(rig.hub.status().rooms.map((each) => each.room)).toEqual(['lobby']);
  expect(log.rooms().map((head) => [head.room, head.isDamaged])).toEqual([[room, true]]);
});

test('a private room is not removed because its users were in a damaged room alone', () => {
  const { rig, log } = scripted();
  const alice = rig.client('alice', 'lobby');
  rig.client('bob', 'lobby');
  const room = alice.join('@bob').find((frame) => kindOf(frame) === 'joined')?.room ?? '';
  alice.say(room, 'psst');
  log.damage('lobby');
  rig.clock.run();
  restarted(log, rig.clock);
  expect(log.rooms().map((head) => head.room)).toEqual(['lobby', room]);
});
