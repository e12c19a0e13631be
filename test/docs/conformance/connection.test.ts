// Chapters 3, 5 and 6 of docs/protocol.md on a real Hub: the connection, its states, its end.
import { describe, expect, test } from 'vitest';
import {
  ELEMENTS_MAX,
  FRAME_BYTES_MAX,
  FRAME_BYTES_MAX_BEFORE_WELCOME,
  HELLOS_MAX,
  NOT_OPEN_FRAMES_MAX,
} from '../../../src/protocol/limits.ts';
import { chatFrame, type Client, codec, helloFrame, idOf, kindOf, Rig, secretOf, systemOf } from '../rig.ts';
import { concat, fromHex, type Json, toHex } from '../spec-codec.ts';

const PING: Json = { system: { ping: { nonce: '0102030405060708' } }, ref: 41 };

/** A frame whose payload is exactly so long. */
function frameOfLength(length: number): Uint8Array {
  const rest = codec.encode('Frame', PING);
  const filler = length - rest.length - 4;
  // Field 7 is unknown: tag, a length of three bytes, and as many zeros.
  const unknown = [0x3a, (filler & 0x7f) | 0x80, ((filler >> 7) & 0x7f) | 0x80, filler >> 14];
  const payload = concat([rest, Uint8Array.from(unknown), new Uint8Array(filler)]);
  expect(payload.length).toBe(length);
  const prefix = new Uint8Array(4);
  new DataView(prefix.buffer).setUint32(0, length);
  return concat([prefix, payload]);
}

describe('framing', () => {
  test('KTG-3.2 a frame of 65536 bytes is taken, one more byte is too much', () => {
    const alice = new Rig().enter('alice');
    alice.sendBytes(frameOfLength(FRAME_BYTES_MAX));
    expect(alice.kinds()).toEqual(['pong']);
    alice.sendBytes(frameOfLength(FRAME_BYTES_MAX + 1));
    expect(alice.fault()).toMatchObject({ code: 'FRAME_TOO_LARGE', limit: FRAME_BYTES_MAX });
    expect(alice.ended).toBe(true);
  });

  test('KTG-3.3 before the Welcome 4096 bytes are the limit, behind a Hello in the same piece 65536', () => {
    const rig = new Rig();
    const early = rig.connect();
    early.sendBytes(frameOfLength(FRAME_BYTES_MAX_BEFORE_WELCOME));
    expect(early.fault().code).toBe('NOT_OPEN');
    early.sendBytes(frameOfLength(FRAME_BYTES_MAX_BEFORE_WELCOME + 1));
    expect(early.fault()).toMatchObject({ code: 'FRAME_TOO_LARGE', limit: FRAME_BYTES_MAX_BEFORE_WELCOME });
    const pipelined = rig.connect();
    pipelined.sendBytes(concat([codec.frame(helloFrame('alice')), frameOfLength(FRAME_BYTES_MAX)]));
    expect(pipelined.kinds()).toEqual(['welcome', 'pong']);
  });

  test('KTG-3.4 a length is refused when its fourth byte is there, without any payload', () => {
    const alice = new Rig().enter('alice');
    alice.sendBytes(fromHex('ffffff'));
    expect(alice.take()).toEqual([]);
    alice.sendBytes(fromHex('ff'));
    expect(alice.fault().code).toBe('FRAME_TOO_LARGE');
  });

  test('KTG-4.21 the lists of one frame have at most 2048 elements together', () => {
    const rig = new Rig();
    const pageOf = (count: number): Json => ({
      system: { page: { entries: Array.from({ length: count }, () => ({ ref: 1 })) } },
      ref: 7,
    });
    for (const [count, code] of [
      [ELEMENTS_MAX, 'UNEXPECTED'],
      [ELEMENTS_MAX + 1, 'BAD_FRAME'],
    ] as const) {
      const client = rig.enter('alice', { beside: true });
      client.send(pageOf(count));
      expect(client.fault().code).toBe(code);
    }
  });

  test('KTG-3.6 a stream that ends inside a frame ends without a fault', () => {
    const alice = new Rig().enter('alice');
    alice.sendBytes(concat([codec.frame(PING), fromHex('0000000a0102')]));
    alice.finish();
    expect(alice.kinds()).toEqual(['pong']);
    expect(alice.ended).toBe(true);
  });

  test('KTG-3.7 frames are answered in the order of their arrival', () => {
    const alice = new Rig().enter('alice');
    const asked: Json[] = [
      { join: {}, ref: 1, room: 'lobby' },
      { ...PING, ref: 2 },
      { chat: { text: 'halo' }, ref: 3, room: 'nowhere', id: idOf(1) },
      { leave: {}, ref: 4, room: 'lobby' },
      { ...PING, ref: 5 },
    ];
    alice.sendBytes(concat(asked.map((frame) => codec.frame(frame))));
    const refs = alice.take().flatMap(({ ref }) => (ref === undefined ? [] : [ref]));
    expect(refs).toEqual([1, 2, 3, 4, 5]);
  });

  test('KTG-3.8 a roster of 700 names of 80 bytes comes in frames of at most 65536', () => {
    const rig = new Rig();
    for (let n = 0; n < 700; n++) {
      rig.member(`${'नमस्ते'.repeat(4)}${String(n).padStart(4, 'अ')}`, 'balai');
    }
    const alice = rig.member('alice', 'balai');
    expect(alice.payloadMax).toBeLessThanOrEqual(FRAME_BYTES_MAX);
    alice.send({ system: { roster_request: {} }, ref: 7, room: 'balai' });
    const rosters = alice
      .take()
      .map((frame) => systemOf(frame, 'roster'))
      .filter((roster) => roster !== undefined);
    expect(rosters.length).toBeGreaterThan(1);
    expect(rosters.map(({ last }) => last)).toEqual([...rosters.slice(1).map(() => undefined), true]);
    const names = rosters.flatMap(({ members }) => (members as Json[]).map(({ name }) => name));
    expect(new Set(names).size).toBe(701);
  });
});

