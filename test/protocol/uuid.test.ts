import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asUuid7 } from '../../src/protocol/index.ts';

test('a UUIDv7 is the time, the version, the variant, and 74 bits of the caller', () => {
  const id = asUuid7(new Uint8Array(16).fill(0xff), 0x017f_22e2_79b0);
  expect(Buffer.from(id).toString('hex')).toBe('017f22e279b07fffbfffffffffffffff');
});

test('a later id is larger, also when the bytes are a part of others', () => {
  const time = fc.nat({ max: 2 ** 48 - 2 });
  fc.assert(
    fc.property(time, fc.uint8Array({ minLength: 40, maxLength: 40 }), (ms, bytes) => {
      const one = asUuid7(bytes.subarray(3, 19), ms);
      const other = asUuid7(bytes.subarray(20, 36), ms + 1);
      expect(Buffer.compare(one, other)).toBe(-1);
    }),
  );
});
