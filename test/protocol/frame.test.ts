import { describe, expect, test } from 'vitest';
import { decodeFrame, Fault, FaultCode, frameOf, isEntry, systemFrame } from '../../src/protocol/index.ts';
import { bytes, field, number, tag, varint } from './wire.ts';

// Field numbers of Frame: join 1, leave 2, chat 3, system 4, ref 8, room 9, author 10, id 11, seq 12, time 13, check 14.
const chat = (text: string): number[] => field(3, field(1, text));

/** `depth` Frames inside one another, each in a System's Page. */
function nested(depth: number): number[] {
  return depth === 1 ? number(8, 1) : field(4, field(37, field(1, nested(depth - 1))));
}

const LAXITIES: ReadonlyArray<readonly [what: string, payload: Uint8Array]> = [
  ['invalid UTF-8 in a text', bytes(field(3, field(1, [0x68, 0xff])))],
  ['invalid UTF-8 in a room', bytes(field(9, [0xc3]))],
  ['over-long UTF-8', bytes(field(9, [0xc0, 0xaf]))],
  ['a surrogate in UTF-8', bytes(field(9, [0xed, 0xa0, 0x80]))],
  ['field number 0', bytes([0x00, 0x00])],
  ['field number 0 with a length', bytes([0x02, 0x00])],
  ['a lone tag of field number 0 behind a frame', bytes(number(8, 1), [0x00])],
  ['field number 0 inside a message', bytes(field(3, [0x02, 0x00]))],
  ['a stray end of a group', bytes(number(8, 1), tag(1, 4))],
  ['the end of a group with field number 1', bytes([0x0c])],
  ['a group of an unknown field', bytes(tag(100, 3), number(1, 1), tag(100, 4))],
  ['a group of a known field', bytes(tag(1, 3), tag(1, 4))],
  ['groups 10,000 deep', bytes(...Array.from({ length: 10_000 }, () => tag(100, 3)))],
  ['wire type 6', bytes(tag(100, 6), [0])],
  ['wire type 7', bytes(tag(100, 7), [0])],
  ['a string longer than its message', bytes([...tag(3, 2), 4, ...tag(1, 2), 8, 65, 65], field(9, 'lobby'))],
  ['a message longer than the frame', bytes([...tag(3, 2), 5, ...tag(1, 2), 1, 65])],
  ['bytes longer than the frame', bytes([...tag(11, 2), 16, 1, 2, 3])],
  ['a length of 2^32 - 1', bytes([...tag(9, 2), ...varint(0xffffffff), 65])],
  ['a length of 2^63', bytes([...tag(9, 2), ...varint(2n ** 63n), 65])],
  ['a length of 2^64 - 1', bytes([...tag(9, 2), ...varint(2n ** 64n - 1n), 65])],
  ['the same kind twice', bytes(chat('a'), chat('b'))],
  ['two kinds', bytes(chat('a'), field(2, []))],
  ['two kinds of System', bytes(field(4, [...field(1, []), ...field(2, [])]))],
  ['a System twice', bytes(field(4, field(1, [])), field(4, field(2, [])))],
  ['a text and something sealed', bytes(field(3, [...field(1, 'a'), ...field(2, [])]))],
  ['a number twice', bytes(number(8, 1), number(8, 2))],
  ['a room twice', bytes(field(9, 'a'), field(9, 'b'))],
  ['a seq twice', bytes(number(12, 1), number(12, 1))],
  ['a text where a message belongs', bytes(number(3, 1))],
  ['a number where a text belongs', bytes(number(9, 1))],
  ['a text where a number belongs', bytes(field(8, 'a'))],
  ['64 bits where 32 belong', bytes(tag(14, 1), [1, 2, 3, 4, 5, 6, 7, 8])],
  ['a number where 32 bits belong', bytes(number(14, 1))],
  ['packed numbers where one belongs', bytes(field(12, [1]))],
  ['half a tag', bytes([0x80])],
  ['a tag and nothing behind', bytes(tag(8, 0))],
  ['half a number', bytes(tag(8, 0), [0x80])],
  ['a number of 11 bytes', bytes(tag(8, 0), varint(1, 11))],
  ['a tag of 11 bytes', bytes(varint(8 * 8, 11), [1])],
  ['a tag of 6 bytes', bytes(varint(8 * 8, 6), [1])],
  ['a length of 6 bytes', bytes(tag(9, 2), varint(1, 6), [65])],
  ['a length of 6 bytes in an unknown field', bytes(tag(100, 2), varint(1, 6), [65])],
  ['half of 32 bits', bytes(tag(14, 5), [1, 2])],
  ['half of 64 bits of an unknown field', bytes(tag(100, 1), [1, 2, 3, 4])],
  ['field number 2^29', bytes(varint(2 ** 29 * 8), [1])],
  ['seq 2^53', bytes(number(12, 2n ** 53n))],
  ['seq 2^64 - 1', bytes(number(12, 2n ** 64n - 1n))],
  ['a time beyond 2^53', bytes(number(13, 2n ** 53n + 1n))],
  ['a reply_to beyond 2^53', bytes(field(3, [...field(1, 'a'), ...number(3, 2n ** 60n)]))],
  ['a ref of 2^32', bytes(number(8, 2 ** 32))],
  ['a ref of 2^64 - 1', bytes(number(8, 2n ** 64n - 1n))],
  ['a bool of 2', bytes(field(10, number(4, 2)))],
  ['an enum of 2^31', bytes(field(1, number(3, 2 ** 31)))],
  ['a negative enum', bytes(field(1, number(3, 2n ** 64n - 1n)))],
  ['frames nested deeper than any real one', bytes(nested(4))],
  ['frames nested 2,000 deep', bytes(nested(2_000))],
];

