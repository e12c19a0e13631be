import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hexOf, sameBytes } from '../../src/protocol/index.ts';

test('hexadecimal is two lower-case digits a byte', () => {
  expect(hexOf(new Uint8Array([0, 0x0a, 0xff]))).toBe('000aff');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(hexOf(bytes)).toBe(Buffer.from(bytes).toString('hex'));
    }),
  );
});

test('the same bytes are of equal length and equal one by one', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ maxLength: 4 }), (a, b) => {
      expect(sameBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
      expect(sameBytes(a, a.slice())).toBe(true);
    }),
  );
});
