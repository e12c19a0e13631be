import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Binding,
  type Chat,
  Fault,
  FaultCode,
  Frame,
  frameOf,
  type Hello,
  type Join,
  limits,
  Mode,
  readRequest,
  systemFrame,
} from '../../src/protocol/index.ts';
import { anyFrame } from './schema.ts';
import { runs } from '../runs.ts';

const id = new Uint8Array(limits.ENTRY_ID_BYTES).fill(7);
const fill = (length: number): Uint8Array => new Uint8Array(length);

const hello = (fields: Partial<Hello> = {}): Frame =>
  systemFrame({
    $case: 'hello',
    value: {
      versionMin: 1,
      versionMax: 1,
      capabilities: [],
      name: 'alice',
      secret: fill(limits.SECRET_BYTES),
      beside: false,
      key: new Uint8Array(0),
      clientNonce: new Uint8Array(0),
      password: '',
      software: '',
      locale: '',
      ...fields,
    },
  });
const keyed = (fields: Partial<Hello> = {}): Frame =>
  hello({
    secret: fill(0),
    key: fill(limits.KEY_BYTES),
    clientNonce: fill(limits.CLIENT_NONCE_BYTES),
    ...fields,
  });
const proof = (signatureBytes: number, binding: Binding = Binding.CERTIFICATE): Frame =>
  systemFrame({ $case: 'proof', value: { binding, signature: fill(signatureBytes) } });
const join = (room: string, fields: Partial<Join> = {}): Frame =>
  frameOf(
    { $case: 'join', value: { have: undefined, last: 0, mode: Mode.UNSPECIFIED, ...fields } },
    { room },
  );
const leave = (room: string): Frame =>
  frameOf({ $case: 'leave', value: { reason: 0, by: undefined, text: '' } }, { room });
const say = (content: Chat['content'], fields: Partial<Omit<Frame, 'kind'>> = {}): Frame =>
  frameOf({ $case: 'chat', value: { content, replyTo: 0 } }, { room: 'lobby', id, ...fields });
const text = (value: string): NonNullable<Chat['content']> => ({ $case: 'text', value });
const history = (limit: number, room = 'lobby'): Frame =>
  systemFrame({ $case: 'history', value: { start: undefined, limit } }, { room });
const roomsRequest = (prefix: string, after: string): Frame =>
  systemFrame({ $case: 'roomsRequest', value: { prefix, after } });
const position = (logIdBytes: number): Join['have'] => ({ logId: fill(logIdBytes), seq: 1, check: 0 });

const privateRoom = `~${'a2'.repeat(13)}`;
const { BAD_FIELD, NO_RECIPIENT, NO_SUCH_ROOM, TEXT_TOO_LONG, UNEXPECTED, UNSUPPORTED } = FaultCode;

