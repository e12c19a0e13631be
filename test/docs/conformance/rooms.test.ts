// Chapter 8 of docs/protocol.md on a real Hub: rooms, rosters, presence, private rooms.
import { describe, expect, test } from 'vitest';
import { ROOMS_PAGE_MAX, ROOMS_PER_SESSION_MAX } from '../../../src/protocol/limits.ts';
import { chatFrame, type Client, helloFrame, idOf, kindOf, Rig, systemOf, textOf, userOf } from '../rig.ts';
import type { Json } from '../spec-codec.ts';

/** The names in a roster that is asked for. */
function roster(client: Client, room = 'lobby'): unknown[] {
  client.send({ system: { roster_request: {} }, ref: 77, room });
  const found = systemOf(client.takeOne('roster'), 'roster');
  return ((found?.['members'] ?? []) as Json[]).map(({ name }) => name);
}

const peerRoom = (client: Client, name: string): string => textOf(client.join(`@${name}`), 'room');

describe('public rooms', () => {
  test('KTG-8.3 a Join makes a room, unless it only listens', () => {
    const alice = new Rig().enter('alice');
    alice.send({ join: { mode: 'QUIET' }, ref: 1, room: 'kelas-7' });
    expect(alice.fault().code).toBe('NO_SUCH_ROOM');
    alice.join('kelas-7');
    expect(roster(alice, 'kelas-7')).toEqual(['alice']);
    expect(systemOf(alice.join('builds', { mode: 'SEND_ONLY' }), 'joined')).toMatchObject({ first: 1 });
  });

  test('KTG-8.4 only the first Join of a user writes an entry', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    const beside = rig.enter('alice', { beside: true });
    beside.join('lobby');
    alice.join('lobby');
    const service = rig.enter('bot');
    service.join('lobby', { mode: 'QUIET' });
    const sender = rig.enter('siaran');
    sender.join('lobby', { mode: 'SEND_ONLY' });
    expect(alice.join('lobby', { last: 100 })).toMatchObject({ system: { joined: { newest: 1 } } });
    expect(roster(alice)).toEqual(['alice']);
  });

  test('KTG-8.4 the answer to a Join comes when its entry is stored', () => {
    const rig = new Rig();
    const alice = rig.enter('alice');
    rig.log.hold();
    alice.send({ join: {}, ref: 1, room: 'lobby' });
    expect(alice.take()).toEqual([]);
    rig.log.release();
    rig.settle();
    expect(alice.kinds()).toEqual(['joined', 'roster']);
  });

  test('KTG-8.5 first the Joined, then the roster, then the entries from first on', () => {
    const rig = new Rig();
    const bob = rig.member('bob');
    bob.send(chatFrame(1), chatFrame(2), chatFrame(3));
    const alice = rig.enter('alice');
    alice.send({ join: { last: 3 }, ref: 5, room: 'lobby' });
    const frames = alice.take();
    expect(frames.map(kindOf)).toEqual(['joined', 'roster', 'chat', 'chat', 'join']);
    expect(frames[0]).toMatchObject({
      ref: 5,
      room: 'lobby',
      system: { joined: { status: 'FRESH', first: 3 } },
    });
    expect(frames.flatMap(({ seq }) => seq ?? [])).toEqual([3, 4, 5]);
  });

  test('KTG-8.5 SEND_ONLY has neither roster nor stream, and may speak, marked SERVICE', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    const sender = rig.enter('siaran');
    sender.send({ join: { mode: 'SEND_ONLY', last: 5 }, ref: 1, room: 'lobby' }, chatFrame(2));
    expect(sender.kinds()).toEqual(['joined', 'stored']);
    expect(alice.takeOne('chat')).toMatchObject({ author: { name: 'siaran', mark: 'SERVICE' } });
  });

  test('KTG-8.24 there is a lobby, also while nobody was in it', () => {
    const client = new Rig().enter('');
    client.send({ system: { rooms_request: {} }, ref: 1 });
    expect(client.takeOne('rooms')).toMatchObject({ system: { rooms: { rooms: [{ room: 'lobby' }] } } });
  });

  test('KTG-8.6 a further Join moves the cursor; another mode is refused', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    alice.send(chatFrame(1), chatFrame(2));
    alice.take();
    alice.send({ join: { last: 2 }, ref: 3, room: 'lobby' });
    expect(alice.take().map((frame) => frame['seq'] ?? kindOf(frame))).toEqual(['joined', 'roster', 2, 3]);
    alice.send({ join: { mode: 'QUIET' }, ref: 4, room: 'lobby' });
    expect(alice.fault()).toMatchObject({ code: 'BAD_FIELD', name: 'mode', ref: 4 });
  });

  test('KTG-8.7 KTG-8.8 KTG-8.9 a position is measured against the log, check included', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    alice.send(chatFrame(1), chatFrame(2), chatFrame(3));
    const entries = alice.take().filter((frame) => 'seq' in frame);
    const { log_id } = systemOf(alice.join('lobby'), 'joined') as { log_id: string };
    const join = (have: Json, last = 0): unknown => systemOf(alice.join('lobby', { have, last }), 'joined');
    const second = entries.find(({ seq }) => seq === 2) as { check: number };
    expect(join({ log_id, seq: 2, check: second.check })).toMatchObject({
      status: 'COMPLETE',
      first: 3,
      newest: 4,
    });
    expect(join({ log_id, seq: 2 })).toMatchObject({ status: 'COMPLETE', first: 3 });
    expect(join({ log_id, seq: 2, check: second.check ^ 1 })).toMatchObject({ status: 'NEW_LOG', first: 1 });
    expect(join({ log_id, seq: 1 }, 2)).toMatchObject({ status: 'SKIPPED', first: 3 });
    expect(join({ log_id, seq: 5 })).toMatchObject({ status: 'NEW_LOG', first: 1 });
    expect(join({ log_id: '00'.repeat(16), seq: 2 }, 1)).toMatchObject({ status: 'NEW_LOG', first: 4 });
  });

  test('KTG-8.10 as many rooms as the Welcome says, and no more', () => {
    const alice = new Rig().enter('alice');
    for (let n = 0; n < ROOMS_PER_SESSION_MAX; n++) alice.join(`kamar-${n}`);
    alice.send({ join: {}, ref: 1, room: 'lobby' });
    expect(alice.fault()).toMatchObject({ code: 'TOO_MANY_ROOMS', limit: ROOMS_PER_SESSION_MAX, ref: 1 });
    alice.join('kamar-3');
  });

  test('KTG-8.11 only the last Leave of a user writes an entry', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    const beside = rig.enter('alice', { beside: true });
    beside.join('lobby');
    beside.send({ leave: {}, ref: 1, room: 'lobby' });
    expect(beside.take()).toMatchObject([{ ref: 1, system: { left: { reason: 'LEFT' } } }]);
    alice.send({ leave: {}, ref: 2, room: 'lobby' });
    const [entry, left] = alice.take();
    expect(entry).toMatchObject({ leave: { reason: 'LEFT' }, seq: 2, author: { name: 'alice' } });
    expect(left).toMatchObject({ ref: 2, system: { left: { reason: 'LEFT', seq: 2 } } });
  });

  test('KTG-8.12 before a Left come the receipts, after it nothing of the room', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    const bob = rig.member('bob');
    alice.take();
    rig.log.hold();
    alice.send(chatFrame(1), chatFrame(2), { leave: {}, ref: 3, room: 'lobby' });
    rig.log.release();
    rig.settle();
    bob.send(chatFrame(4));
    const frames = alice.take();
    expect(frames.filter((frame) => kindOf(frame) === 'stored').map(({ ref }) => ref)).toEqual([1, 2]);
    expect(frames.map(kindOf).at(-1)).toBe('left');
  });

  test('KTG-8.12 KTG-8.13 when a private room ends: first the refusals, then a Left that nobody asked for', () => {
    const rig = new Rig({ graceMs: 1_000 });
    const alice = rig.enter('alice');
    const bob = rig.enter('bob');
    const room = peerRoom(alice, 'bob');
    bob.drop();
    rig.log.hold();
    alice.send(chatFrame(1, 'halo', room));
    rig.advance(1_500);
    rig.settle();
    expect(alice.take().filter((frame) => kindOf(frame) !== 'presence')).toMatchObject([
      { ref: 1, room, system: { fault: { code: 'NO_SUCH_ROOM' } } },
      { room, system: { left: { reason: 'ENDED' } } },
    ]);
  });
});