describe('the strict walk refuses', () => {
  test.each(LAXITIES)('%s', (_what, payload) => {
    expect(() => decodeFrame(payload)).toThrow(Fault);
    expect(() => decodeFrame(payload)).toThrow(expect.objectContaining({ code: FaultCode.BAD_FRAME }));
  });
});

const room = frameOf(
  { $case: 'chat', value: { content: { $case: 'text', value: 'a' }, replyTo: 0 } },
  { room: 'a' },
);

describe('the strict walk lets pass', () => {
  test.each<[what: string, payload: Uint8Array, frame: ReturnType<typeof decodeFrame>]>([
    ['a frame', bytes(chat('a'), field(9, 'a')), room],
    ['fields in another order', bytes(field(9, 'a'), chat('a')), room],
    ['an unknown number', bytes(chat('a'), field(9, 'a'), number(100, 7)), room],
    ['an unknown message', bytes(chat('a'), field(9, 'a'), field(100, [1, 2, 3])), room],
    ['an unknown field twice', bytes(number(100, 7), number(100, 8), chat('a'), field(9, 'a')), room],
    ['unknown 64 bits', bytes(chat('a'), field(9, 'a'), tag(100, 1), [1, 2, 3, 4, 5, 6, 7, 8]), room],
    ['unknown 32 bits', bytes(chat('a'), field(9, 'a'), tag(100, 5), [1, 2, 3, 4]), room],
    [
      'an unknown field of a known message',
      bytes(field(3, [...field(1, 'a'), ...field(9, 'x')]), field(9, 'a')),
      room,
    ],
    ['the largest field number', bytes(chat('a'), field(9, 'a'), number(2 ** 29 - 1, 1)), room],
    ['a default that is written out', bytes(number(8, 0), chat('a'), field(9, 'a')), room],
    [
      'a number with more bytes than it needs',
      bytes(tag(8, 0), varint(0, 10), chat('a'), field(9, 'a')),
      room,
    ],
    [
      'the largest number',
      bytes(chat('a'), field(9, 'a'), number(12, 2 ** 53 - 1)),
      { ...room, seq: 2 ** 53 - 1 },
    ],
  ])('%s', (_what, payload, frame) => {
    expect(decodeFrame(payload)).toEqual(frame);
  });

  test('a kind that it does not know, and tells it by its absence', () => {
    expect(decodeFrame(bytes(field(5, [1, 2]), field(9, 'a'), number(12, 9)))).toMatchObject({
      kind: undefined,
      room: 'a',
      seq: 9,
    });
    expect(decodeFrame(bytes(field(4, field(999, [])), number(12, 9)))).toEqual({
      ...frameOf({ $case: 'system', value: { kind: undefined } }),
      seq: 9,
    });
  });

  test('a Page of entries inside a frame', () => {
    const entry = frameOf({ $case: 'leave', value: { reason: 1, by: undefined, text: '' } }, { seq: 3 });
    const page = bytes(field(4, field(37, field(1, [...field(2, number(1, 1)), ...number(12, 3)]))));
    expect(decodeFrame(page)).toEqual(
      systemFrame({ $case: 'page', value: { entries: [entry], oldest: 0, more: false } }),
    );
  });
});

test('a frame is an entry if and only if it has a seq', () => {
  expect(isEntry(room)).toBe(false);
  expect(isEntry({ ...room, seq: 1 })).toBe(true);
});
