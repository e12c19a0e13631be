// Somebody wants a name that is somebody else's.
import { describe, expect, test } from 'vitest';
import { Binding, FaultCode, systemFrame } from '../../src/protocol/index.ts';
import { proofMessage, type ProofFacts } from '../../src/protocol/proof.ts';
import type { KeyPair } from '../support/key.ts';
import { Disks } from './disks.ts';
import { NamesDisk } from './names-disk.ts';
import { CERTIFICATE, crypto, faultsOf, kindOf, newKey, type RawClient, Rig } from './rig.ts';

const { AUTH_FAILED, NAME_BOUND, SECRET_USED, TLS_REQUIRED, UNEXPECTED } = FaultCode;

/** Budi has been here, and is away. */
function away(): { rig: Rig; budi: KeyPair } {
  const rig = new Rig();
  const pair = newKey();
  const client = rig.client();
  client.login('budi', pair);
  client.session.lost();
  rig.clock.run();
  return { rig, budi: pair };
}

describe('KTG-7.15 KTG-7.20 a name that is bound, whose owner is away', () => {
  test.each(['budi', 'BUDI', 'ｂｕｄｉ'])('is refused to guests as %s', (name) => {
    const { rig } = away();
    const client = rig.client();
    const [fault] = client.hello(name);
    expect(fault?.kind).toMatchObject({ value: { kind: { value: { code: NAME_BOUND, name: 'budi' } } } });
    rig.clock.advance(3 * 86_400_000);
    expect(faultsOf(rig.client().hello(name))).toEqual([NAME_BOUND]);
  });

  test('is refused to every other key', () => {
    const { rig } = away();
    expect(faultsOf(rig.client().helloWithKey('budi', newKey()))).toEqual([NAME_BOUND]);
  });

  test('is refused to who shows the public key as a secret, for this name and any other', () => {
    const { rig, budi } = away();
    expect(faultsOf(rig.client().hello('budi', { secret: budi.key }))).toEqual([NAME_BOUND]);
    expect(faultsOf(rig.client().hello('eve', { secret: budi.key }))).toEqual([SECRET_USED]);
    expect(rig.hub.status().users).toBe(0);
  });

  test('goes on being its owner’s when somebody has shown the key as a secret before', () => {
    const rig = new Rig();
    const pair = newKey();
    const eve = rig.client();
    eve.secret = pair.key;
    eve.hello('budi');
    eve.join('lobby');
    const budi = rig.client();
    expect(faultsOf(budi.helloWithKey('budi', pair))).toEqual([SECRET_USED]);
    eve.session.lost();
    rig.clock.advance(31_000);
    expect(rig.client().login('budi', pair).map(kindOf)).toContain('welcome');
  });
});

test('KTG-8.26 who shows a key as a secret has no part in what its owner has kept', () => {
  const disks = new Disks();
  const pairs = [newKey(), newKey()] as const;
  const first = disks.start();
  const [budi, tini] = [first.client(), first.client()];
  budi.login('budi', pairs[0]);
  tini.login('tini', pairs[1]);
  const room = budi.join('@tini').find((frame) => kindOf(frame) === 'joined')?.room ?? '';
  budi.say(room, 'rahasia');
  // Budi is nobody any more: no name is bound to the key, and the room is there for Tini.
  first.hub.releaseName('budi', () => {});
  first.clock.advance(61_000);
  for (let rig = first, i = 0; i < 3; rig = disks.start(), i++) {
    rig.clock.advance(61_000);
    const eve = rig.client();
    expect(faultsOf(eve.hello('eve', { secret: pairs[0].key }))).toEqual([SECRET_USED]);
    eve.hello('eve');
    eve.join('lobby');
    expect(faultsOf(eve.join(room))).toEqual([FaultCode.NO_SUCH_ROOM]);
    expect(rig.hub.rooms.get(room)).toBeDefined();
  }
});

