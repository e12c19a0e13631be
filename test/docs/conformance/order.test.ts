// In which order a server looks at a frame (KTG-5.15) and at a Hello (KTG-6.12): whatever is wrong at the same time,
// the first of it is said.
import { describe, expect, test } from 'vitest';
import type { HubOptions } from '../../../src/core/options.ts';
import {
  HISTORY_ENTRIES_MAX,
  NOT_OPEN_FRAMES_MAX,
  REQUESTS_WAITING_MAX,
  TEXT_BYTES_MAX,
} from '../../../src/protocol/limits.ts';
import { challenged, enterByKey, keyHello, overTls, proofFrame } from '../keys.ts';
import { FixedKey } from '../proofs.ts';
import {
  chatFrame,
  type Client,
  codec,
  type ConnectOptions,
  helloFrame,
  idOf,
  kindOf,
  Rig,
  secretOf,
  systemOf,
} from '../rig.ts';
import { concat, type Json } from '../spec-codec.ts';

const SHORT_NONCE: Json = { system: { ping: { nonce: '01' } }, ref: 7 };
const LONG_TEXT = 'x'.repeat(TEXT_BYTES_MAX + 1);

const codesOf = (client: Client): unknown[] =>
  client.take().flatMap((frame) => systemOf(frame, 'fault')?.['code'] ?? []);

describe('KTG-5.15 the kind in this state, before any field', () => {
  const hello: Json = { system: { hello: { locale: 'x'.repeat(36) } }, ref: 7 };
  const proof: Json = { system: { proof: { signature: '01' } }, ref: 7 };
  const requests: readonly [string, Json][] = [
    ['Join', { join: { have: { log_id: '01' }, mode: 9 }, room: 'No Room', ref: 7 }],
    ['Leave', { leave: {}, room: 'No Room', ref: 7 }],
    ['Chat', { chat: { text: LONG_TEXT.slice(0, 3_000) }, id: '01', room: 'No Room', ref: 7 }],
    ['Chat without content', { chat: {}, id: idOf(1), room: 'lobby', ref: 7 }],
    ['History', { system: { history: { limit: HISTORY_ENTRIES_MAX + 1 } }, ref: 7 }],
    ['RosterRequest', { system: { roster_request: {} }, ref: 7 }],
    ['RoomsRequest', { system: { rooms_request: { prefix: 'x'.repeat(97) } }, ref: 7 }],
    ['Ping', SHORT_NONCE],
  ];
  const states: Record<string, () => Client> = {
    NEW: () => new Rig().connect(overTls()),
    PROVING: () => {
      const client = new Rig().connect(overTls());
      challenged(client, 'budi');
      return client;
    },
    OPEN: () => new Rig().member('alice'),
  };
  const cases: readonly (readonly [
    state: string,
    kind: string,
    frame: Json,
    code: string,
    closes: boolean,
  ])[] = [
    ['NEW', 'Hello', hello, 'BAD_FIELD', false],
    ['NEW', 'Proof', proof, 'UNEXPECTED', true],
    ...requests.map(([kind, frame]) => ['NEW', kind, frame, 'NOT_OPEN', false] as const),
    ['PROVING', 'Hello', hello, 'UNEXPECTED', true],
    ['PROVING', 'Proof', proof, 'BAD_FIELD', false],
    ...requests.map(([kind, frame]) => ['PROVING', kind, frame, 'UNEXPECTED', true] as const),
    ['OPEN', 'Hello', hello, 'UNEXPECTED', true],
    ['OPEN', 'Proof', proof, 'UNEXPECTED', true],
    ...Object.keys(states).flatMap((state) => [
      [state, 'Pong', { system: { pong: { nonce: '01' } }, ref: 7 }, 'BAD_PONG', true] as const,
      [state, 'frame without a kind', { ref: 7, room: 'No Room' }, 'UNSUPPORTED', false] as const,
      [state, 'Stored', { system: { stored: {} }, ref: 7, room: 'No Room' }, 'UNEXPECTED', true] as const,
    ]),
  ];
  for (const [state, kind, frame, code, closes] of cases) {
    test(`KTG-5.1 in ${state} a bad ${kind} gets ${code}`, () => {
      const client = states[state]?.() as Client;
      client.take();
      client.send(frame);
      expect(client.fault()).toMatchObject({ code, ref: 7 });
      expect(client.ended).toBe(closes);
    });
  }

  test('KTG-5.2 what has no place counts, whatever its fields are', () => {
    const early = new Rig().connect();
    for (let n = 1; n < NOT_OPEN_FRAMES_MAX; n++) early.send(SHORT_NONCE);
    expect(early.ended).toBe(false);
    early.send(SHORT_NONCE);
    expect(early.ended).toBe(true);
  });

  test('a Hello out of place takes no Challenge away, and counts for no refused Hello: it closes', () => {
    const client = new Rig().connect(overTls());
    const challenge = challenged(client, 'budi');
    client.send(hello, proofFrame(challenge, 'budi'));
    expect(codesOf(client)).toEqual(['UNEXPECTED']);
  });
});