describe('states', () => {
  const NOT_IN: readonly [string, Json][] = [
    ['leave', { leave: {} }],
    ['chat', { chat: { text: 'halo' }, id: idOf(1) }],
    ['history', { system: { history: {} } }],
    ['roster request', { system: { roster_request: {} } }],
  ];

  test('KTG-5.1 KTG-5.2 in NEW a request is answered with NOT_OPEN and changes nothing', () => {
    const rig = new Rig();
    const early = rig.connect();
    for (const [, frame] of [...NOT_IN, ['join', { join: {} }], ['ping', PING]] as const) {
      early.send({ ...frame, room: 'lobby', ref: 7 });
      expect(early.fault()).toMatchObject({ code: 'NOT_OPEN', ref: 7 });
    }
    early.send({ ref: 8 });
    expect(early.fault()).toMatchObject({ code: 'UNSUPPORTED', ref: 8 });
    early.send(helloFrame('alice'));
    expect(early.kinds()).toEqual(['welcome']);
    const bob = rig.member('bob');
    bob.send({ system: { roster_request: {} }, ref: 1, room: 'lobby' });
    expect(bob.takeOne('roster')).toMatchObject({ system: { roster: { members: [{ name: 'bob' }] } } });
  });

  test('KTG-5.2 the 64th of them is the last', () => {
    const early = new Rig().connect();
    for (let n = 1; n < NOT_OPEN_FRAMES_MAX; n++) early.send(PING);
    expect(new Set(early.take().map((frame) => systemOf(frame, 'fault')?.['code']))).toEqual(
      new Set(['NOT_OPEN']),
    );
    expect(early.ended).toBe(false);
    early.send(PING);
    expect(early.take().map((frame) => systemOf(frame, 'fault')?.['code'])).toEqual([
      'NOT_OPEN',
      'UNEXPECTED',
    ]);
    expect(early.ended).toBe(true);
  });

  test('KTG-5.1 in NEW a Pong closes with BAD_PONG, a kind of the server with UNEXPECTED', () => {
    const rig = new Rig();
    const one = rig.connect();
    one.send({ system: { pong: { nonce: '0102030405060708' } } });
    expect(one.fault().code).toBe('BAD_PONG');
    expect(one.ended).toBe(true);
    const other = rig.connect();
    other.send({ system: { stored: { seq: 1 } } });
    expect(other.fault().code).toBe('UNEXPECTED');
    expect(other.ended).toBe(true);
  });

  for (const [name, frame] of NOT_IN) {
    test(`KTG-5.1 a ${name} for a room in which the session is not is refused with NOT_A_MEMBER`, () => {
      const alice = new Rig().enter('alice');
      alice.send({ ...frame, room: 'lobby', ref: 7 });
      expect(alice.fault()).toMatchObject({ code: 'NOT_A_MEMBER', ref: 7, room: 'lobby' });
      expect(alice.ended).toBe(false);
    });
  }

  for (const kind of [
    'stored',
    'fault',
    'welcome',
    'draining',
    'joined',
    'roster',
    'left',
    'gap',
    'page',
    'direct',
  ]) {
    test(`KTG-5.1 a ${kind} from a client closes with UNEXPECTED`, () => {
      const alice = new Rig().enter('alice');
      alice.send({ system: { [kind]: {} }, ref: 7 });
      expect(alice.fault()).toMatchObject({ code: 'UNEXPECTED', ref: 7 });
      expect(alice.ended).toBe(true);
    });
  }

  test('KTG-5.3 what is sent behind a Hello is processed behind its Welcome', () => {
    const alice = new Rig().connect();
    alice.send(helloFrame('alice'), { join: {}, ref: 1, room: 'lobby' }, chatFrame(2));
    expect(alice.kinds()).toEqual(['welcome', 'joined', 'roster', 'stored', 'chat']);
  });

  test('KTG-5.3 behind a refused Hello it is refused', () => {
    const alice = new Rig().connect();
    alice.send(helloFrame('@'), { join: {}, ref: 1, room: 'lobby' }, helloFrame('alice'), PING);
    expect(alice.take().map((frame) => systemOf(frame, 'fault')?.['code'] ?? kindOf(frame))).toEqual([
      'NAME_BAD',
      'NOT_OPEN',
      'welcome',
      'pong',
    ]);
  });

  test('KTG-5.14 a connection without a Welcome is closed after 10 seconds', () => {
    const rig = new Rig();
    const early = rig.connect();
    early.sendBytes(codec.frame(helloFrame('alice')).subarray(0, 9));
    rig.advance(9_000);
    expect(early.ended).toBe(false);
    rig.advance(2_500);
    expect(early.fault().code).toBe('HELLO_TIMEOUT');
    expect(early.ended).toBe(true);
  });
});

