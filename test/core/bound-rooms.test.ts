// Private rooms of names that are bound: they stay, and nobody else reads them.
import { describe, expect, test } from 'vitest';
import { type Direct, FaultCode, type Frame, Mark, PresenceState } from '../../src/protocol/index.ts';
import type { KeyPair } from '../support/key.ts';
import { Disks } from './disks.ts';
import { faultsOf, kindOf, newKey, type RawClient, Rig } from './rig.ts';

const { NO_RECIPIENT, NO_SUCH_ROOM } = FaultCode;

function roomOf(frames: readonly Frame[]): string {
  return frames.find((frame) => kindOf(frame) === 'joined')?.room ?? '';
}

function directsOf({ frames }: RawClient): Array<Direct & { room: string }> {
  return frames.flatMap(({ room, kind }) => {
    const system = kind?.$case === 'system' ? kind.value.kind : undefined;
    return system?.$case === 'direct' ? [{ ...system.value, room }] : [];
  });
}

function textsOf(frames: readonly Frame[]): string[] {
  return frames.flatMap(({ kind }) =>
    kind?.$case === 'chat' && kind.value.content?.$case === 'text' ? [kind.value.content.value] : [],
  );
}

function login(rig: Rig, name: string, pair: KeyPair): RawClient {
  const client = rig.client();
  client.login(name, pair);
  expect(client.frames.map(kindOf)).toContain('welcome');
  return client;
}

function leave(rig: Rig, ...clients: RawClient[]): void {
  for (const client of clients) client.session.lost();
  rig.clock.advance(61_000);
}

/** The same guest again. */
function back(rig: Rig, name: string, was: RawClient): RawClient {
  const client = rig.client();
  client.secret = was.secret;
  client.hello(name);
  return client;
}

describe('KTG-8.26 who is bound and away', () => {
  test('can be written to, and is told with the next Welcome', () => {
    const rig = new Rig();
    const pair = newKey();
    leave(rig, login(rig, 'budi', pair));
    const tini = rig.client('tini', 'lobby');
    const opened = tini.join('@budi');
    const room = roomOf(opened);
    tini.say(room, 'besok jam 7');
    const budi = login(rig, 'budi', pair);
    expect(directsOf(budi)).toMatchObject([{ room, newest: 1, peer: { name: 'tini', mark: Mark.GUEST } }]);
    expect(textsOf(budi.join(room, { last: 10 }))).toEqual(['besok jam 7']);
    expect(roomOf(budi.join('@tini'))).toBe(room);
  });

  test('is told after a restart, when both were away', () => {
    const disks = new Disks();
    const [budiKey, tiniKey] = [newKey(), newKey()];
    const first = disks.start();
    leave(first, login(first, 'budi', budiKey));
    const tini = login(first, 'tini', tiniKey);
    const room = roomOf(tini.join('@budi'));
    tini.say(room, 'besok jam 7');
    leave(first, tini);
    const second = disks.start();
    second.clock.advance(120_000);
    const budi = login(second, 'budi', budiKey);
    expect(directsOf(budi)).toMatchObject([{ room, newest: 1, peer: { name: 'tini', mark: Mark.BOUND } }]);
    budi.join(room);
    budi.say(room, 'ya');
    expect(textsOf(login(second, 'tini', tiniKey).join('@budi', { last: 10 }))).toEqual([
      'besok jam 7',
      'ya',
    ]);
  });

  test('is shown as held in the room, and as here when it is back', () => {
    const rig = new Rig();
    const pair = newKey();
    leave(rig, login(rig, 'budi', pair));
    const tini = rig.client('tini', 'lobby');
    const room = roomOf(tini.join('@budi'));
    login(rig, 'budi', pair);
    const states = tini.frames.flatMap(({ room: where, kind }) => {
      const system = kind?.$case === 'system' ? kind.value.kind : undefined;
      return where === room && system?.$case === 'presence' ? [system.value.state] : [];
    });
    expect(states).toEqual([PresenceState.HELD, PresenceState.HERE]);
  });

  test('may have said nothing yet: who opens the room and says nothing leaves nothing', () => {
    const disks = new Disks();
    const rig = disks.start();
    const pair = newKey();
    leave(rig, login(rig, 'budi', pair));
    const tini = rig.client('tini');
    tini.join('@budi');
    leave(rig, tini);
    expect(directsOf(login(rig, 'budi', pair))).toEqual([]);
    expect(disks.log.rooms().filter(({ room }) => room.startsWith('~'))).toEqual([]);
  });
});

