// What is given once is given to nobody else.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RandomPool } from '../../src/server/random-pool.ts';

test('every piece is as long as asked for, has memory of its own, and comes once', () => {
  const lengths = fc.array(fc.integer({ min: 8, max: 4_096 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(lengths, (all) => {
      const pool = new RandomPool();
      const pieces = all.map((length) => pool.take(length));
      expect(pieces.map(({ length }) => length)).toEqual(all);
      for (const piece of pieces) expect(piece.buffer.byteLength).toBe(piece.length);
      const seen = new Set(pieces.map((piece) => Buffer.from(piece.subarray(0, 8)).toString('hex')));
      expect(seen.size).toBe(pieces.length);
      expect(seen).not.toContain('0'.repeat(16));
    }),
    { numRuns: 50 },
  );
});

test('what is written to a piece changes no other', () => {
  const pool = new RandomPool();
  const first = pool.take(16);
  first.fill(0xff);
  expect(pool.take(16)).not.toEqual(first);
});