describe('answers', () => {
  test('KTG-5.5 every request with a ref gets one answer with this ref', () => {
    const alice = new Rig().enter('alice');
    const asked: Json[] = [
      { join: {}, room: 'lobby' },
      chatFrame(0),
      { system: { history: {} }, room: 'lobby' },
      { system: { roster_request: {} }, room: 'lobby' },
      { system: { rooms_request: {} } },
      PING,
      { chat: { text: '' }, room: 'lobby', id: idOf(2) },
    ];
    alice.send(...asked.map((frame, n) => ({ ...frame, ref: n + 1 })));
    alice.send({ leave: {}, room: 'lobby', ref: 8 });
    const answers = alice.take().filter(({ ref }) => ref !== undefined);
    expect(Object.fromEntries(answers.map((frame) => [frame['ref'], kindOf(frame)]))).toEqual({
      1: 'joined',
      2: 'stored',
      3: 'page',
      4: 'roster',
      5: 'rooms',
      6: 'pong',
      7: 'fault',
      8: 'left',
    });
    expect(answers).toHaveLength(8);
  });

  test('KTG-5.6 without a ref a Chat that succeeds has no Stored; everything else is answered', () => {
    const alice = new Rig().member('alice');
    alice.send({ chat: { text: 'halo' }, room: 'lobby', id: idOf(1) });
    expect(alice.take()).toMatchObject([{ chat: { text: 'halo' }, id: idOf(1), seq: 2 }]);
    alice.send({ chat: { text: '' }, room: 'lobby', id: idOf(2) }, { leave: {}, room: 'lobby' });
    expect(alice.kinds()).toEqual(['fault', 'leave', 'left']);
  });

  test('KTG-5.7 what follows an undecided Join or Leave waits', () => {
    const rig = new Rig();
    const alice = rig.enter('alice');
    rig.log.hold();
    alice.send({ join: {}, ref: 1, room: 'lobby' }, PING);
    expect(alice.take()).toEqual([]);
    rig.log.release();
    rig.settle();
    expect(alice.kinds()).toEqual(['joined', 'pong', 'roster']);
    rig.log.hold();
    alice.send({ leave: {}, ref: 1, room: 'lobby' }, PING);
    expect(alice.take()).toEqual([]);
    rig.log.release();
    rig.settle();
    expect(alice.kinds()).toEqual(['leave', 'left', 'pong']);
  });

  test('KTG-5.7 with more than 65536 bytes waiting the server reads no more, until it is decided', () => {
    const rig = new Rig();
    const alice = rig.enter('alice');
    rig.log.hold();
    alice.send({ join: {}, ref: 1, room: 'lobby' });
    alice.sendBytes(frameOfLength(FRAME_BYTES_MAX));
    expect(alice.reading).toBe(false);
    rig.log.release();
    rig.settle();
    expect(alice.reading).toBe(true);
    expect(alice.kinds()).toContain('pong');
  });
});