describe('KTG-8.26 a guest who is no more', () => {
  /** Tini, a guest, has written to Budi, whose name is bound, and is gone for good. */
  function gone(disks = new Disks()): {
    disks: Disks;
    rig: Rig;
    pair: KeyPair;
    tini: RawClient;
    room: string;
  } {
    const rig = disks.start();
    const pair = newKey();
    leave(rig, login(rig, 'budi', pair));
    const tini = rig.client('tini', 'lobby');
    const room = roomOf(tini.join('@budi'));
    tini.say(room, 'rahasia');
    leave(rig, tini);
    return { disks, rig, pair, tini, room };
  }

  test('has left what was said to the one who is bound, over restarts', () => {
    const { disks, rig, pair, room } = gone();
    const peer = { name: 'tini', mark: Mark.GUEST };
    for (let server = rig, i = 0; i < 3; server = disks.start(), i++) {
      server.clock.advance(61_000);
      const budi = login(server, 'budi', pair);
      expect(directsOf(budi)).toMatchObject([{ room, newest: 1, peer }]);
      expect(textsOf(budi.join(room, { last: 10 }))).toEqual(['rahasia']);
      leave(server, budi);
    }
  });

  test('can not be written to: nobody would read it', () => {
    const { rig, pair, room } = gone();
    const budi = login(rig, 'budi', pair);
    budi.join(room);
    expect(faultsOf(budi.say(room, 'ya?'))).toEqual([NO_RECIPIENT]);
    expect(faultsOf(budi.join('@tini'))).toEqual([NO_RECIPIENT]);
    expect(rig.hub.rooms.get(room)?.ledger.newest).toBe(1);
  });

  test('ends what the bound one follows, like every private room', () => {
    const rig = new Rig();
    const pair = newKey();
    const budi = login(rig, 'budi', pair);
    const tini = rig.client('tini');
    const room = roomOf(tini.join('@budi'));
    budi.join(room);
    tini.say(room, 'halo');
    leave(rig, tini);
    const about = budi.frames.filter((frame) => frame.room === room).map(kindOf);
    expect(about.slice(-2)).toEqual(['presence', 'left']);
    expect(textsOf(budi.join(room, { last: 5 }))).toEqual(['halo']);
  });

  test.each(['at once', 'after a restart'])('is another one than who takes the name next, %s', (when) => {
    const { disks, rig, pair, room } = gone();
    const server = when === 'at once' ? rig : disks.start();
    server.clock.advance(61_000);
    const other = server.client('tini', 'lobby');
    expect(directsOf(other)).toEqual([]);
    for (const mode of [0, 1, 2, 3] as const)
      expect(faultsOf(other.join(room, { mode }))).toEqual([NO_SUCH_ROOM]);
    expect(faultsOf(other.say(room, 'halo?'))).toEqual([FaultCode.NOT_A_MEMBER]);
    const budi = login(server, 'budi', pair);
    const fresh = other.join('@budi', { last: 100 });
    expect(roomOf(fresh)).not.toBe(room);
    expect(textsOf(fresh)).toEqual([]);
    expect(roomOf(budi.join('@tini'))).toBe(roomOf(fresh));
    expect(textsOf(budi.join(room, { last: 9 }))).toEqual(['rahasia']);
  });

  test.each(['tini', 'kartini'])('is here again when the same secret is, as %s', (name) => {
    const { rig, pair, tini, room } = gone();
    const again = back(rig, name, tini);
    expect(textsOf(again.join(room, { last: 5 }))).toEqual(['rahasia']);
    expect(roomOf(again.join('@budi'))).toBe(room);
    const budi = login(rig, 'budi', pair);
    expect(directsOf(budi)).toMatchObject([{ room, peer: { name } }]);
    budi.join(room);
    expect(faultsOf(budi.say(room, 'ya'))).toEqual([]);
    // And goes once more, and for good.
    leave(rig, again);
    expect(faultsOf(budi.join('@tini'))).toEqual([NO_RECIPIENT]);
  });

  test('is found out by name after a start, one after the other: who reads meanwhile waits for one of them', () => {
    const disks = new Disks();
    const first = disks.start();
    const pair = newKey();
    leave(first, login(first, 'budi', pair));
    const names = ['tini', 'rudi', 'wati', 'sari'];
    const rooms = names.map((name) => {
      const guest = first.client(name);
      const room = roomOf(guest.join('@budi'));
      guest.say(room, 'halo');
      leave(first, guest);
      return room;
    });
    // A disk that answers one read a moment.
    let underWay = 0;
    let most = 0;
    const read = disks.log.read.bind(disks.log);
    disks.log.read = (request, onResult) => {
      most = Math.max(most, ++underWay);
      read(request, (result) => {
        underWay--;
        onResult(result);
      });
    };
    const rig = disks.start();
    // One of them is no more before its turn comes.
    disks.log.remove(rooms[1] ?? '');
    rig.clock.run();
    expect([most, underWay]).toEqual([1, 0]);
    const told = directsOf(login(rig, 'budi', pair)).map(({ peer }) => peer?.name);
    expect(new Set(told)).toEqual(new Set(['', 'sari', 'tini', 'wati']));
  });

  test('gives way when there are too many rooms, and nothing else does', () => {
    const rig = new Rig({ roomsMax: 3 });
    const pair = newKey();
    leave(rig, login(rig, 'budi', pair));
    const kept: string[] = [];
    for (const name of ['tini', 'rudi']) {
      const guest = rig.client(name);
      const room = roomOf(guest.join('@budi'));
      guest.say(room, 'halo');
      kept.push(room);
      leave(rig, guest);
    }
    const budi = login(rig, 'budi', pair);
    budi.join(kept[0] ?? '');
    const wati = rig.client('wati', 'lobby');
    expect(faultsOf(wati.join('@budi'))).toEqual([]);
    expect(kept.map((room) => rig.hub.rooms.get(room) !== undefined)).toEqual([true, false]);
    expect(faultsOf(wati.join('class'))).toEqual([FaultCode.TOO_MANY_ROOMS]);
  });
});