describe('KTG-7.18 KTG-7.19 a proof', () => {
  /** What a client signs that is lied to, or lies. */
  test.each<[string, Partial<ProofFacts>]>([
    ['for another certificate: a relay', { bound: new Uint8Array(32).fill(0xee) }],
    ['for another nonce', { nonce: crypto.random(32) }],
    ['for no nonce', { nonce: new Uint8Array(32) }],
    ['for another nonce of the client', { clientNonce: crypto.random(16) }],
    ['for another name', { name: 'buda' }],
    ['for the name in other letters', { name: 'BUDI' }],
    ['for another key', { key: newKey().key }],
    ['tied to what was not offered', { binding: Binding.ORIGIN }],
    ['tied to nothing', { binding: Binding.UNSPECIFIED }],
    ['tied to what nobody knows', { binding: 99 as Binding }],
  ])('%s is none', (_, lies) => {
    const { rig, budi } = away();
    const client = rig.client();
    client.helloWithKey('budi', budi);
    expect(faultsOf(client.prove('budi', budi, lies))).toEqual([AUTH_FAILED]);
    expect(client.ended).toBe(true);
    expect(client.frames.map(kindOf)).not.toContain('welcome');
  });

  test('of one binding is none of another that was offered, too', () => {
    const rig = new Rig();
    const exporter = new Uint8Array(32).fill(3);
    const bindings = new Map([
      [Binding.CERTIFICATE, CERTIFICATE],
      [Binding.EXPORTER, exporter],
    ]);
    const client = rig.client(undefined, undefined, { bindings });
    const pair = newKey();
    client.helloWithKey('budi', pair);
    const { nonce = new Uint8Array(32), clientNonce } = client;
    const facts = {
      nonce,
      clientNonce,
      binding: Binding.CERTIFICATE,
      bound: exporter,
      key: pair.key,
      name: 'budi',
    };
    expect(say(client, Binding.EXPORTER, pair.sign(proofMessage(facts)))).toEqual([AUTH_FAILED]);
  });

  test('that somebody else made with a key of its own is none', () => {
    const { rig, budi } = away();
    const client = rig.client();
    client.helloWithKey('budi', budi);
    const thief = newKey();
    expect(faultsOf(client.prove('budi', { key: budi.key, sign: (message) => thief.sign(message) }))).toEqual(
      [AUTH_FAILED],
    );
  });

  test('that was made for one connection is none on another one: a replay', () => {
    const { rig, budi } = away();
    let overheard = new Uint8Array(64);
    const owner = rig.client();
    const recording = {
      key: budi.key,
      sign: (message: Uint8Array) => {
        overheard = Uint8Array.from(budi.sign(message));
        return overheard;
      },
    };
    expect(owner.login('budi', recording).map(kindOf)).toContain('welcome');
    const thief = rig.client();
    thief.helloWithKey('budi', budi, { clientNonce: owner.clientNonce });
    expect(say(thief, Binding.CERTIFICATE, overheard)).toEqual([AUTH_FAILED]);
    expect(owner.ended).toBe(false);
  });

  test('that an honest client made for a man in the middle is none for the server behind', () => {
    const { rig, budi } = away();
    const middle = rig.client();
    middle.helloWithKey('budi', budi);
    // The honest client sees the certificate of the one in the middle, and signs that.
    const { nonce = new Uint8Array(32), clientNonce } = middle;
    const bound = new Uint8Array(32).fill(0xee);
    const facts = { nonce, clientNonce, binding: Binding.CERTIFICATE, bound, key: budi.key, name: 'budi' };
    expect(say(middle, Binding.CERTIFICATE, budi.sign(proofMessage(facts)))).toEqual([AUTH_FAILED]);
  });

  test('is given once: the same again, after the name was refused, is out of place', () => {
    const disk = new NamesDisk();
    const rig = new Rig({}, undefined, (clock) => disk.attach(clock));
    const pair = newKey();
    const client = rig.client();
    client.helloWithKey('budi', pair);
    const { nonce = new Uint8Array(32) } = client;
    disk.failure = 'STORAGE_FULL';
    expect(faultsOf(client.prove('budi', pair))).toEqual([FaultCode.STORAGE_FULL]);
    disk.failure = undefined;
    client.helloWithKey('budi', pair);
    expect(client.nonce).not.toEqual(nonce);
    expect(faultsOf(client.prove('budi', pair, { nonce }))).toEqual([AUTH_FAILED]);
    expect(rig.hub.boundNames()).toEqual([]);
  });

  test.each([
    ['all zero', new Uint8Array(32)],
    ['no point of the curve', new Uint8Array(32).fill(2)],
    ['beyond the field', new Uint8Array(32).fill(0xff)],
  ])('of a key that is %s is none', (_, key) => {
    const rig = new Rig();
    const client = rig.client();
    const other = newKey();
    client.helloWithKey('budi', { key, sign: (message) => other.sign(message) });
    expect(faultsOf(client.prove('budi', { key, sign: (message) => other.sign(message) }))).toEqual([
      AUTH_FAILED,
    ]);
    expect(rig.hub.boundNames()).toEqual([]);
  });

  test.each([0, 1, 63, 65, 128])('with a signature of %i bytes is none', (length) => {
    const { rig, budi } = away();
    const client = rig.client();
    client.helloWithKey('budi', budi);
    expect(say(client, Binding.CERTIFICATE, new Uint8Array(length))).toEqual([FaultCode.BAD_FIELD]);
    expect(faultsOf(client.prove('budi', budi))).toEqual([UNEXPECTED]);
  });

  test('no two nonces are the same', () => {
    const { rig, budi } = away();
    const nonces = Array.from({ length: 200 }, () => {
      const client = rig.client();
      client.helloWithKey('budi', budi);
      const nonce = Buffer.from(client.nonce ?? []).toString('hex');
      client.session.lost();
      return nonce;
    });
    expect(new Set(nonces).size).toBe(200);
    expect(nonces.every((nonce) => nonce.length === 64)).toBe(true);
  });
});

