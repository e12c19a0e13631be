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

test("other bytes in an entry's place change no other entry, and no view that somebody holds", () => {
  fc.assert(
    fc.property(SIZES, fc.nat(100), fc.nat(5_000), (sizes, at, size) => {
      const { segments, entries } = filled(sizes, 10);
      const seq = 11 + (at % sizes.length);
      const held = segments.at(seq);
      const before = held?.slice();
      entries[seq - 11] = new Uint8Array(size + 1).fill(255);
      segments.replace(seq, entries[seq - 11] as Uint8Array);
      entries.push(new Uint8Array(9).fill(254));
      segments.append(entries.at(-1) as Uint8Array);
      expect(same(held, before)).toBe(true);
      expect(entries.every((entry, i) => same(segments.at(11 + i), entry))).toBe(true);
      expect(segments.bytes).toBe(entries.reduce((sum, { length }) => sum + length, 0));
    }),
  );
});

test('exactly what is before an entry goes, down to the last one', () => {
  fc.assert(
    fc.property(SIZES, fc.nat(100), (sizes, count) => {
      const { segments, entries } = filled(sizes, 10);
      const gone = Math.min(count, sizes.length);
      segments.dropBefore(11 + gone);
      segments.append(new Uint8Array(9).fill(254));
      const rest = [...entries.slice(gone), new Uint8Array(9).fill(254)];
      expect([segments.oldest, segments.newest]).toEqual([11 + gone, 11 + sizes.length]);
      expect(rest.every((entry, i) => same(segments.at(11 + gone + i), entry))).toBe(true);
      expect(segments.at(10 + gone)).toBeUndefined();
      expect(segments.bytes).toBe(rest.reduce((sum, { length }) => sum + length, 0));
    }),
  );
});

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}