describe('KTG-8.26 a name that is bound no more', () => {
  function pairOfBound(): { disks: Disks; rig: Rig; keys: [KeyPair, KeyPair]; room: string } {
    const disks = new Disks();
    const rig = disks.start();
    const keys: [KeyPair, KeyPair] = [newKey(), newKey()];
    const clients = [login(rig, 'budi', keys[0]), login(rig, 'tini', keys[1])] as const;
    const room = roomOf(clients[0].join('@tini'));
    clients[0].say(room, 'halo');
    leave(rig, ...clients);
    return { disks, rig, keys, room };
  }

  function release(rig: Rig, name: string): void {
    rig.hub.releaseName(name, (result) => expect(result).toBe('released'));
    rig.clock.advance(61_000);
  }

  test('leaves the room to the other one', () => {
    const { disks, rig, keys, room } = pairOfBound();
    release(rig, 'tini');
    for (let server = rig, i = 0; i < 2; server = disks.start(), i++) {
      const budi = login(server, 'budi', keys[0]);
      expect(directsOf(budi)).toMatchObject([{ room }]);
      expect(textsOf(budi.join(room, { last: 5 }))).toEqual(['halo']);
      const thief = login(server, 'tini', newKey());
      expect(directsOf(thief)).toEqual([]);
      expect(faultsOf(thief.join(room))).toEqual([NO_SUCH_ROOM]);
      leave(server, budi, thief);
      release(server, 'tini');
    }
  });

  test('ends the room when neither is bound', () => {
    const { disks, rig, room } = pairOfBound();
    release(rig, 'tini');
    release(rig, 'budi');
    expect(rig.hub.rooms.get(room)).toBeUndefined();
    expect(disks.log.rooms().map((head) => head.room)).not.toContain(room);
    expect(rig.hub.status().users).toBe(0);
  });
});

test('KTG-8.20 everybody else who can not be met looks like nobody', () => {
  const rig = new Rig();
  const pair = newKey();
  leave(rig, login(rig, 'budi', pair));
  leave(rig, rig.client('rudi', 'lobby'));
  const tini = rig.client('tini');
  const strip = (frames: readonly Frame[]): unknown => frames.map((frame) => ({ ...frame, room: '' }));
  const nobody = strip(tini.join('@nobody'));
  for (const name of ['rudi', 'tini', 'not a name', 'budii'])
    expect(strip(tini.join(`@${name}`))).toEqual(nobody);
  expect(faultsOf(tini.join('@BUDI'))).toEqual([]);
});
