// Chapter 7 of docs/protocol.md on a real Hub: names, secrets, users.
import { describe, expect, test } from 'vitest';
import { SESSIONS_PER_USER_MAX } from '../../../src/protocol/limits.ts';
import { chatFrame, type Client, helloFrame, kindOf, Rig, secretOf, sha256, textOf, userOf } from '../rig.ts';
import { fromHex, type Json, toHex } from '../spec-codec.ts';

const nameOf = (client: Client): unknown => (client.welcome as { welcome: Json }).welcome['name'];

function refusal(rig: Rig, name: string, hello: Json = {}): Json {
  const client = rig.connect();
  client.send(helloFrame(name, hello));
  return client.fault();
}

/** The Join and Leave entries of the lobby, as `+name` and `-name reason`. */
function comings(rig: Rig): string[] {
  const reader = rig.connect();
  reader.send(helloFrame(''), { join: { mode: 'QUIET', last: 1_000 }, ref: 1, room: 'lobby' });
  const entries = reader.take().filter((frame) => 'seq' in frame);
  reader.drop();
  return entries.flatMap((frame) => {
    const name = textOf(frame['author'] as Json, 'name');
    if (kindOf(frame) === 'join') return [`+${name}`];
    return kindOf(frame) === 'leave' ? [`-${name} ${textOf(frame['leave'] as Json, 'reason')}`] : [];
  });
}

describe('names', () => {
  test('KTG-7.2 the canonical form is in the Welcome and in every entry, the case is kept', () => {
    const alice = new Rig().enter('Ａlice');
    expect(nameOf(alice)).toBe('Alice');
    alice.join('lobby', { last: 1 });
    alice.send(chatFrame(1));
    expect(alice.take()).toMatchObject([{ ref: 1 }, { author: { name: 'Alice' } }]);
  });

  test('KTG-7.3 names that differ only in case or compatibility form are one name', () => {
    const rig = new Rig();
    rig.enter('Straße');
    rig.enter('Fiona');
    for (const name of ['STRASSE', 'straße', 'ﬁona', 'FIONA']) {
      expect(refusal(rig, name)).toMatchObject({ code: 'NAME_TAKEN' });
    }
    rig.enter('strase');
  });
});

