// Chapter 7.3 of docs/protocol.md on a real Hub: names that are bound to keys.
import { describe, expect, test } from 'vitest';
import { SESSIONS_PER_USER_MAX } from '../../../src/protocol/limits.ts';
import { Binding } from '../../../src/protocol/gen/kentongan/v1/kentongan.ts';
import {
  challenged,
  enterByKey,
  fromPage,
  keyHello,
  overTls,
  proofFrame,
  type ProofLies,
  refusalByKey,
} from '../keys.ts';
import { FixedKey } from '../proofs.ts';
import {
  chatFrame,
  type ConnectOptions,
  helloFrame,
  kindOf,
  Rig,
  secretOf,
  sha256,
  systemOf,
  textOf,
} from '../rig.ts';
import { fromHex, type Json, toHex } from '../spec-codec.ts';

const DAY_MS = 86_400_000;
const PING: Json = { system: { ping: { nonce: '0102030405060708' } }, ref: 41 };

function refusal(rig: Rig, name: string, hello: Json = {}, options: ConnectOptions = {}): Json {
  const client = rig.connect(options);
  client.send(helloFrame(name, hello));
  return client.fault();
}

describe('a Challenge', () => {
  test('KTG-7.16 answers a Hello with a key: its ref, another nonce each time, the bindings that there are', () => {
    const rig = new Rig();
    const bindings = new Map([
      [Binding.CERTIFICATE, new Uint8Array(32)],
      [Binding.EXPORTER, new Uint8Array(32)],
    ]);
    const nonces = ['alice', 'bob'].map((name) => {
      const challenge = challenged(rig.connect({ plain: false, bindings }), name);
      expect(challenge['ref']).toBe(900);
      const { nonce, bindings: offered } = systemOf(challenge, 'challenge') ?? {};
      expect([...(offered as string[])].toSorted()).toEqual(['CERTIFICATE', 'EXPORTER']);
      expect(fromHex(textOf(systemOf(challenge, 'challenge'), 'nonce'))).toHaveLength(32);
      return nonce;
    });
    expect(new Set(nonces).size).toBe(2);
    const page = challenged(rig.connect(fromPage('https://192.168.1.20:7660')), 'carol');
    expect(systemOf(page, 'challenge')?.['bindings']).toEqual(['ORIGIN']);
  });

  for (const plain of [true, false]) {
    test(`KTG-7.16 there is none where nothing can be proved: ${plain ? 'plain' : 'plain on loopback'}`, () => {
      const client = new Rig().connect({ plain });
      client.send(keyHello('alice'));
      const fault = client.fault();
      expect(fault).toMatchObject({ code: 'TLS_REQUIRED', ref: 900 });
      // Here plain is open: it is the key that has no place in it.
      expect(fault['text']).toMatch(/key.*kentongan:\/\//);
      expect(client.ended).toBe(true);
    });
  }

  test('KTG-5.1 KTG-5.3 while it waits for the Proof nothing else has a place', () => {
    const others: readonly [string, Json][] = [
      ['UNEXPECTED', keyHello('alice')],
      ['UNEXPECTED', PING],
      ['UNEXPECTED', { join: {}, ref: 1, room: 'lobby' }],
      ['UNEXPECTED', chatFrame(1)],
      ['UNEXPECTED', { system: { stored: { seq: 1 } } }],
    ];
    for (const [code, frame] of others) {
      const client = new Rig().connect(overTls());
      challenged(client, 'alice');
      client.send(frame);
      expect(client.fault().code).toBe(code);
      expect(client.ended).toBe(true);
    }
  });

  test('KTG-5.1 KTG-5.2 an unknown kind is refused meanwhile, and a Pong closes', () => {
    const client = new Rig().connect(overTls());
    const challenge = challenged(client, 'alice');
    client.send({ ref: 7 });
    expect(client.fault()).toMatchObject({ code: 'UNSUPPORTED', ref: 7 });
    client.send(proofFrame(challenge, 'alice'));
    expect(client.kinds()).toEqual(['welcome']);
    const other = new Rig().connect(overTls());
    challenged(other, 'alice');
    other.send({ system: { pong: { nonce: '0102030405060708' } } });
    expect(other.fault().code).toBe('BAD_PONG');
    expect(other.ended).toBe(true);
  });

  test('KTG-5.3 behind the Proof a client may go on at once', () => {
    const client = new Rig().connect(overTls());
    client.send(proofFrame(challenged(client, 'alice'), 'alice'), { join: {}, ref: 1, room: 'lobby' }, PING);
    expect(client.kinds()).toEqual(['welcome', 'joined', 'pong', 'roster']);
  });

  test('KTG-5.1 a Proof without a Challenge has no place', () => {
    const rig = new Rig();
    const proof = { system: { proof: { binding: 'CERTIFICATE', signature: '00'.repeat(64) } }, ref: 1 };
    const open = rig.enter('alice');
    const early = rig.connect(overTls());
    for (const client of [open, early]) {
      client.send(proof);
      expect(client.fault()).toMatchObject({ code: 'UNEXPECTED', ref: 1 });
      expect(client.ended).toBe(true);
    }
  });

  test('KTG-5.14 the time for the Welcome goes on', () => {
    const rig = new Rig();
    const client = rig.connect(overTls());
    challenged(client, 'alice');
    rig.advance(9_000);
    expect(client.ended).toBe(false);
    rig.advance(2_500);
    expect(client.fault().code).toBe('HELLO_TIMEOUT');
  });
});

describe('a Proof', () => {
  test('KTG-7.18 KTG-7.22 a right one opens the session: BOUND, the user is the key', () => {
    const rig = new Rig();
    const alice = enterByKey(rig, 'alice');
    const key = FixedKey.of('alice').publicKey;
    const user = toHex(sha256(fromHex(key)).subarray(0, 8));
    expect(alice.welcome).toMatchObject({ welcome: { name: 'alice', user, mark: 'BOUND' } });
    alice.join('lobby', { last: 1 });
    alice.send(chatFrame(1));
    expect(alice.takeOne('chat')).toMatchObject({ author: { name: 'alice', user, mark: 'BOUND' } });
  });

  test('KTG-7.18 the name is signed as it was sent; the Welcome has the canonical form', () => {
    const alice = enterByKey(new Rig(), 'Ａlice');
    expect(alice.welcome).toMatchObject({ welcome: { name: 'Alice' } });
  });

  test('KTG-7.16 a page proves by its origin', () => {
    const rig = new Rig();
    const origin = 'https://192.168.1.20:7660';
    const client = rig.connect(fromPage(origin));
    const challenge = challenged(client, 'alice');
    client.send(proofFrame(challenge, 'alice', { binding: 'ORIGIN', bound: origin }));
    expect(client.kinds()).toEqual(['welcome']);
  });

  const LIES: readonly (readonly [what: string, lies: ProofLies])[] = [
    ['made for another certificate, as a man in the middle would pass it on', { bound: 'mallory' }],
    ['made on another page', { binding: 'ORIGIN', bound: 'https://evil.example' }],
    ['with a binding that was not offered', { binding: 'EXPORTER' }],
    ['made with another key', { key: FixedKey.of('mallory') }],
    ['made for another Challenge', { nonce: '00'.repeat(32) }],
    ['made for another Hello', { clientNonce: '00'.repeat(16) }],
    ['made for another name', { signedName: 'bob' }],
    ['made for the canonical name instead of the one that was sent', { signedName: 'ALICE' }],
  ];
  for (const [what, lies] of LIES) {
    test(`KTG-7.19 ${what} fails, and binds nothing`, () => {
      const rig = new Rig();
      const client = rig.connect(overTls());
      client.send(proofFrame(challenged(client, 'alice'), 'alice', lies));
      expect(client.fault()).toMatchObject({ code: 'AUTH_FAILED', ref: 901 });
      expect(client.ended).toBe(true);
      expect(rig.names.all()).toEqual([]);
      rig.enter('alice');
    });
  }

  test('KTG-7.19 a proof that was right once is not right again', () => {
    const rig = new Rig();
    const first = rig.connect(overTls());
    const proof = proofFrame(challenged(first, 'alice'), 'alice');
    first.send(proof);
    expect(first.kinds()).toEqual(['welcome']);
    const second = rig.connect(overTls());
    challenged(second, 'alice');
    second.send(proof);
    expect(second.fault().code).toBe('AUTH_FAILED');
  });

  test('KTG-6.3 KTG-7.19 one that is no signature is refused, and the connection is new again', () => {
    const rig = new Rig();
    const client = rig.connect(overTls());
    challenged(client, 'alice');
    client.send({ system: { proof: { binding: 'CERTIFICATE', signature: '00'.repeat(63) } }, ref: 7 });
    expect(client.fault()).toMatchObject({ code: 'BAD_FIELD', name: 'signature', ref: 7 });
    client.send(helloFrame('alice'));
    expect(client.kinds()).toEqual(['welcome']);
  });

  test('KTG-7.19 after a refusal the Challenge is used up', () => {
    const rig = new Rig();
    rig.names.fail('STORAGE_READ_ONLY');
    const client = rig.connect(overTls());
    const proof = proofFrame(challenged(client, 'alice'), 'alice');
    client.send(proof);
    expect(client.fault().code).toBe('STORAGE_READ_ONLY');
    client.send(proof);
    expect(client.fault().code).toBe('UNEXPECTED');
  });
});

describe('a bound name', () => {
  test('KTG-7.20 is bound before the Welcome, durably', () => {
    const rig = new Rig();
    rig.names.hold();
    const client = rig.connect(overTls());
    client.send(proofFrame(challenged(client, 'alice'), 'alice'));
    expect(client.take()).toEqual([]);
    rig.names.release();
    rig.settle();
    expect(client.kinds()).toEqual(['welcome']);
    expect(rig.names.all()).toMatchObject([{ name: 'alice', source: '192.0.2.7' }]);
  });

  test('KTG-7.20 is not bound when that can not be stored, and the connection is new again', () => {
    const rig = new Rig();
    rig.names.fail('STORAGE_FULL');
    const client = rig.connect(overTls());
    client.send(proofFrame(challenged(client, 'alice'), 'alice'));
    expect(client.fault()).toMatchObject({ code: 'STORAGE_FULL', ref: 901 });
    expect(client.ended).toBe(false);
    rig.names.fail(undefined);
    client.send(proofFrame(challenged(client, 'alice'), 'alice'));
    expect(client.kinds()).toEqual(['welcome']);
  });

  test('KTG-7.20 KTG-7.15 is its key’s alone: present, away, after a restart, whatever the case', () => {
    const rig = new Rig();
    const mallory = FixedKey.of('mallory');
    const alice = enterByKey(rig, 'alice');
    const thieves = (at: Rig): void => {
      expect(refusal(at, 'alice')).toMatchObject({ code: 'NAME_BOUND' });
      expect(refusal(at, 'ALICE')).toMatchObject({ code: 'NAME_BOUND' });
      expect(refusalByKey(at, 'alice', mallory)).toMatchObject({ code: 'NAME_BOUND' });
    };
    thieves(rig);
    alice.drop();
    rig.advance(10 * DAY_MS);
    thieves(rig);
    const after = new Rig({}, { storage: rig.log.storage, names: rig.names.all() });
    thieves(after);
    expect(enterByKey(after, 'alice').welcome).toMatchObject({ welcome: { mark: 'BOUND' } });
  });

  test('KTG-7.15 who shows a public key as a secret is a guest like all others', () => {
    const rig = new Rig();
    enterByKey(rig, 'alice').drop();
    const shown = { secret: FixedKey.of('alice').publicKey };
    expect(refusal(rig, 'alice', shown, overTls())).toMatchObject({ code: 'NAME_BOUND' });
    expect(refusal(rig, 'bob', shown, overTls())).toMatchObject({ code: 'SECRET_USED' });
  });

  test('KTG-7.20 a key has one name', () => {
    const rig = new Rig();
    enterByKey(rig, 'alice').drop();
    expect(refusalByKey(rig, 'alicia', FixedKey.of('alice'))).toMatchObject({
      code: 'SECRET_USED',
      name: 'alice',
    });
  });

  test('KTG-7.20 a guest who is there keeps the name', () => {
    const rig = new Rig();
    rig.enter('alice');
    expect(refusalByKey(rig, 'alice')).toMatchObject({ code: 'NAME_TAKEN' });
    expect(rig.names.all()).toEqual([]);
  });

  test('KTG-7.21 is free again when it was not used for long, not before', () => {
    const rig = new Rig({ boundTtlMs: 100 * DAY_MS });
    enterByKey(rig, 'alice').drop();
    rig.advance(90 * DAY_MS);
    enterByKey(rig, 'alice').drop();
    rig.advance(98 * DAY_MS);
    expect(refusal(rig, 'alice')).toMatchObject({ code: 'NAME_BOUND' });
    rig.advance(3 * DAY_MS);
    rig.enter('alice');
  });

  test('KTG-7.21 is free again when the operator releases it', () => {
    const rig = new Rig();
    enterByKey(rig, 'alice').drop();
    let result: string | undefined;
    rig.hub.releaseName('alice', (said) => {
      result = said;
    });
    rig.settle();
    expect(result).toBe('released');
    rig.enter('alice');
  });

  test('KTG-7.21 takes its sessions with it when it is released', () => {
    const rig = new Rig({ graceMs: 20_000 });
    const bob = rig.member('bob');
    const alice = enterByKey(rig, 'alice');
    alice.join('lobby');
    rig.names.hold();
    rig.hub.releaseName('alice', () => undefined);
    expect(refusalByKey(rig, 'alice')).toMatchObject({ code: 'BUSY' });
    expect(alice.ended).toBe(false);
    rig.names.release();
    rig.settle();
    expect(alice.fault().code).toBe('AUTH_FAILED');
    expect(alice.ended).toBe(true);
    const left = bob.take().filter((frame) => kindOf(frame) === 'leave');
    expect(left).toMatchObject([{ author: { name: 'alice', mark: 'BOUND' }, leave: { reason: 'LOST' } }]);
    expect(rig.enter('alice').welcome).toMatchObject({ welcome: { mark: 'GUEST' } });
  });

  test('KTG-7.27 is not for the key that had it, for a day, and for everybody else', () => {
    const rig = new Rig();
    enterByKey(rig, 'alice').join('lobby');
    rig.hub.releaseName('alice', () => undefined);
    rig.settle();
    expect(refusalByKey(rig, 'ALICE', FixedKey.of('alice'))).toMatchObject({
      code: 'NAME_BOUND',
      retry_after_ms: DAY_MS,
    });
    const after = new Rig({}, { storage: rig.log.storage, names: rig.names.all() });
    expect(refusalByKey(after, 'alice')).toMatchObject({ code: 'NAME_BOUND' });
    after.enter('alice').drop();
    after.advance(DAY_MS);
    enterByKey(after, 'alice');
    const other = enterByKey(rig, 'alice', { key: FixedKey.of('mallory') });
    expect(other.welcome).toMatchObject({ welcome: { mark: 'BOUND' } });
    rig.hub.releaseName('alice', () => undefined);
    rig.settle();
    enterByKey(rig, 'alice');
  });

  test('KTG-7.22 its sessions come in beside each other', () => {
    const rig = new Rig();
    const first = enterByKey(rig, 'alice');
    first.join('lobby');
    for (let n = 1; n < SESSIONS_PER_USER_MAX; n++) enterByKey(rig, 'alice').join('lobby');
    expect(refusalByKey(rig, 'alice')).toMatchObject({
      code: 'TOO_MANY_SESSIONS',
      limit: SESSIONS_PER_USER_MAX,
    });
    first.send(chatFrame(1));
    expect(first.kinds()).toContain('stored');
  });

  test('KTG-7.6 comes back to its memberships, without an entry', () => {
    const rig = new Rig();
    const bob = rig.member('bob');
    const alice = enterByKey(rig, 'alice');
    alice.join('lobby');
    bob.take();
    alice.drop();
    const back = enterByKey(rig, 'alice');
    expect(back.welcome).toMatchObject({ welcome: { rooms: ['lobby'] } });
    back.join('lobby');
    rig.advance(60_000);
    expect(bob.kinds().filter((kind) => kind === 'join' || kind === 'leave')).toEqual([]);
  });

  test('KTG-7.23 from one address only so many are bound in a day', () => {
    const rig = new Rig({ bindingsPerSource: 2 });
    enterByKey(rig, 'alice').drop();
    enterByKey(rig, 'bob').drop();
    expect(refusalByKey(rig, 'carol')).toMatchObject({ code: 'RATE_LIMITED' });
    enterByKey(rig, 'alice').drop();
    enterByKey(rig, 'carol', { source: '192.0.2.8' }).drop();
    rig.advance(DAY_MS);
    enterByKey(rig, 'dewi');
  });

  test('KTG-7.23 what was bound from an address counts after a restart, too', () => {
    const rig = new Rig({ bindingsPerSource: 1 });
    enterByKey(rig, 'alice').drop();
    const after = new Rig({ bindingsPerSource: 1 }, { storage: rig.log.storage, names: rig.names.all() });
    expect(refusalByKey(after, 'bob')).toMatchObject({ code: 'RATE_LIMITED', limit: 1 });
  });

  test('KTG-7.23 on one server only so many are bound in all, wherever from', () => {
    const rig = new Rig({ boundNamesMax: 2 });
    enterByKey(rig, 'alice').drop();
    enterByKey(rig, 'bob', { source: '192.0.2.8' }).drop();
    expect(refusalByKey(rig, 'carol')).toMatchObject({ code: 'RATE_LIMITED', limit: 2 });
    enterByKey(rig, 'alice').drop();
    rig.enter('carol');
  });
});

describe('a secret', () => {
  test('KTG-7.14 that was used where nobody listens is not accepted over plain', () => {
    const rig = new Rig();
    rig.enter('alice', {}, overTls()).join('lobby');
    const thief = rig.connect({ plain: true });
    thief.send(helloFrame('alice'));
    expect(thief.fault()).toMatchObject({ code: 'TLS_REQUIRED', ref: 900 });
    expect(thief.ended).toBe(true);
    rig.enter('alice', {}, { plain: false });
  });

  test('KTG-7.14 that was always plain may come in plain again', () => {
    const rig = new Rig();
    rig.enter('alice', {}, { plain: true }).join('lobby');
    const { welcome } = rig.enter('alice', {}, { plain: true });
    expect(welcome).toMatchObject({ welcome: { rooms: ['lobby'] } });
  });
});

describe('private rooms of bound names', () => {
  const entriesOf = (frames: readonly Json[]): string[] =>
    frames.filter((frame) => kindOf(frame) === 'chat').map((frame) => textOf(frame['chat'] as Json, 'text'));

  test('KTG-8.26 who is away can be written to, and is told at the next Welcome', () => {
    const rig = new Rig();
    enterByKey(rig, 'budi').drop();
    rig.advance(DAY_MS);
    const alice = enterByKey(rig, 'alice');
    const room = textOf(alice.join('@budi'), 'room');
    alice.send(chatFrame(1, 'sampai besok', room));
    expect(alice.kinds()).toContain('stored');
    alice.drop();
    rig.advance(DAY_MS);
    const budi = enterByKey(rig, 'budi');
    const direct = budi.takeOne('direct');
    expect(direct).toMatchObject({
      room,
      system: { direct: { peer: { name: 'alice', mark: 'BOUND' }, newest: 1 } },
    });
    budi.send({ join: { last: 10 }, ref: 1, room });
    expect(entriesOf(budi.take())).toEqual(['sampai besok']);
  });

  test('KTG-8.26 also after a restart of the server', () => {
    const before = new Rig();
    enterByKey(before, 'budi').drop();
    const alice = enterByKey(before, 'alice');
    const room = textOf(alice.join('@budi'), 'room');
    alice.send(chatFrame(1, 'sampai besok', room));
    before.hub.drain(0, () => undefined);
    before.settle();
    alice.drop();
    const after = new Rig({}, { storage: before.log.storage, names: before.names.all() });
    const budi = enterByKey(after, 'budi');
    expect(budi.takeOne('direct')).toMatchObject({ room });
  });

  test('KTG-8.26 a guest’s side ends with the guest, the other one stays', () => {
    const rig = new Rig({ graceMs: 20_000 });
    const budi = enterByKey(rig, 'budi');
    const alice = rig.enter('alice');
    const room = textOf(alice.join('@budi'), 'room');
    alice.send(chatFrame(1, 'rahasia', room));
    alice.drop();
    rig.advance(21_000);
    const thief = rig.enter('alice', { secret: '22'.repeat(32) });
    thief.send({ join: { last: 10 }, ref: 1, room });
    expect(thief.fault()).toMatchObject({ code: 'NO_SUCH_ROOM' });
    budi.send({ join: { last: 10 }, ref: 1, room });
    expect(entriesOf(budi.take())).toEqual(['rahasia']);
    budi.send(chatFrame(2, 'masih di sana?', room));
    expect(budi.fault()).toMatchObject({ code: 'NO_RECIPIENT', ref: 2 });
    const back = rig.enter('siti', { secret: secretOf('alice') });
    expect(back.takeOne('direct')).toMatchObject({ room });
  });

  test('KTG-8.26 between two guests a private room ends as before', () => {
    const rig = new Rig({ graceMs: 20_000 });
    const bob = rig.enter('bob');
    const alice = rig.enter('alice');
    const room = textOf(alice.join('@bob'), 'room');
    bob.join(room);
    alice.drop();
    rig.advance(21_000);
    expect(bob.takeOne('left')).toMatchObject({ room, system: { left: { reason: 'ENDED' } } });
  });
});