describe('a room whose log is damaged', () => {
  test('KTG-8.25 KTG-8.12 everybody in it gets a Left behind the faults, and nothing of it is answered any more', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    const bob = rig.member('bob');
    alice.join('kelas-7');
    alice.take();
    bob.take();
    rig.log.hold();
    alice.send(chatFrame(1), chatFrame(2));
    rig.log.damage('lobby');
    rig.settle();
    rig.log.release();
    const left = { system: { left: { reason: 'QUARANTINED' } }, room: 'lobby' };
    expect(alice.take()).toMatchObject([
      { ref: 1, room: 'lobby', system: { fault: { code: 'ROOM_QUARANTINED' } } },
      { ref: 2, room: 'lobby', system: { fault: { code: 'ROOM_QUARANTINED' } } },
      left,
    ]);
    expect(bob.take()).toEqual([left]);
    const requests: readonly Json[] = [
      { join: {} },
      { leave: {} },
      { chat: { text: 'halo' }, id: idOf(9) },
      { system: { history: {} } },
      { system: { roster_request: {} } },
    ];
    for (const request of requests) {
      alice.send({ ...request, ref: 5, room: 'lobby' });
      expect(alice.fault()).toMatchObject({ code: 'ROOM_QUARANTINED', ref: 5, room: 'lobby' });
    }
    alice.send({ system: { rooms_request: {} } });
    const rooms = systemOf(alice.takeOne('rooms'), 'rooms')?.['rooms'] as Json[];
    expect(rooms.map(({ room }) => room)).toEqual(['kelas-7']);
    alice.send(chatFrame(3, 'halo', 'kelas-7'));
    expect(alice.kinds()).toContain('stored');
    // Nobody is a member of it, or held by it.
    bob.drop();
    expect(rig.enter('bob').welcome).toMatchObject({ welcome: { name: 'bob' } });
  });
});

