// The way of a key to its Welcome: Challenge, Proof, and everything that is none.
import { describe, expect, test } from 'vitest';
import {
  Binding,
  FaultCode,
  type Frame,
  frameOf,
  Mark,
  systemFrame,
  type Welcome,
} from '../../src/protocol/index.ts';
import { NamesDisk } from './names-disk.ts';
import { CERTIFICATE, crypto, faultsOf, kindOf, newKey, type RawClient, Rig } from './rig.ts';

function welcomeOf(frames: readonly Frame[]): Welcome | undefined {
  for (const { kind } of frames) {
    const system = kind?.$case === 'system' ? kind.value.kind : undefined;
    if (system?.$case === 'welcome') return system.value;
  }
  return undefined;
}

const {
  AUTH_FAILED,
  BAD_FIELD,
  BAD_PONG,
  NAME_BOUND,
  NAME_TAKEN,
  NOT_OPEN,
  TLS_REQUIRED,
  UNEXPECTED,
  UNSUPPORTED,
} = FaultCode;

const ping = systemFrame({ $case: 'ping', value: { nonce: new Uint8Array(8) } }, { ref: 9 });
const join = frameOf(
  { $case: 'join', value: { have: undefined, last: 0, mode: 0 } },
  { ref: 9, room: 'lobby' },
);

describe('a key', () => {
  test('KTG-7.16 KTG-7.20 KTG-7.22 is challenged, proven and welcome, each under its own ref', () => {
    const rig = new Rig();
    const alice = rig.client();
    const pair = newKey();
    const { key } = pair;
    const [challenge, ...more] = alice.helloWithKey('alice', pair, {}, 7);
    expect(more).toEqual([]);
    const system = challenge?.kind?.$case === 'system' ? challenge.kind.value.kind : undefined;
    expect(challenge?.ref).toBe(7);
    expect(system).toEqual({
      $case: 'challenge',
      value: { nonce: expect.objectContaining({ length: 32 }), bindings: [Binding.CERTIFICATE] },
    });
    const answer = alice.prove('alice', pair, {}, 8);
    expect(answer[0]?.ref).toBe(8);
    const welcome = welcomeOf(answer);
    expect(welcome).toMatchObject({ name: 'alice', mark: Mark.BOUND });
    expect(welcome?.user).toEqual(crypto.sha256(key).subarray(0, 8));
    expect(rig.hub.boundNames()).toMatchObject([{ name: 'alice', key, source: 'test', sessions: 1 }]);
  });

  test('KTG-7.12 KTG-8.14 is marked as bound wherever it is named', () => {
    const rig = new Rig();
    const bob = rig.client('bob', 'lobby');
    const alice = rig.client();
    alice.login('alice', newKey());
    alice.join('lobby');
    alice.say('lobby', 'halo');
    const marks = bob.frames.filter(({ seq }) => seq > 1).map(({ author }) => author?.mark);
    expect(marks).toEqual([Mark.BOUND, Mark.BOUND]);
    const opened = bob
      .join('@alice')
      .map(({ kind }) => (kind?.$case === 'system' ? kind.value.kind : undefined));
    const joined = opened.find((system) => system?.$case === 'joined');
    expect(joined?.$case === 'joined' && joined.value.peer?.mark).toBe(Mark.BOUND);
    const roster = opened.find((system) => system?.$case === 'roster');
    const members = roster?.$case === 'roster' ? roster.value.members : [];
    expect(members.map(({ name, mark }) => `${name} ${mark}`).toSorted()).toEqual([
      `alice ${Mark.BOUND}`,
      `bob ${Mark.GUEST}`,
    ]);
  });

  test('KTG-7.16 has no place where nothing ties a proof to the connection', () => {
    const rig = new Rig();
    const plain = rig.client(undefined, undefined, { plain: true });
    expect(faultsOf(plain.helloWithKey('alice', newKey()))).toEqual([TLS_REQUIRED]);
    expect(plain.ended).toBe(true);
    const loopback = rig.client(undefined, undefined, { bindings: new Map() });
    expect(faultsOf(loopback.helloWithKey('alice', newKey()))).toEqual([TLS_REQUIRED]);
    expect(rig.hub.boundNames()).toEqual([]);
  });

  test('KTG-7.16 may tie its proof to any of what was offered', () => {
    const rig = new Rig();
    const exporter = new Uint8Array(32).fill(3);
    const bindings = new Map([
      [Binding.CERTIFICATE, CERTIFICATE],
      [Binding.EXPORTER, exporter],
    ]);
    const pair = newKey();
    const [alice, again] = [
      rig.client('', undefined, { bindings }),
      rig.client(undefined, undefined, { bindings }),
    ];
    alice.session.lost();
    again.helloWithKey('alice', pair);
    expect(again.prove('alice', pair, { binding: Binding.EXPORTER }).map(kindOf)).toContain('welcome');
  });

  test('KTG-7.22 comes in beside itself, eight times at most', () => {
    const rig = new Rig();
    const pair = newKey();
    const clients = Array.from({ length: 9 }, () => rig.client());
    const codes = clients.map((client) => faultsOf(client.login('alice', pair)));
    expect(codes).toEqual([...Array.from({ length: 8 }, () => []), [FaultCode.TOO_MANY_SESSIONS]]);
    expect(clients.filter(({ ended }) => ended)).toEqual([]);
    clients[0]?.session.lost();
    expect(clients[8]?.login('alice', pair).map(kindOf)).toContain('welcome');
  });

  test('KTG-5.3 what follows behind the Proof comes after the Welcome', () => {
    const disk = new NamesDisk();
    const rig = new Rig({}, undefined, (clock) => disk.attach(clock));
    disk.auto = false;
    const pair = newKey();
    const alice = rig.client();
    alice.helloWithKey('alice', pair);
    const sent = alice.prove('alice', pair);
    alice.send(join, ping);
    rig.clock.run();
    expect(sent).toEqual([]);
    expect(alice.frames.map(kindOf)).toEqual(['challenge']);
    disk.decide();
    rig.clock.run();
    expect(alice.frames.map(kindOf).slice(0, 4)).toEqual(['challenge', 'welcome', 'joined', 'pong']);
  });
});