describe('accepts', () => {
  test.each<[what: string, frame: Frame]>([
    ['a Hello', hello()],
    ['a Hello without a name', hello({ name: '', secret: fill(0) })],
    ['a Hello without a name but with a secret', hello({ name: '' })],
    ['a Hello that spans versions', hello({ versionMin: 1, versionMax: 0xffffffff })],
    [
      'as many capabilities as allowed',
      hello({ capabilities: Array.from({ length: limits.CAPABILITIES_MAX }, String) }),
    ],
    ['a capability as long as allowed', hello({ capabilities: ['c'.repeat(limits.CAPABILITY_BYTES_MAX)] })],
    ['a software as long as allowed', hello({ software: 'é'.repeat(limits.SOFTWARE_BYTES_MAX / 2) })],
    ['a locale as long as allowed', hello({ locale: 'l'.repeat(limits.LOCALE_BYTES_MAX) })],
    ['a Hello with a key', keyed()],
    ['a Hello with a password', hello({ password: 'x' })],
    ['a Hello with a key and a password', keyed({ password: 'x' })],
    ['a Hello without a name but with a password', hello({ name: '', secret: fill(0), password: 'x' })],
    ['a password as long as allowed', hello({ password: 'é'.repeat(limits.PASSWORD_BYTES_MAX / 2) })],
    ['a Proof', proof(limits.SIGNATURE_BYTES)],
    [
      'a Proof with any binding: whether it was offered is for the session',
      proof(limits.SIGNATURE_BYTES, 9 as Binding),
    ],
    ['a Join of a public room', join('lobby')],
    ['a Join of a room in any script', join('ruang-ดี')],
    ['a Join of a private room', join(privateRoom)],
    ['a Join of a user', join('@Alice')],
    ['a Join of the longest user', join(`@${'n'.repeat(limits.NAME_BYTES_MAX)}`)],
    ['a Join with a position', join('lobby', { have: position(limits.LOG_ID_BYTES) })],
    ['the last mode', join('lobby', { mode: Mode.SEND_ONLY })],
    ['a Leave', leave('lobby')],
    ['a Leave of a private room', leave(privateRoom)],
    ['a Chat', say(text('halo'))],
    ['the shortest text', say(text('x'))],
    ['the longest text', say(text('x'.repeat(limits.TEXT_BYTES_MAX)))],
    ['the longest text in two bytes a letter', say(text('é'.repeat(limits.TEXT_BYTES_MAX / 2)))],
    ['a text of control characters', say(text('\u0000\u001b[31m\n'))],
    ['the largest History', history(limits.HISTORY_ENTRIES_MAX)],
    ['the default History', history(0)],
    ['a RoomsRequest', roomsRequest('p'.repeat(limits.NAME_BYTES_MAX), 'a'.repeat(limits.NAME_BYTES_MAX))],
    ['a RosterRequest', systemFrame({ $case: 'rosterRequest', value: {} }, { room: 'lobby' })],
    ['a Ping', systemFrame({ $case: 'ping', value: { nonce: fill(limits.NONCE_BYTES) } })],
    ['a Pong', systemFrame({ $case: 'pong', value: { nonce: fill(limits.NONCE_BYTES) } })],
    [
      'a Pong with any nonce: it is compared, not measured',
      systemFrame({ $case: 'pong', value: { nonce: fill(3) } }),
    ],
  ])('%s', (_what, frame) => {
    expect(readRequest({ ...frame, ref: 9 })).toMatchObject({ ref: 9 });
  });
});