describe('rosters', () => {
  test('KTG-8.14 a roster is as of an entry, and no later Join or Leave is before it', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    rig.member('bob');
    rig.enter('bot').join('lobby', { mode: 'QUIET' });
    alice.take();
    alice.send({ system: { roster_request: {} }, ref: 9, room: 'lobby' });
    expect(alice.take()).toMatchObject([
      {
        ref: 9,
        room: 'lobby',
        system: {
          roster: { as_of: 2, members: [{ name: 'alice' }, { name: 'bob' }], listeners: 1, last: true },
        },
      },
    ]);
  });

  test('KTG-8.14 also when the roster has to wait for the window', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    for (let n = 0; n < 40; n++) rig.member(`tamu${n}${'x'.repeat(20)}`);
    alice.answering = false;
    alice.take();
    const bob = rig.member('bob');
    for (let n = 0; n < 40; n++) bob.send(chatFrame(n, 'x'.repeat(4_200)));
    alice.send({ system: { roster_request: {} }, ref: 9, room: 'lobby' });
    expect(rig.hub.status().rooms[0]?.lag).toBeGreaterThan(5);
    const pings: unknown[] = [];
    const seqs: number[] = [];
    let asOf = 0;
    for (let round = 0; round < 40; round++) {
      if (round === 1) rig.member('terakhir');
      for (const frame of alice.take()) {
        if (asOf === 0 && kindOf(frame) === 'join') seqs.push(Number(frame['seq']));
        asOf = Number(systemOf(frame, 'roster')?.['as_of'] ?? asOf);
        pings.push(...[systemOf(frame, 'ping') ?? []].flat());
      }
      const ping = pings.shift();
      if (ping !== undefined) alice.send({ system: { pong: ping as Json } });
    }
    expect(asOf).toBeGreaterThan(0);
    expect(seqs.length).toBeGreaterThan(0);
    expect(Math.max(...seqs)).toBeLessThanOrEqual(asOf);
  });

  test('KTG-8.15 KTG-8.16 the fold of Join and Leave entries behind a roster is the next roster', () => {
    const rig = new Rig({ graceMs: 1_000 });
    const alice = rig.member('alice');
    const watcher = rig.connect();
    watcher.send(helloFrame(''), { join: { mode: 'QUIET', last: 100 }, ref: 1, room: 'lobby' });
    const bob = rig.member('bob');
    alice.send(chatFrame(1));
    bob.send({ leave: {}, ref: 2, room: 'lobby' });
    rig.member('citra').drop();
    rig.advance(2_000);
    bob.send({ join: {}, ref: 3, room: 'lobby' }, chatFrame(4));
    const members = new Set<unknown>();
    let asOf = 0;
    for (const frame of watcher.take()) {
      const found = systemOf(frame, 'roster');
      const { name } = (frame['author'] ?? {}) as Json;
      if (found !== undefined) {
        members.clear();
        for (const member of (found['members'] ?? []) as Json[]) members.add(member['name']);
        asOf = Number(found['as_of']);
      } else if (Number(frame['seq']) > asOf) {
        if (kindOf(frame) === 'join') {
          expect(members.has(name)).toBe(false);
          members.add(name);
        } else {
          expect(members.has(name)).toBe(true);
          if (kindOf(frame) === 'leave') members.delete(name);
        }
      }
    }
    expect([...members]).toEqual(['alice', 'bob']);
    expect(new Set(roster(watcher))).toEqual(new Set(['alice', 'bob']));
  });

  test('KTG-8.17 others are told HELD and HERE, and the roster does not change', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    const bob = rig.member('bob');
    alice.take();
    bob.drop();
    expect(alice.take()).toMatchObject([{ system: { presence: { user: userOf('bob'), state: 'HELD' } } }]);
    expect(roster(alice)).toEqual(['alice', 'bob']);
    const late = rig.enter('citra');
    late.send({ join: {}, ref: 1, room: 'lobby' });
    expect(late.take()).toMatchObject([
      { system: { joined: {} } },
      { system: { roster: { members: [{ name: 'alice' }, { name: 'bob' }, { name: 'citra' }] } } },
      { system: { presence: { user: userOf('bob'), state: 'HELD' } } },
    ]);
    alice.take();
    rig.member('bob');
    const states = alice.take().map((frame) => systemOf(frame, 'presence'));
    expect(states.length).toBeGreaterThan(0);
    for (const state of states) expect(state).toMatchObject({ user: userOf('bob'), state: 'HERE' });
  });

  test('KTG-8.17 who listens quietly is counted', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    rig.enter('bot').join('lobby', { mode: 'QUIET' });
    expect(alice.take()).toMatchObject([{ system: { presence: { listeners: 1 } } }]);
  });
});