describe('the end', () => {
  test('KTG-5.8 after a closing fault comes nothing more, whatever the client sends', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    const bob = rig.member('bob');
    alice.take();
    alice.sendBytes(fromHex('00000000'));
    expect(alice.fault().code).toBe('BAD_FRAME');
    expect(alice.ended).toBe(true);
    alice.send(PING, chatFrame(1));
    bob.send(chatFrame(2));
    expect(alice.take()).toEqual([]);
  });

  test('KTG-5.10 a half-close is no Leave: what was sent is answered, the place is held', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    const bob = rig.member('bob');
    bob.take();
    rig.log.hold();
    alice.send(chatFrame(1), { system: { history: { limit: 1 } }, ref: 9, room: 'lobby' });
    alice.take();
    alice.finish();
    expect(alice.ended).toBe(false);
    rig.log.release();
    rig.settle();
    expect(alice.kinds()).toContain('stored');
    expect(alice.ended).toBe(true);
    expect(bob.kinds()).not.toContain('leave');
    bob.send({ system: { roster_request: {} }, ref: 1, room: 'lobby' });
    expect(bob.takeOne('roster')).toMatchObject({
      system: { roster: { members: [{ name: 'alice' }, { name: 'bob' }] } },
    });
  });

  test('KTG-5.10 after its end a client is sent what it is owed, however much, and no Ping and no stream', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    const bob = rig.member('bob');
    for (let n = 0; n < 100; n++) bob.send(chatFrame(n, 'x'.repeat(10_000)));
    alice.take();
    alice.answering = false;
    alice.accepting = false;
    bob.send(chatFrame(101));
    alice.take();
    const asked = Array.from({ length: 10 }, (_, n) => n + 1);
    alice.send(...asked.map((ref) => ({ system: { history: { before: 9 * ref } }, ref, room: 'lobby' })));
    alice.accepting = true;
    alice.finish();
    bob.send(chatFrame(102));
    alice.input?.writable();
    rig.settle();
    const frames = alice.take();
    expect(frames.map(kindOf)).toEqual(asked.map(() => 'page'));
    expect(frames.map(({ ref }) => ref)).toEqual(asked);
    expect(alice.ended).toBe(true);
  });

  test('KTG-5.10 a client that has ended and does not take its answers is a slow reader', () => {
    const rig = new Rig({ stallMs: 30_000 });
    const alice = rig.member('alice');
    alice.take();
    alice.accepting = false;
    alice.send(chatFrame(1), { system: { history: {} }, ref: 9, room: 'lobby' });
    alice.send({ system: { history: {} }, ref: 10, room: 'lobby' });
    alice.finish();
    rig.advance(29_000);
    expect(alice.ended).toBe(false);
    rig.advance(5_000);
    expect(alice.ended).toBe(true);
    expect(alice.fault().code).toBe('SLOW_READER');
  });
});

