// A list of nothings: two bytes on the wire for each, an object in memory.
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { expect, test } from 'vitest';
import { decodeFrame } from '../../src/protocol/index.ts';

const SYSTEM = 4 * 8 + 2;
/** System.page, .roster, .rooms, .welcome, and the first field in each that is repeated. */
const LISTS = [
  [37, 1],
  [33, 2],
  [41, 1],
  [19, 2],
] as const;

function listOf(kind: number, field: number, count: number): Uint8Array {
  const list = new BinaryWriter();
  for (let n = 0; n < count; n++) list.uint32(field * 8 + 2).bytes(new Uint8Array(0));
  const system = new BinaryWriter().uint32(kind * 8 + 2).bytes(list.finish());
  return new BinaryWriter().uint32(SYSTEM).bytes(system.finish()).finish();
}

test.each(LISTS)('System kind %i, field %i: so many elements and no more', (kind, field) => {
  expect(decodeFrame(listOf(kind, field, 10), 10).kind?.$case).toBe('system');
  expect(() => decodeFrame(listOf(kind, field, 11), 10)).toThrow(expect.objectContaining({ code: 4001 }));
  expect(decodeFrame(listOf(kind, field, 30_000)).kind?.$case).toBe('system');
});

test('elements count together, whatever holds them, and unknown fields do not', () => {
  const entry = new BinaryWriter()
    .uint32(SYSTEM)
    .bytes(
      new BinaryWriter()
        .uint32(37 * 8 + 2)
        .bytes(new BinaryWriter().uint32(10).bytes(new Uint8Array(0)).finish())
        .finish(),
    )
    .finish();
  const page = new BinaryWriter();
  for (let n = 0; n < 5; n++) page.uint32(10).bytes(entry);
  for (let n = 0; n < 100; n++) page.uint32(100 * 8).uint32(n);
  const system = new BinaryWriter().uint32(37 * 8 + 2).bytes(page.finish());
  const frame = new BinaryWriter().uint32(SYSTEM).bytes(system.finish()).finish();
  expect(decodeFrame(frame, 10).kind?.$case).toBe('system');
  expect(() => decodeFrame(frame, 9)).toThrow(expect.objectContaining({ code: 4001 }));
});