describe('refuses', () => {
  test.each<[what: string, frame: Frame, code: number, details: object]>([
    ['version 0', hello({ versionMin: 0 }), BAD_FIELD, { name: 'version_min' }],
    ['versions from high to low', hello({ versionMin: 2 }), BAD_FIELD, { name: 'version_min' }],
    ['a name without a secret', hello({ secret: fill(0) }), BAD_FIELD, { name: 'secret' }],
    [
      'a short secret',
      hello({ secret: fill(limits.SECRET_BYTES - 1) }),
      BAD_FIELD,
      { name: 'secret', limit: 32 },
    ],
    ['a long secret', hello({ secret: fill(limits.SECRET_BYTES + 1) }), BAD_FIELD, { name: 'secret' }],
    ['a short secret without a name', hello({ name: '', secret: fill(1) }), BAD_FIELD, { name: 'secret' }],
    [
      'one capability too many',
      hello({ capabilities: Array.from({ length: limits.CAPABILITIES_MAX + 1 }, String) }),
      BAD_FIELD,
      { name: 'capabilities', limit: limits.CAPABILITIES_MAX },
    ],
    [
      'a capability one byte too long',
      hello({ capabilities: ['ok', 'c'.repeat(limits.CAPABILITY_BYTES_MAX + 1)] }),
      BAD_FIELD,
      { name: 'capabilities', limit: limits.CAPABILITY_BYTES_MAX },
    ],
    [
      'a software one byte too long',
      hello({ software: `${'é'.repeat(limits.SOFTWARE_BYTES_MAX / 2)}x` }),
      BAD_FIELD,
      { name: 'software', limit: limits.SOFTWARE_BYTES_MAX },
    ],
    [
      'a locale one byte too long',
      hello({ locale: 'l'.repeat(limits.LOCALE_BYTES_MAX + 1) }),
      BAD_FIELD,
      { name: 'locale', limit: limits.LOCALE_BYTES_MAX },
    ],
    ['a short key', keyed({ key: fill(31) }), BAD_FIELD, { name: 'key', limit: 32 }],
    ['a long key', keyed({ key: fill(33) }), BAD_FIELD, { name: 'key', limit: 32 }],
    ['a key and a secret', keyed({ secret: fill(32) }), BAD_FIELD, { name: 'secret', limit: 0 }],
    ['a key without a name', keyed({ name: '' }), BAD_FIELD, { name: 'name' }],
    ['a key without a nonce', keyed({ clientNonce: fill(0) }), BAD_FIELD, { name: 'client_nonce' }],
    ['a key with a short nonce', keyed({ clientNonce: fill(15) }), BAD_FIELD, { name: 'client_nonce' }],
    ['a key with a long nonce', keyed({ clientNonce: fill(17) }), BAD_FIELD, { name: 'client_nonce' }],
    ['a nonce without a key', hello({ clientNonce: fill(16) }), BAD_FIELD, { name: 'client_nonce' }],
    [
      'a nonce without a key or a name',
      hello({ name: '', secret: fill(0), clientNonce: fill(16) }),
      BAD_FIELD,
      { name: 'client_nonce' },
    ],
    [
      'a password one byte too long',
      hello({ password: `${'é'.repeat(limits.PASSWORD_BYTES_MAX / 2)}x` }),
      BAD_FIELD,
      { name: 'password', limit: limits.PASSWORD_BYTES_MAX },
    ],
    ['a short signature', proof(63), BAD_FIELD, { name: 'signature', limit: 64 }],
    ['a long signature', proof(65), BAD_FIELD, { name: 'signature', limit: 64 }],
    ['no signature', proof(0), BAD_FIELD, { name: 'signature' }],
    ['a Join of no room', join(''), BAD_FIELD, { name: 'room' }],
    ['a Join of a room in upper case', join('Lobby'), BAD_FIELD, { name: 'room' }],
    ['a Join of a room with a space', join('a b'), BAD_FIELD, { name: 'room' }],
    ['a Join of a private room that is none', join('~abc'), BAD_FIELD, { name: 'room' }],
    ['a Join of nobody', join('@'), NO_RECIPIENT, {}],
    [
      'a Join of a user one byte too long',
      join(`@${'n'.repeat(limits.NAME_BYTES_MAX + 1)}`),
      NO_RECIPIENT,
      {},
    ],
    ['an unknown mode', join('lobby', { mode: 4 as Mode }), BAD_FIELD, { name: 'mode' }],
    ['a negative mode', join('lobby', { mode: -1 as Mode }), BAD_FIELD, { name: 'mode' }],
    ['a short log_id', join('lobby', { have: position(15) }), BAD_FIELD, { name: 'have.log_id' }],
    ['a long log_id', join('lobby', { have: position(17) }), BAD_FIELD, { name: 'have.log_id' }],
    ['an empty log_id', join('lobby', { have: position(0) }), BAD_FIELD, { name: 'have.log_id' }],
    ['a Leave of no room', leave(''), NO_SUCH_ROOM, {}],
    ['a Leave of a user', leave('@alice'), NO_SUCH_ROOM, {}],
    ['a Chat in no room', say(text('a'), { room: '' }), NO_SUCH_ROOM, {}],
    ['a Chat to a user', say(text('a'), { room: '@alice' }), NO_SUCH_ROOM, {}],
    ['a short id', say(text('a'), { id: fill(15) }), BAD_FIELD, { name: 'id', limit: 16 }],
    ['a long id', say(text('a'), { id: fill(17) }), BAD_FIELD, { name: 'id' }],
    ['no id', say(text('a'), { id: fill(0) }), BAD_FIELD, { name: 'id' }],
    ['an empty text', say(text('')), BAD_FIELD, { name: 'text' }],
    [
      'a text one byte too long',
      say(text('x'.repeat(limits.TEXT_BYTES_MAX + 1))),
      TEXT_TOO_LONG,
      { limit: limits.TEXT_BYTES_MAX },
    ],
    [
      'a text one byte too long, though it has fewer letters',
      say(text(`${'é'.repeat(limits.TEXT_BYTES_MAX / 2)}x`)),
      TEXT_TOO_LONG,
      { limit: limits.TEXT_BYTES_MAX },
    ],
    ['a Chat that says nothing', say(undefined), UNSUPPORTED, { name: 'content' }],
    [
      'something sealed',
      say({ $case: 'sealed', value: { scheme: 1, epoch: 1, data: fill(1) } }),
      UNSUPPORTED,
      { name: 'content' },
    ],
    [
      'a History of one entry too many',
      history(limits.HISTORY_ENTRIES_MAX + 1),
      BAD_FIELD,
      { name: 'limit', limit: limits.HISTORY_ENTRIES_MAX },
    ],
    ['a History of no room', history(1, ''), NO_SUCH_ROOM, {}],
    ['a RosterRequest of no room', systemFrame({ $case: 'rosterRequest', value: {} }), NO_SUCH_ROOM, {}],
    ['a long prefix', roomsRequest('p'.repeat(limits.NAME_BYTES_MAX + 1), ''), BAD_FIELD, { name: 'prefix' }],
    ['a long after', roomsRequest('', 'a'.repeat(limits.NAME_BYTES_MAX + 1)), BAD_FIELD, { name: 'after' }],
    [
      'a short nonce in a Ping',
      systemFrame({ $case: 'ping', value: { nonce: fill(7) } }),
      BAD_FIELD,
      { name: 'nonce' },
    ],
    [
      'a long nonce in a Ping',
      systemFrame({ $case: 'ping', value: { nonce: fill(9) } }),
      BAD_FIELD,
      { name: 'nonce' },
    ],
    ['no kind', Frame.create(), UNSUPPORTED, {}],
    ['a System without a kind', frameOf({ $case: 'system', value: { kind: undefined } }), UNSUPPORTED, {}],
  ])('%s', (_what, frame, code, details) => {
    expect(() => readRequest(frame)).toThrow(
      expect.objectContaining({ code, details: expect.objectContaining(details) }),
    );
  });
});