describe('Hello and Welcome', () => {
  test('KTG-6.1 one Hello opens the session for all its rooms', () => {
    const alice = new Rig().enter('alice');
    alice.join('lobby');
    alice.join('kelas-7');
    alice.send(chatFrame(1, 'satu', 'lobby'), chatFrame(2, 'dua', 'kelas-7'));
    const names = alice.take().flatMap((frame) => (frame['author'] as Json | undefined)?.['name'] ?? []);
    expect(names).toEqual(['alice', 'alice']);
  });

  test('KTG-6.2 the highest common version is spoken; without one the session ends', () => {
    const rig = new Rig();
    expect(rig.enter('alice', { version_min: 1, version_max: 9 }).welcome).toMatchObject({
      welcome: { version: 1 },
    });
    const client = rig.connect();
    client.send(helloFrame('bob', { version_min: 2, version_max: 3 }));
    expect(client.fault().code).toBe('VERSION');
    expect(client.ended).toBe(true);
    const mad = rig.connect();
    mad.send(helloFrame('bob', { version_min: 0 }));
    expect(mad.fault()).toMatchObject({ code: 'BAD_FIELD', name: 'version_min' });
    mad.send(helloFrame('bob', { version_min: 2, version_max: 1 }));
    expect(mad.fault()).toMatchObject({ code: 'BAD_FIELD', name: 'version_min' });
  });

  test('KTG-6.3 fields out of range are refused by their name', () => {
    const bad: readonly [string, Json][] = [
      ['capabilities', { capabilities: Array.from({ length: 33 }, (_, n) => `c${n}`) }],
      ['capabilities', { capabilities: ['x'.repeat(33)] }],
      ['secret', { secret: '00'.repeat(31) }],
      ['secret', { secret: '' }],
      ['software', { software: 'x'.repeat(65) }],
      ['locale', { locale: 'x'.repeat(36) }],
    ];
    for (const [name, hello] of bad) {
      const client = new Rig().connect();
      client.send(helloFrame('alice', hello));
      expect(client.fault()).toMatchObject({ code: 'BAD_FIELD', name, ref: 900 });
      client.send(helloFrame('alice'));
      expect(client.kinds()).toEqual(['welcome']);
    }
  });

  test('KTG-6.4 capabilities that the server does not have are not in the Welcome', () => {
    const { welcome } = new Rig().enter('alice', { capabilities: ['example.org.polls'] }).welcome as {
      welcome: Json;
    };
    expect(welcome['capabilities']).toBeUndefined();
  });

  test('KTG-6.5 the fifth refused Hello is the last', () => {
    const client = new Rig().connect();
    for (let n = 1; n < HELLOS_MAX; n++) {
      client.send(helloFrame('not a name'));
      expect(client.fault().code).toBe('NAME_BAD');
    }
    client.send(helloFrame('not a name'));
    expect(client.take().map((frame) => systemOf(frame, 'fault')?.['code'])).toEqual([
      'NAME_BAD',
      'UNEXPECTED',
    ]);
    expect(client.ended).toBe(true);
  });

  test('KTG-6.5 a Hello with a field out of range counts, too', () => {
    const client = new Rig().connect();
    for (let n = 0; n < HELLOS_MAX; n++) client.send(helloFrame('alice', { locale: 'x'.repeat(36) }));
    expect(client.ended).toBe(true);
  });

  test('KTG-6.6 a session without a name lists and reads, and may do nothing that needs a name', () => {
    const rig = new Rig();
    rig.member('alice').send(chatFrame(1));
    const reader = rig.connect();
    reader.send(helloFrame('', { secret: secretOf('nobody') }));
    const { welcome } = reader.takeOne('welcome')['system'] as { welcome: Json };
    expect([welcome['name'], welcome['user'], welcome['mark']]).toEqual([undefined, undefined, undefined]);
    reader.send({ system: { rooms_request: {} }, ref: 1 });
    expect(reader.kinds()).toEqual(['rooms']);
    reader.send({ join: { last: 5, mode: 'QUIET' }, ref: 2, room: 'lobby' });
    expect(reader.kinds()).toEqual(['joined', 'roster', 'join', 'chat']);
    reader.send({ chat: { text: 'halo' }, ref: 3, room: 'lobby', id: idOf(9) });
    expect(reader.fault()).toMatchObject({ code: 'NOT_NAMED', ref: 3 });
    for (const mode of ['MEMBER', 'SEND_ONLY']) {
      reader.send({ join: { mode }, ref: 4, room: 'kelas-7' });
      expect(reader.fault()).toMatchObject({ code: 'NOT_NAMED', ref: 4 });
    }
    reader.send({ join: { mode: 'QUIET' }, ref: 5, room: '@alice' });
    expect(reader.fault()).toMatchObject({ code: 'NO_RECIPIENT', ref: 5 });
  });

  test('KTG-6.7 the Welcome says what is in force', () => {
    const rig = new Rig({ windowBytes: 262_144, graceMs: 5_000, pingIntervalMs: 7_000, stallMs: 9_000 });
    const { welcome } = rig.enter('alice').welcome as { welcome: Json };
    expect(welcome).toMatchObject({
      limits: { frame_bytes: 65_536, text_bytes: 16_384, rooms: 64, in_flight: 64 },
      window_bytes: 262_144,
      grace_ms: 5_000,
      ping_interval_ms: 7_000,
      stall_ms: 9_000,
    });
    expect(toHex(fromHex(welcome['server_id'] as string))).toHaveLength(32);
  });

  test('KTG-6.8 that private rooms are logged is in every Welcome', () => {
    const said = (client: Client): unknown => (client.welcome as { welcome: Json }).welcome['logs_private'];
    expect(said(new Rig({ logsPrivate: true }).enter('alice'))).toBe(true);
    expect(said(new Rig().enter('alice'))).toBeUndefined();
  });
});