describe('the list of rooms', () => {
  test('KTG-8.18 all public rooms come, in pages that continue behind the last name', () => {
    const rig = new Rig();
    const names = Array.from(
      { length: ROOMS_PAGE_MAX + 20 },
      (_, n) => `kamar-${String(n).padStart(3, '0')}`,
    );
    for (let at = 0; at < names.length; at += 60) {
      const guest = rig.enter(`tamu${at}`);
      for (const name of names.slice(at, at + 60)) guest.join(name);
    }
    const alice = rig.enter('alice');
    const found: unknown[] = [];
    for (let after = ''; ; after = String(found.at(-1))) {
      alice.send({ system: { rooms_request: { after, prefix: 'kamar-' } }, ref: 1 });
      const rooms = systemOf(alice.takeOne('rooms'), 'rooms') as { rooms: Json[]; last?: boolean };
      expect(rooms.rooms.length).toBeLessThanOrEqual(ROOMS_PAGE_MAX);
      found.push(...rooms.rooms.map(({ room }) => room));
      if (rooms.last === true) break;
    }
    expect(found).toEqual(names);
    alice.send({ system: { rooms_request: {} }, ref: 2 });
    const [first] = (systemOf(alice.takeOne('rooms'), 'rooms') as { rooms: Json[] }).rooms;
    expect(first).toEqual({ room: 'kamar-000', members: 1, newest: 1 });
  });
});

