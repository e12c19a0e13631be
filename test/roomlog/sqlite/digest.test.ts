import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf, sha256 } from '../../../src/roomlog/sqlite/digest.ts';
import { segmentDigest } from '../../../src/roomlog/sqlite/segment.ts';

test('SHA-256 is what it is elsewhere, in an array that nobody else has', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
      const sum = sha256(data);
      expect(Buffer.from(sum).toString('hex')).toBe(createHash('sha256').update(data).digest('hex'));
      expect(sum.buffer.byteLength).toBe(32);
    }),
  );
});

test('a digest covers numbers as 64 bits, and bytes and texts behind their lengths', () => {
  const be64 = (value: number): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(BigInt(value));
    return bytes;
  };
  const [bytes, text] = [Buffer.from([1, 2, 3]), 'zwölf'];
  const all = Buffer.concat([
    be64(7),
    be64(3),
    bytes,
    be64(-1),
    be64(6),
    Buffer.from(text),
    be64(2 ** 53 - 1),
  ]);
  const expected = createHash('sha256').update(all).digest().subarray(0, 16);
  expect(Buffer.from(digestOf([7, bytes, null, text, 2 ** 53 - 1]))).toEqual(expected);
});

test.for([0, 1_000, 70_000, 300_000])('a segment of %i bytes is covered whole', (size) => {
  const logId = new Uint8Array(16).fill(1);
  const chain = new Uint8Array(16).fill(2);
  const [keys, bytes] = [new Uint8Array(48).fill(3), new Uint8Array(size).fill(4)];
  const numbers = Buffer.alloc(24);
  [5, 9, 1_790_000_000_000].forEach((number, at) => numbers.writeBigInt64BE(BigInt(number), at * 8));
  const expected = createHash('sha256')
    .update(Buffer.concat([logId, numbers, chain, keys, bytes]))
    .digest();
  const segment = { first: 5, last: 9, lastTime: 1_790_000_000_000, chain, keys, bytes };
  expect(Buffer.from(segmentDigest(logId, segment))).toEqual(expected.subarray(0, 16));
});