function say(client: RawClient, binding: Binding, signature: Uint8Array): number[] {
  return faultsOf(client.ask(systemFrame({ $case: 'proof', value: { binding, signature } }, { ref: 2 })));
}

describe('at the same moment', () => {
  function slow(): { rig: Rig; disk: NamesDisk } {
    const disk = new NamesDisk();
    const rig = new Rig({}, undefined, (clock) => disk.attach(clock));
    disk.auto = false;
    return { rig, disk };
  }

  test('KTG-7.20 two keys want one name: the first proof has it', () => {
    const { rig, disk } = slow();
    const [one, other] = [rig.client(), rig.client()];
    const [mine, theirs] = [newKey(), newKey()];
    one.helloWithKey('budi', mine);
    other.helloWithKey('budi', theirs);
    expect(one.prove('budi', mine)).toEqual([]);
    expect(faultsOf(other.prove('budi', theirs))).toEqual([NAME_BOUND]);
    expect(faultsOf(rig.client().hello('budi'))).toEqual([NAME_BOUND]);
    disk.decide();
    rig.clock.run();
    expect(one.frames.map(kindOf)).toEqual(['challenge', 'welcome']);
    expect([...disk.bound.values()].map(({ key }) => key)).toEqual([mine.key]);
  });

  test('KTG-7.20 one key wants two names: the first proof has it', () => {
    const { rig, disk } = slow();
    const [one, other] = [rig.client(), rig.client()];
    const pair = newKey();
    one.helloWithKey('budi', pair);
    other.helloWithKey('tini', pair);
    one.prove('budi', pair);
    expect(faultsOf(other.prove('tini', pair))).toEqual([SECRET_USED]);
    disk.decide();
    rig.clock.run();
    expect([...disk.bound.keys()]).toEqual(['budi']);
    expect(faultsOf(rig.client().helloWithKey('tini', pair))).toEqual([SECRET_USED]);
  });

  test('two devices of one key wait for one write, and share its fate', () => {
    const { rig, disk } = slow();
    const pair = newKey();
    const devices = [rig.client(), rig.client()];
    for (const device of devices) device.login('budi', pair);
    expect(disk.writes).toBe(1);
    disk.failure = 'STORAGE_READ_ONLY';
    disk.decide();
    rig.clock.run();
    for (const device of devices) expect(faultsOf(device.frames)).toEqual([FaultCode.STORAGE_READ_ONLY]);
    disk.failure = undefined;
    for (const device of devices) device.login('budi', pair);
    disk.decide();
    rig.clock.run();
    for (const device of devices) expect(device.frames.map(kindOf)).toContain('welcome');
    expect(rig.hub.boundNames()).toMatchObject([{ name: 'budi', sessions: 2 }]);
  });

  test('a connection that is lost while its name is bound: the name is bound, and nobody is there', () => {
    const { rig, disk } = slow();
    const pair = newKey();
    const client = rig.client();
    client.login('budi', pair);
    client.session.lost();
    disk.decide();
    rig.clock.run();
    expect(rig.hub.boundNames()).toMatchObject([{ name: 'budi', sessions: 0 }]);
    expect(rig.hub.status()).toMatchObject({ sessions: 0, users: 0 });
  });

  test('a draining server waits for a name that is being bound', () => {
    const { rig, disk } = slow();
    const client = rig.client();
    client.login('budi', newKey());
    let drained = false;
    rig.hub.drain(0, () => {
      drained = true;
    });
    rig.clock.run();
    expect(client.ended).toBe(false);
    disk.decide();
    rig.clock.run();
    expect(client.frames.map(kindOf)).toEqual(['challenge', 'welcome', 'fault']);
    expect(drained).toBe(true);
  });
});

describe('KTG-7.14 a secret', () => {
  const plain = { plain: true };

  test('that was first used in secret is never taken in plain', () => {
    const rig = new Rig();
    const tini = rig.client('tini', 'lobby');
    const thief = rig.client(undefined, undefined, plain);
    thief.secret = tini.secret;
    expect(faultsOf(thief.hello('tini'))).toEqual([TLS_REQUIRED]);
    expect(thief.ended).toBe(true);
    tini.session.lost();
    rig.clock.run();
    const late = rig.client(undefined, undefined, plain);
    late.secret = tini.secret;
    expect(faultsOf(late.hello('tini', { beside: true }))).toEqual([TLS_REQUIRED]);
    // Not even to find out whose it is.
    const curious = rig.client(undefined, undefined, plain);
    curious.secret = tini.secret;
    expect(faultsOf(curious.hello('somebody'))).toEqual([TLS_REQUIRED]);
  });

  test('that was first used in plain is taken in both ways', () => {
    const rig = new Rig();
    const tini = rig.client('tini', 'lobby', plain);
    const secure = rig.client();
    secure.secret = tini.secret;
    expect(secure.hello('tini').map(kindOf)).toContain('welcome');
    const again = rig.client(undefined, undefined, plain);
    again.secret = tini.secret;
    expect(again.hello('tini').map(kindOf)).toContain('welcome');
  });
});
