import fc from 'fast-check';
import { expect, test } from 'vitest';
import { putBe64 } from '../../src/roomlog/be64.ts';

test('every whole number is written as a signed number of 64 bits', () => {
  const edges = [0, 1, -1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, -(2 ** 32), Number.MAX_SAFE_INTEGER];
  const check = (value: number): void => {
    const view = new DataView(new ArrayBuffer(24));
    putBe64(view, 8, value);
    expect(view.getBigInt64(8)).toBe(BigInt(value));
    expect([view.getBigInt64(0), view.getBigInt64(16)]).toEqual([0n, 0n]);
  };
  for (const edge of edges) check(edge);
  fc.assert(fc.property(fc.maxSafeInteger(), check));
});