/** Something that is wrong with a request, and what it alone is answered with. */
interface Wrong {
  readonly what: string;
  readonly code: string;
  /** The field that a BAD_FIELD names. */
  readonly field?: string;
  readonly change: Json;
}

/** Answers `frame` in a room where all that can be in the way is. */
function answerTo(frame: Json): Json {
  const rig = new Rig({ roomsPerSession: 1, rooms: ['lobby', 'kelas-7'] });
  const alice = rig.member('alice');
  rig.member('bob');
  alice.send(chatFrame(1));
  alice.answering = false;
  rig.log.hold();
  alice.send(chatFrame(2));
  rig.log.fail('STORAGE_FULL');
  rig.settle();
  alice.accepting = false;
  const waiting = { system: { rooms_request: {} }, ref: 1 };
  // The first one fills the transport: the others wait.
  alice.send(waiting);
  alice.send(...Array.from({ length: REQUESTS_WAITING_MAX }, () => waiting));
  alice.take();
  alice.accepting = true;
  alice.input?.receive(codec.frame({ ...frame, ref: 77 }));
  alice.input?.writable();
  rig.settle();
  const answer = alice.take().find(({ ref, system }) => ref === 77 && system !== undefined);
  return systemOf(answer ?? {}, 'fault') ?? answer ?? {};
}

/** Every two that are wrong at the same time: the one that stands first is said. */
function inOrder(request: string, right: Json, wrongs: readonly Wrong[]): void {
  for (const [at, first] of wrongs.entries()) {
    const expected = { code: first.code, ...(first.field === undefined ? {} : { name: first.field }) };
    test(`${request}: ${first.what}`, () => {
      expect(answerTo(merge(right, first.change))).toMatchObject(expected);
    });
    for (const second of wrongs.slice(at + 1)) {
      test(`${request}: ${first.what}, before ${second.what}`, () => {
        expect(answerTo(merge(right, second.change, first.change))).toMatchObject(expected);
      });
    }
  }
}