describe('KTG-5.1 while a Proof is waited for', () => {
  function proving(rig = new Rig()): { rig: Rig; client: RawClient; pair: ReturnType<typeof newKey> } {
    const client = rig.client();
    const pair = newKey();
    client.helloWithKey('alice', pair);
    return { rig, client, pair };
  }

  test.each<[string, (client: RawClient) => Frame[]]>([
    ['another Hello with a key', (client) => client.helloWithKey('alice', newKey())],
    ['a Hello of a guest', (client) => client.hello('alice')],
    ['a Join', (client) => client.ask(join)],
    ['a Chat', (client) => client.say('lobby', 'halo')],
    ['a Chat that has no id', (client) => client.say('lobby', 'halo', new Uint8Array(0))],
    ['a Ping', (client) => client.ask(ping)],
    ['a kind of servers', (client) => client.ask(systemFrame({ $case: 'gap', value: { next: 1 } }))],
  ])('%s closes', (_, say) => {
    const { rig, client, pair } = proving();
    expect(faultsOf(say(client))).toEqual([UNEXPECTED]);
    expect(client.ended).toBe(true);
    client.prove('alice', pair);
    expect(client.frames.map(kindOf)).not.toContain('welcome');
    expect(rig.hub.boundNames()).toEqual([]);
  });

  test('frames that were pipelined behind the Hello close, and bind nothing', () => {
    const rig = new Rig();
    const client = rig.client();
    const answer = client.ask(client.helloFrame('alice', client.keyOf(newKey())), join);
    expect(answer.map(kindOf)).toEqual(['challenge', 'fault']);
    expect(faultsOf(answer)).toEqual([UNEXPECTED]);
    expect(client.ended).toBe(true);
  });

  test('a Pong closes', () => {
    const { client } = proving();
    const pong = systemFrame({ $case: 'pong', value: { nonce: new Uint8Array(8) } });
    expect(faultsOf(client.ask(pong))).toEqual([BAD_PONG]);
    expect(client.ended).toBe(true);
  });

  test('a kind that nobody knows is told so, and the Proof is welcome still', () => {
    const { client, pair } = proving();
    expect(faultsOf(client.ask({ ...ping, kind: undefined }))).toEqual([UNSUPPORTED]);
    expect(client.prove('alice', pair).map(kindOf)).toContain('welcome');
  });

  test('unknown kinds come to an end', () => {
    const { client } = proving();
    for (let i = 0; i < 64; i++) client.ask({ ...ping, kind: undefined });
    expect(faultsOf(client.frames).at(-1)).toBe(UNEXPECTED);
    expect(client.ended).toBe(true);
  });

  test('KTG-5.14 the deadline of the Hello holds', () => {
    const { rig, client } = proving();
    rig.clock.advance(11_000);
    expect(faultsOf(client.frames)).toEqual([FaultCode.HELLO_TIMEOUT]);
    expect(client.ended).toBe(true);
  });

  test('KTG-5.14 and while the name is being bound', () => {
    const disk = new NamesDisk();
    const rig = new Rig({}, undefined, (clock) => disk.attach(clock));
    disk.auto = false;
    const client = rig.client();
    const pair = newKey();
    client.login('alice', pair);
    rig.clock.advance(11_000);
    expect(faultsOf(client.frames)).toEqual([FaultCode.HELLO_TIMEOUT]);
    disk.decide();
    rig.clock.run();
    expect(client.frames.map(kindOf)).not.toContain('welcome');
    disk.auto = true;
    expect(rig.client().login('alice', pair).map(kindOf)).toContain('welcome');
  });

  test('a lost connection leaves nothing behind', () => {
    const { rig, client } = proving();
    client.session.lost();
    rig.clock.run();
    expect(rig.hub.status()).toMatchObject({ sessions: 0, users: 0 });
    expect(rig.client().hello('alice').map(kindOf)).toContain('welcome');
  });

  test('an end of what the client says ends the connection', () => {
    const { rig, client } = proving();
    client.session.finish();
    rig.clock.run();
    expect(client.ended).toBe(true);
    expect(faultsOf(client.frames)).toEqual([]);
  });

  test('a Proof without a Challenge closes, before the Welcome and after it', () => {
    const rig = new Rig();
    const early = rig.client();
    expect(faultsOf(early.prove('alice', newKey()))).toEqual([UNEXPECTED]);
    expect(early.ended).toBe(true);
    const late = rig.client('bob');
    expect(faultsOf(late.prove('bob', newKey()))).toEqual([UNEXPECTED]);
    expect(late.ended).toBe(true);
  });

  test('KTG-6.5 a Hello that is refused is behind it: the next one is challenged anew', () => {
    const rig = new Rig();
    rig.client('alice');
    const client = rig.client();
    const pair = newKey();
    expect(faultsOf(client.helloWithKey('alice', pair))).toEqual([NAME_TAKEN]);
    expect(faultsOf(client.ask(join))).toEqual([NOT_OPEN]);
    expect(client.login('ayu', pair).map(kindOf)).toContain('welcome');
  });

  test('KTG-6.5 Hellos and Proofs come to an end together', () => {
    const { client } = proving();
    for (let i = 0; i < 4; i++) {
      const proof = { binding: Binding.CERTIFICATE, signature: new Uint8Array(63) };
      expect(faultsOf(client.ask(systemFrame({ $case: 'proof', value: proof }, { ref: 2 })))).toEqual([
        BAD_FIELD,
      ]);
      expect(client.helloWithKey('alice', newKey()).map(kindOf)).toEqual(['challenge']);
    }
    client.ask(
      systemFrame({ $case: 'proof', value: { binding: 1, signature: new Uint8Array(0) } }, { ref: 2 }),
    );
    expect(faultsOf(client.frames).slice(-2)).toEqual([BAD_FIELD, UNEXPECTED]);
    expect(client.ended).toBe(true);
  });

  test('KTG-7.20 the name may have gone to another meanwhile', () => {
    const { rig, client, pair } = proving();
    const other = rig.client();
    other.login('alice', newKey());
    expect(faultsOf(client.prove('alice', pair))).toEqual([NAME_BOUND]);
    expect(client.ended).toBe(false);
    expect(faultsOf(client.prove('alice', pair))).toEqual([UNEXPECTED]);
  });

  test('KTG-7.19 a wrong proof closes', () => {
    const { client, pair } = proving();
    expect(faultsOf(client.prove('alicf', pair))).toEqual([AUTH_FAILED]);
    expect(client.ended).toBe(true);
  });
});