describe('private rooms', () => {
  test('KTG-8.2 KTG-8.20 both open the same room, by name or by its own name', () => {
    const rig = new Rig();
    const alice = rig.enter('alice');
    const bob = rig.enter('bob');
    const room = peerRoom(alice, 'BOB');
    expect(room).toMatch(/^~[a-z2-7]{26}$/);
    expect(peerRoom(bob, 'alice')).toBe(room);
    expect(systemOf(alice.join(room), 'joined')).toMatchObject({
      peer: { name: 'bob', user: userOf('bob') },
    });
    alice.send(chatFrame(1, 'rahasia', room));
    expect(bob.takeOne('chat')).toMatchObject({ room, chat: { text: 'rahasia' }, seq: 1 });
  });

  test('KTG-8.20 nobody, oneself and what is no name have the same answer', () => {
    const alice = new Rig().enter('alice');
    for (const name of ['zorro', 'alice', 'ALICE', '', 'not a name', '~x', 'x'.repeat(200)]) {
      alice.send({ join: {}, ref: 1, room: `@${name}` });
      const { code, ref, limit } = alice.fault() as Json;
      expect({ code, ref, limit }).toEqual({ code: 'NO_RECIPIENT', ref: 1, limit: undefined });
    }
  });

  test('KTG-8.21 its members are fixed and nothing is written for coming and going', () => {
    const rig = new Rig({ graceMs: 1_000 });
    const alice = rig.enter('alice');
    const bob = rig.member('bob');
    const room = peerRoom(alice, 'bob');
    expect(new Set(roster(alice, room))).toEqual(new Set(['alice', 'bob']));
    alice.send({ leave: {}, ref: 1, room });
    expect(alice.take()).toEqual([{ system: { left: { reason: 'LEFT' } }, ref: 1, room }]);
    bob.send({ join: {}, ref: 2, room });
    expect(systemOf(bob.takeOne('joined'), 'joined')).toMatchObject({ first: 1, oldest: 1 });
    expect(new Set(roster(bob, room))).toEqual(new Set(['alice', 'bob']));
  });

  test('KTG-8.19 it belongs to users: who gets the name next does not get the room', () => {
    const rig = new Rig({ graceMs: 1_000 });
    const alice = rig.enter('alice');
    const bob = rig.enter('bob');
    const room = peerRoom(bob, 'alice');
    bob.send(chatFrame(1, 'rahasia', room));
    alice.drop();
    rig.advance(1_500);
    expect(bob.takeOne('left')).toMatchObject({ room, system: { left: { reason: 'ENDED' } } });
    const next = rig.enter('alice', { secret: '33'.repeat(32) });
    expect(next.take()).toEqual([]);
    next.send({ join: { last: 10 }, ref: 1, room });
    expect(next.fault().code).toBe('NO_SUCH_ROOM');
    next.send({ join: { last: 10 }, ref: 2, room: '@bob' });
    const frames = next.take();
    expect(frames[0]).toMatchObject({ system: { joined: { first: 1 } } });
    expect(frames[0]?.['room']).not.toBe(room);
    expect(frames.filter((frame) => 'seq' in frame)).toEqual([]);
    bob.send({ join: { last: 10 }, ref: 3, room });
    expect(bob.fault().code).toBe('NO_SUCH_ROOM');
  });

  test('KTG-8.22 a user is told of what grows unread, in every session, and after each Welcome', () => {
    const rig = new Rig();
    const alice = rig.enter('alice');
    const bob = rig.enter('bob');
    const second = rig.enter('bob', { beside: true });
    const room = peerRoom(alice, 'bob');
    alice.send(chatFrame(1, 'satu', room));
    for (const session of [bob, second]) {
      expect(session.take()).toMatchObject([
        { room, system: { direct: { peer: { name: 'alice' }, newest: 1 } } },
      ]);
    }
    bob.join(room, { last: 5 });
    alice.send(chatFrame(2, 'dua', room));
    expect(bob.kinds()).toEqual(['chat']);
    expect(second.take()).toEqual([]);
    const third = rig.enter('bob', { beside: true });
    expect(third.take()).toMatchObject([{ room, system: { direct: { newest: 2 } } }]);
  });

  test('KTG-8.23 to a third one it does not exist, in any way', () => {
    const rig = new Rig();
    const alice = rig.enter('alice');
    rig.enter('bob');
    const room = peerRoom(alice, 'bob');
    alice.send(chatFrame(1, 'rahasia', room));
    const mallory = rig.enter('mallory');
    const missing = '~abcdefghijklmnopqrstuvwxyz';
    const asked = (name: string): Json[] => {
      const before = mallory.bytes;
      mallory.send(
        { join: {}, ref: 1, room: name },
        { join: { mode: 'QUIET' }, ref: 2, room: name },
        { leave: {}, ref: 3, room: name },
        { chat: { text: 'halo' }, ref: 4, room: name, id: idOf(4) },
        { system: { history: {} }, ref: 5, room: name },
        { system: { roster_request: {} }, ref: 6, room: name },
      );
      expect(mallory.bytes).toBeGreaterThan(before);
      return mallory.take().map(({ room: _room, ...rest }) => rest);
    };
    expect(asked(room)).toEqual(asked(missing));
    mallory.send({ system: { rooms_request: {} }, ref: 7 });
    expect(JSON.stringify(mallory.take())).not.toContain('~');
  });
});
