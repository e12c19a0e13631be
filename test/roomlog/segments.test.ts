import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Segments } from '../../src/roomlog/segments.ts';

/** Entries of these sizes, each filled with its own number. */
function filled(sizes: readonly number[], newest: number): { segments: Segments; entries: Uint8Array[] } {
  const segments = new Segments(newest);
  const entries = sizes.map((size, i) => new Uint8Array(size).fill((i % 255) + 1));
  for (const entry of entries) segments.append(entry);
  return { segments, entries };
}

const SIZES = fc.array(fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 70_000 })), {
  minLength: 1,
  maxLength: 60,
});

test('a run holds whole entries in order, within its limits, and as many as lie together', () => {
  fc.assert(
    fc.property(
      SIZES,
      fc.nat(1_000),
      fc.nat(80_000),
      fc.nat(100),
      fc.nat(100),
      fc.constantFrom('first' as const, 'last' as const),
      (sizes, newest, bytesMax, a, b, keep) => {
        const { segments, entries } = filled(sizes, newest);
        const from = newest + 1 + (a % sizes.length);
        const to = from + (b % (newest + sizes.length + 1 - from));
        const run = segments.run(from, to, bytesMax, keep);
        const sizeOf = (seq: number): number => entries[seq - newest - 1]?.length ?? 0;
        if (run === undefined) {
          expect(sizeOf(keep === 'first' ? from : to)).toBeGreaterThan(bytesMax);
          return;
        }
        expect(run.bytes.length).toBeLessThanOrEqual(bytesMax);
        expect(keep === 'first' ? run.first : run.last).toBe(keep === 'first' ? from : to);
        expect(run.first).toBeGreaterThanOrEqual(from);
        expect(run.last).toBeLessThanOrEqual(to);
        const wanted = entries.slice(run.first - newest - 1, run.last - newest);
        expect(Buffer.compare(run.bytes, Buffer.concat(wanted))).toBe(0);
      },
    ),
  );
});

test('walking a log from any place meets every entry once', () => {
  fc.assert(
    fc.property(SIZES, fc.nat(5_000), fc.nat(100), (sizes, budget, start) => {
      const { segments, entries } = filled(sizes, 0);
      let at = start % sizes.length;
      const seen: Uint8Array[] = [];
      const first = at;
      while (at < segments.newest) {
        const run =
          segments.run(at + 1, segments.newest, budget + 1) ??
          segments.run(at + 1, at + 1, Number.MAX_SAFE_INTEGER);
        if (run === undefined) throw new Error('an entry is missing');
        expect(run.first).toBe(at + 1);
        seen.push(run.bytes);
        at = run.last;
      }
      expect(Buffer.compare(Buffer.concat(seen), Buffer.concat(entries.slice(first)))).toBe(0);
    }),
  );
});

test('what is dropped is the oldest, in whole pieces, and never the newest piece', () => {
  fc.assert(
    fc.property(SIZES, fc.nat(200_000), (sizes, keep) => {
      const { segments } = filled(sizes, 0);
      segments.dropOldest((_last, bytes) => segments.bytes - bytes >= keep);
      expect(segments.newest).toBe(sizes.length);
      expect(segments.oldest).toBeLessThanOrEqual(sizes.length);
      expect(segments.bytes).toBe(sizes.slice(segments.oldest - 1).reduce((sum, size) => sum + size, 0));
      expect(segments.run(segments.oldest - 1, sizes.length, 1_000_000)).toBeUndefined();
    }),
  );
});