describe('users', () => {
  test('KTG-7.4 a user on the wire is the first 8 bytes of SHA-256 of the secret', () => {
    const rig = new Rig();
    const alice = rig.enter('alice');
    const user = toHex(sha256(fromHex(secretOf('alice'))).subarray(0, 8));
    expect(alice.welcome).toMatchObject({ welcome: { user } });
    alice.join('lobby');
    alice.send(chatFrame(1));
    expect(alice.takeOne('chat')).toMatchObject({ author: { user } });
  });

  test('KTG-7.5 a name is taken while its user has a session, held while it has a membership, then free', () => {
    const rig = new Rig({ graceMs: 20_000 });
    const alice = rig.member('alice');
    const thief = { secret: '22'.repeat(32) };
    expect(refusal(rig, 'alice', thief)['code']).toBe('NAME_TAKEN');
    alice.drop();
    rig.advance(19_000);
    expect(refusal(rig, 'alice', thief)['code']).toBe('NAME_HELD');
    rig.advance(2_000);
    rig.enter('alice', thief);
  });

  test('KTG-7.5 a user without a membership ends with its session, at once', () => {
    const rig = new Rig();
    rig.enter('alice').drop();
    expect(nameOf(rig.enter('alice', { secret: '22'.repeat(32) }))).toBe('alice');
  });

  test('KTG-7.5 a user with a private room is held for the grace', () => {
    const rig = new Rig({ graceMs: 20_000 });
    const alice = rig.enter('alice');
    rig.enter('bob');
    alice.join('@bob');
    alice.drop();
    rig.advance(19_000);
    expect(refusal(rig, 'alice', { secret: '22'.repeat(32) })['code']).toBe('NAME_HELD');
    rig.advance(2_000);
    rig.enter('alice', { secret: '22'.repeat(32) });
  });

  test('KTG-7.6 the same secret is the same user: no entry, the name as it was', () => {
    const rig = new Rig();
    rig.member('alice').drop();
    const back = rig.enter('ALICE', { secret: secretOf('alice') });
    expect(nameOf(back)).toBe('alice');
    expect(back.welcome).toMatchObject({ welcome: { rooms: ['lobby'] } });
    back.join('lobby');
    rig.advance(60_000);
    expect(comings(rig)).toEqual(['+alice']);
  });

  test('KTG-7.7 a new session takes the place of the older one, which is REPLACED', () => {
    const rig = new Rig();
    const old = rig.member('alice');
    const other = rig.enter('alice', { beside: true });
    const alice = rig.enter('alice');
    for (const replaced of [old, other]) {
      expect(replaced.fault()['code']).toBe('REPLACED');
      expect(replaced.ended).toBe(true);
    }
    alice.join('lobby');
    rig.advance(60_000);
    expect(comings(rig)).toEqual(['+alice']);
  });

  test('KTG-7.7 beside it stay the others, up to eight', () => {
    const rig = new Rig();
    const first = rig.member('alice');
    for (let n = 1; n < SESSIONS_PER_USER_MAX; n++) rig.enter('alice', { beside: true }).join('lobby');
    expect(refusal(rig, 'alice', { beside: true })).toMatchObject({
      code: 'TOO_MANY_SESSIONS',
      limit: SESSIONS_PER_USER_MAX,
    });
    first.send(chatFrame(1));
    expect(first.kinds()).toContain('stored');
    expect(comings(rig)).toEqual(['+alice']);
  });

  test('KTG-7.8 a lost membership ends by LOST after the grace, unless a session attaches in time', () => {
    const rig = new Rig({ graceMs: 20_000 });
    rig.member('alice').drop();
    const bob = rig.member('bob');
    bob.send({ leave: {}, ref: 1, room: 'lobby' });
    rig.advance(19_000);
    expect(comings(rig)).toEqual(['+alice', '+bob', '-bob LEFT']);
    rig.advance(2_000);
    expect(comings(rig)).toEqual(['+alice', '+bob', '-bob LEFT', '-alice LOST']);
  });

  test('KTG-7.8 coming back is not enough: the session must attach to the room', () => {
    const rig = new Rig({ graceMs: 20_000 });
    rig.member('alice').drop();
    const back = rig.enter('alice');
    rig.advance(21_000);
    expect(comings(rig)).toEqual(['+alice', '-alice LOST']);
    back.join('lobby');
    expect(comings(rig)).toEqual(['+alice', '-alice LOST', '+alice']);
  });

  test('KTG-7.8 with a grace of 0 the Leave comes at once', () => {
    const rig = new Rig({ graceMs: 0 });
    rig.member('alice').drop();
    rig.advance(0);
    expect(comings(rig)).toEqual(['+alice', '-alice LOST']);
  });

  test('KTG-7.9 a secret holds one name at a time', () => {
    const rig = new Rig();
    rig.enter('alice');
    expect(refusal(rig, 'alicia', { secret: secretOf('alice') })).toMatchObject({
      code: 'SECRET_USED',
      name: 'alice',
    });
  });

  test('KTG-7.11 no secret reaches the storage', () => {
    const rig = new Rig();
    rig.member('alice').send(chatFrame(1));
    const [head] = rig.log.rooms();
    expect(head?.members.map(({ user }) => toHex(user))).toEqual([toHex(sha256(fromHex(secretOf('alice'))))]);
    let stored = JSON.stringify(head?.members, (_key, value: unknown) =>
      value instanceof Uint8Array ? toHex(value) : value,
    );
    rig.log.read({ room: 'lobby', from: 1, bytesMax: 65_536 }, (result) => {
      if (result.status === 'run') stored += toHex(result.bytes);
    });
    rig.settle();
    expect(stored).toContain(toHex(new TextEncoder().encode('line 1')));
    expect(stored).not.toContain(secretOf('alice'));
  });

  test('KTG-7.12 KTG-15.1 the author is the server’s word; plain is that of the connection', () => {
    const rig = new Rig();
    // A secret that was first used where nobody listens would not be taken in plain (KTG-7.14).
    const far = rig.enter('alice', {}, { plain: true });
    const near = rig.enter('alice', { beside: true }, { plain: false });
    near.join('lobby', { last: 1 });
    far.join('lobby');
    near.send({ ...chatFrame(1), author: { name: 'mallory', user: userOf('mallory'), mark: 'SERVER' } });
    far.send(chatFrame(2));
    near.send({ leave: {}, ref: 3, room: 'lobby' });
    far.send({ leave: {}, ref: 3, room: 'lobby' });
    const entries = far.take().filter((frame) => 'seq' in frame);
    const alice = { name: 'alice', user: userOf('alice'), mark: 'GUEST' };
    expect(entries.map((frame) => [kindOf(frame), frame['author']])).toEqual([
      ['chat', alice],
      ['chat', { ...alice, plain: true }],
      ['leave', alice],
    ]);
  });
});
