import { expect, test } from 'vitest';
import { FaultCode, type Frame, frameOf, Mode, systemFrame } from '../../src/protocol/index.ts';
import { faultsOf, kindOf, type ManualClock, type RawClient, Rig } from './rig.ts';
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

/** Everything that this client was ever sent of private rooms. */
function privateFrames(client: RawClient): string[] {
  return client.frames.filter(({ room }) => room.startsWith('~')).map(kindOf);
}

/** Tries every way to the messages of an earlier holder of the name. */
function pry(rig: Rig, name: string, room: string, logId: Uint8Array): RawClient {
  const client = rig.client(name, 'lobby');
  const value = { start: undefined, limit: 500 };
  const tries = [
    client.join(room, { last: 500 }),
    client.join(room, { have: { logId, seq: 0, check: 0 } }),
    client.join(room, { have: { logId, seq: 1, check: 7 }, mode: Mode.QUIET }),
    client.ask(systemFrame({ $case: 'history', value }, { ref: 9, room })),
    client.ask(systemFrame({ $case: 'rosterRequest', value: {} }, { ref: 9, room })),
    client.say(room, 'hello?'),
  ];
  const { NO_SUCH_ROOM, NOT_A_MEMBER } = FaultCode;
  expect(tries.map(faultsOf)).toEqual([
    [NO_SUCH_ROOM],
    [NO_SUCH_ROOM],
    [NO_SUCH_ROOM],
    [NOT_A_MEMBER],
    [NOT_A_MEMBER],
    [NOT_A_MEMBER],
  ]);
  return client;
}

function logIdOf(frames: readonly Frame[]): Uint8Array {
  const kind = frames.find((frame) => kindOf(frame) === 'joined')?.kind;
  const joined = kind?.$case === 'system' ? kind.value.kind : undefined;
  return joined?.$case === 'joined' ? joined.value.logId : new Uint8Array(16);
}

test('a later holder of the name reads nothing live, resumed or in history, also over a restart', () => {
  let clock: ManualClock | undefined;
  // A disk that outlives servers.
  const log = new ScriptedLog({
    now: () => clock?.now() ?? 0,
    defer: (run: () => void) => clock?.defer(run),
  });
  const start = (): Rig => {
    const rig = new Rig({}, (own) => {
      clock = own;
      return log;
    });
    clock = rig.clock;
    return rig;
  };
  const first = start();
  const alice = first.client('alice', 'lobby');
  const bob = first.client('bob', 'lobby');
  const opened = alice.join('@bob');
  const room = roomOf(opened);
  alice.say(room, 'psst');
  bob.join('@alice');
  bob.say(room, 'what is it?');

  // The server is killed. Who was a member is held; the name can not be taken before that is over.
  const second = start();
  const early = second.client();
  expect(faultsOf(early.hello('alice'))).toEqual([FaultCode.NAME_HELD]);
  const back = second.client();
  back.secret = bob.secret;
  back.hello('bob');
  back.join('lobby');
  expect(privateFrames(back)).toContain('direct');
  expect(back.join(room, { last: 10 }).map(kindOf)).toContain('chat');
  second.clock.advance(61_000);
  const seen = pry(second, 'alice', room, logIdOf(opened));
  // Bob, who is the same still, is told that it is over, and a new one begins with the new one.
  expect(privateFrames(back).at(-1)).toBe('left');
  const anew = roomOf(back.join('@alice'));
  expect(anew).not.toBe(room);
  back.say(anew, 'are you the alice of before?');
  expect(privateFrames(seen)).toEqual(['fault', 'fault', 'fault', 'fault', 'fault', 'fault', 'direct']);
  const page = seen.join(anew, { last: 500 }).filter(({ seq }) => seq > 0);
  expect(page.map(kindOf)).toEqual(['chat']);

  // And over a restart in which neither is known any more.
  for (const client of [seen, back]) client.session.lost();
  second.clock.advance(61_000);
  const third = start();
  const last = pry(third, 'alice', anew, logIdOf(opened));
  third.client('bob', 'lobby');
  expect(privateFrames(last)).toEqual(Array.from({ length: 6 }, () => 'fault'));
  expect(log.rooms().map((head) => head.room)).toEqual(['lobby']);
});

test('a private room whose users are in no public room does not outlive the server', () => {
  let clock: ManualClock | undefined;
  const log = new ScriptedLog({
    now: () => clock?.now() ?? 0,
    defer: (run: () => void) => clock?.defer(run),
  });
  const make = (own: ManualClock): ScriptedLog => {
    clock = own;
    return log;
  };
  const rig = new Rig({}, make);
  const alice = rig.client('alice');
  rig.client('bob');
  const opened = alice.join('@bob');
  alice.say(roomOf(opened), 'psst');
  const again = new Rig({}, make);
  pry(again, 'alice', roomOf(opened), logIdOf(opened));
  expect(log.rooms().map((head) => head.room)).toEqual(['lobby']);
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