const FROM_CLIENTS = ['hello', 'proof', 'ping', 'pong', 'history', 'rosterRequest', 'roomsRequest'];

describe('any frame at all', () => {
  test('is a request or a Fault, and a kind that only servers send is UNEXPECTED', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const system = frame.kind?.$case === 'system' ? frame.kind.value.kind?.$case : undefined;
        const fromServers = system !== undefined && !FROM_CLIENTS.includes(system);
        try {
          const request = readRequest(frame);
          expect(fromServers).toBe(false);
          expect(request.ref).toBe(frame.ref);
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
          if (fromServers) expect((error as Fault).code).toBe(UNEXPECTED);
        }
      }),
      runs(5_000),
    );
  });

  test('closes the session only when only servers may send it', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        try {
          readRequest(frame);
        } catch (error) {
          const { code } = error as Fault;
          expect(code === UNEXPECTED || code < 2000).toBe(true);
        }
      }),
      runs(2_000),
    );
  });

  test('whose stamp and author a client made up is read as if it had not', () => {
    const honest = say(text('halo'));
    const author = { name: 'mallory', user: fill(8), mark: 4, plain: false } as const;
    expect(readRequest({ ...honest, seq: 7, time: 8, check: 9, author })).toEqual(readRequest(honest));
  });
});
