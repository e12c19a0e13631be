// The stamp is written by hand: it must be what an ordinary encoding of the whole entry would be.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFrame, encodeBody, encodeFrame, frameOf, stampBody } from '../../src/protocol/frame.ts';
import { runs } from '../runs.ts';

const entry = frameOf(
  { $case: 'chat', value: { content: { $case: 'text', value: 'halo' }, replyTo: 0 } },
  { room: 'lobby', id: new Uint8Array(16).fill(1) },
);

function expectStamped(seq: number, time: number, check: number): void {
  const framed = stampBody(encodeBody(entry), { seq, time, check });
  expect(Buffer.from(framed).equals(encodeFrame({ ...entry, seq, time, check }))).toBe(true);
  expect(decodeFrame(framed.subarray(4))).toMatchObject({ seq, time, check });
}

/** Where a number needs one byte more, up to the largest one. */
const EDGES = [1, 2, 3, 4, 5, 6, 7].flatMap((bytes) => [128 ** bytes - 1, 128 ** bytes, 128 ** bytes + 1]);

test.each([1, ...EDGES, 2 ** 53 - 1])('KTG-10.3 seq and time of %i', (value) => {
  expectStamped(value, 1_795_348_991_245, 7);
  expectStamped(1, value, 7);
});

test('KTG-10.3 KTG-10.9 any stamp, with a check and without', () => {
  const number = fc.maxSafeNat().map((value) => value || 1);
  const check = fc.oneof(fc.constant(0), fc.nat(0xffff_ffff));
  fc.assert(fc.property(number, number, check, expectStamped), runs(300));
});