/** All fields of all of them; of a field that several have that of the last one. */
function merge(...jsons: readonly Json[]): Json {
  const merged: Record<string, unknown> = {};
  for (const json of jsons) {
    for (const [key, value] of Object.entries(json)) {
      const before = merged[key];
      const both = isObject(before) && isObject(value);
      merged[key] = both ? merge(before, value) : value;
    }
  }
  return merged as Json;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

describe('KTG-5.15 in OPEN', () => {
  inOrder('Chat', chatFrame(9), [
    { what: 'a name that no room can have', code: 'NO_SUCH_ROOM', change: { room: 'No Room' } },
    { what: 'a short id', code: 'BAD_FIELD', field: 'id', change: { id: '01' } },
    { what: 'a text too long', code: 'TEXT_TOO_LONG', change: { chat: { text: LONG_TEXT } } },
    { what: 'a room in which one is not', code: 'NOT_A_MEMBER', change: { room: 'kelas-7' } },
    { what: 'a stopped line', code: 'OUT_OF_LINE', change: {} },
    { what: 'an id that is used', code: 'OUT_OF_LINE', change: { id: idOf(1) } },
  ]);

  inOrder('Join', { join: {}, room: 'kelas-9' }, [
    { what: 'a name that no room can have', code: 'BAD_FIELD', field: 'room', change: { room: 'No Room' } },
    {
      what: 'a short log_id',
      code: 'BAD_FIELD',
      field: 'have.log_id',
      change: { join: { have: { log_id: '01' } } },
    },
    { what: 'an unknown mode', code: 'BAD_FIELD', field: 'mode', change: { join: { mode: 9 } } },
    { what: 'nobody of that name', code: 'NO_RECIPIENT', change: { room: '@nobody' } },
    { what: 'one room too many', code: 'TOO_MANY_ROOMS', change: {} },
  ]);

  inOrder('Join as QUIET', { join: { mode: 'QUIET' }, room: 'kelas-7' }, [
    { what: 'no such room', code: 'NO_SUCH_ROOM', change: { room: 'kelas-9' } },
    { what: 'another mode than before', code: 'BAD_FIELD', field: 'mode', change: { room: 'lobby' } },
    { what: 'one room too many', code: 'TOO_MANY_ROOMS', change: {} },
  ]);

  inOrder('History', { system: { history: {} }, room: 'lobby' }, [
    { what: 'a name that no room can have', code: 'NO_SUCH_ROOM', change: { room: 'No Room' } },
    {
      what: 'a limit too high',
      code: 'BAD_FIELD',
      field: 'limit',
      change: { system: { history: { limit: HISTORY_ENTRIES_MAX + 1 } } },
    },
    { what: 'a room in which one is not', code: 'NOT_A_MEMBER', change: { room: 'kelas-7' } },
    { what: 'too many that wait', code: 'BUSY', change: {} },
  ]);

  inOrder('RoomsRequest', { system: { rooms_request: {} } }, [
    {
      what: 'a long prefix',
      code: 'BAD_FIELD',
      field: 'prefix',
      change: { system: { rooms_request: { prefix: 'x'.repeat(97) } } },
    },
    {
      what: 'a long after',
      code: 'BAD_FIELD',
      field: 'after',
      change: { system: { rooms_request: { after: 'x'.repeat(97) } } },
    },
    { what: 'too many that wait', code: 'BUSY', change: {} },
  ]);

  test('Join: a session without a name hears of nothing else', () => {
    const reader = new Rig().enter('');
    for (const room of ['@nobody', 'kelas-9', `~${'a'.repeat(26)}`]) {
      reader.send({ join: {}, ref: 7, room });
      expect(reader.fault().code).toBe('NOT_NAMED');
    }
  });

  test('Join: a fault names the room as the request did', () => {
    const alice = new Rig({ roomsPerSession: 1 }).member('alice');
    alice.send({ join: {}, ref: 7, room: '@nobody' });
    expect(alice.fault()).toMatchObject({ code: 'NO_RECIPIENT', room: '@nobody' });
  });

  test('KTG-12.2 Join: one room too many for the session opens none, and ends none to make place for it', () => {
    const rig = new Rig({ roomsPerSession: 1, roomsMax: 2, rooms: ['lobby'] });
    const bob = rig.member('bob', 'kelas-7');
    bob.send(chatFrame(1, 'halo', 'kelas-7'), { leave: {}, room: 'kelas-7' });
    const alice = rig.member('alice');
    alice.send({ join: {}, ref: 7, room: 'kelas-9' }, { join: {}, ref: 8, room: '@bob' });
    expect(codesOf(alice)).toEqual(['TOO_MANY_ROOMS', 'TOO_MANY_ROOMS']);
    expect(bob.join('kelas-7', { last: 9 })).toMatchObject({ system: { joined: { newest: 4 } } });
    expect(rig.hub.rooms.all().map(({ name }) => name)).toEqual(['lobby', 'kelas-7']);
  });
});

describe('KTG-11.10 the rate', () => {
  const limits: Partial<HubOptions> = { rate: 100, burst: 100, requestRate: 100, requestBurst: 100 };

  /** What comes of 1,000 frames at once. */
  function poured(frame: Json): { client: Client; codes: unknown[] } {
    const rig = new Rig(limits);
    const client = rig.member('alice');
    client.take();
    client.sendBytes(concat(Array.from({ length: 1_000 }, () => codec.frame(frame))));
    const codes: unknown[] = [];
    for (let ms = 0; ms < 6_000; ms += 50) {
      rig.advance(50);
      codes.push(...codesOf(client));
    }
    return { client, codes };
  }

  const refusals: readonly [string, Json, string][] = [
    ['Chat with a short id', { chat: { text: 'x' }, room: 'lobby', id: '01' }, 'BAD_FIELD'],
    ['Chat to another room', chatFrame(1, 'x', 'kelas-7'), 'NOT_A_MEMBER'],
    ['History of no room', { system: { history: {} }, ref: 7 }, 'NO_SUCH_ROOM'],
    ['Ping with a short nonce', SHORT_NONCE, 'BAD_FIELD'],
    ['frame of no kind', { ref: 7 }, 'UNSUPPORTED'],
  ];
  for (const [what, frame, code] of refusals) {
    test(`KTG-5.15 a ${what} costs what a right one costs, and is judged behind the rate`, () => {
      const { client, codes } = poured(frame);
      expect(codes).toHaveLength(1_000);
      const late = frame['room'] === 'lobby' ? ['RATE_LIMITED', 'OUT_OF_LINE'] : ['RATE_LIMITED'];
      expect(new Set(codes)).toEqual(new Set([code, ...late]));
      const taken = codes.filter((one) => one === code).length;
      // The burst, the patience and what was there by then: as of frames that are taken.
      expect(taken).toBeGreaterThanOrEqual(280);
      expect(taken).toBeLessThanOrEqual(360);
      expect(client.ended).toBe(false);
    });
  }

  test('KTG-5.15 a frame that has no place is told so, however fast it comes', () => {
    const rig = new Rig(limits);
    const client = rig.member('alice');
    const pings = Array.from({ length: 1_000 }, () => codec.frame(SHORT_NONCE));
    client.sendBytes(concat([...pings, codec.frame(helloFrame('alice'))]));
    rig.advance(6_000);
    expect(codesOf(client).at(-1)).toBe('UNEXPECTED');
  });

  test('KTG-11.10 what is refused for its haste costs nothing: the allowance comes back meanwhile', () => {
    const { client, codes } = poured(SHORT_NONCE);
    expect(codes.filter((one) => one === 'RATE_LIMITED').length).toBeGreaterThan(500);
    // Three seconds and more have passed since: the burst is whole.
    client.sendBytes(concat(Array.from({ length: 100 }, () => codec.frame(SHORT_NONCE))));
    expect(codesOf(client)).toHaveLength(100);
  });
});

describe('KTG-6.12 a Hello', () => {
  const OLD_SECRET = '44'.repeat(32);
  const FRESH = '55'.repeat(32);
  const password = 'rahasia';
  const admission = { admits: (said: string) => said === password };

  /** A server on which bob is here, tls has a secret from TLS, and terikat and its key are bound. */
  function server(): Rig {
    const rig = new Rig({ attemptsPerMinute: 1, bindingsPerSource: 1 });
    rig.enter('bob', {}, { source: '192.0.2.1' });
    rig.enter('tls', { secret: OLD_SECRET }, { source: '192.0.2.1', plain: false });
    enterByKey(rig, 'terikat', { source: '192.0.2.8' });
    const guesser = rig.connect({ source: '192.0.2.9' });
    guesser.send(helloFrame('@'));
    return rig;
  }

  const GUESSED: ConnectOptions = { source: '192.0.2.9' };
  const KEYED: ConnectOptions = { ...overTls(), source: '192.0.2.8' };
  const other = FixedKey.of('another');
  const rows: readonly [
    said: string,
    what: string,
    frame: Json,
    from?: ConnectOptions,
    options?: Partial<HubOptions>,
  ][] = [
    ['BAD_FIELD', 'before all else', helloFrame('@', { version_min: 2, locale: 'x'.repeat(36) }), GUESSED],
    ['RATE_LIMITED', 'before VERSION', helloFrame('', { version_min: 2, version_max: 2 }), GUESSED],
    [
      'VERSION',
      'before KEY_REQUIRED',
      helloFrame('@', { version_min: 2, version_max: 2 }),
      {},
      { membersOnly: true },
    ],
    ['KEY_REQUIRED', 'before PASSWORD_WRONG', helloFrame('@'), {}, { membersOnly: true, admission }],
    ['TLS_REQUIRED', 'of a key, before PASSWORD_WRONG', keyHello('@'), {}, { admission }],
    ['PASSWORD_WRONG', 'before NAME_BAD', helloFrame('@'), {}, { admission }],
    ['NAME_BAD', 'before TLS_REQUIRED of a secret', helloFrame('@', { secret: OLD_SECRET })],
    ['TLS_REQUIRED', 'of a secret, before NAME_BOUND', helloFrame('terikat', { secret: OLD_SECRET })],
    ['NAME_BOUND', 'before SECRET_USED', helloFrame('terikat', { secret: secretOf('bob') })],
    ['SECRET_USED', 'before NAME_TAKEN', helloFrame('tls', { secret: secretOf('bob') })],
    ['NAME_TAKEN', 'before NAME_CONFUSABLE', helloFrame('bob', { secret: FRESH })],
    ['NAME_BOUND', 'of a key, before SECRET_USED', keyHello('terikat', other), KEYED],
    ['SECRET_USED', 'of a key, before RATE_LIMITED', keyHello('budi', FixedKey.of('terikat')), KEYED],
    ['NAME_TAKEN', 'before RATE_LIMITED', keyHello('bob', other), KEYED],
    ['NAME_CONFUSABLE', 'before RATE_LIMITED', keyHello('b0b', other), KEYED],
    ['RATE_LIMITED', 'of bindings, last', keyHello('budi', other), KEYED],
  ];
  for (const [said, what, frame, from = {}, options] of rows) {
    test(`is told ${said} ${what}`, () => {
      const rig = options === undefined ? server() : new Rig(options);
      const client = rig.connect({ source: '192.0.2.7', ...from });
      client.send(frame);
      expect(client.fault().code).toBe(said);
    });
  }

  test('is told TOO_MANY_SESSIONS last, and of a key behind its proof', () => {
    const rig = server();
    for (let n = 1; n < 8; n++) enterByKey(rig, 'terikat', KEYED);
    const ninth = rig.connect(KEYED);
    const wrong = proofFrame(challenged(ninth, 'terikat'), 'terikat', { bound: 'another certificate' });
    ninth.send(wrong);
    expect(ninth.fault().code).toBe('AUTH_FAILED');
    const tenth = rig.connect({ ...KEYED, source: '192.0.2.6' });
    tenth.send(proofFrame(challenged(tenth, 'terikat'), 'terikat'));
    expect(tenth.take().map((frame) => systemOf(frame, 'fault')?.['code'] ?? kindOf(frame))).toEqual([
      'TOO_MANY_SESSIONS',
    ]);
  });
});
