import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Backoff } from '../../../clients/sdk/backoff.ts';

const always =
  (byte: number) =>
  (length: number): Uint8Array =>
    new Uint8Array(length).fill(byte);

describe('the wait before the next connection', () => {
  test('is below a ceiling that doubles up to the highest one (KTG-13.4)', () => {
    const backoff = new Backoff({ minMs: 1_000, maxMs: 5_000 }, always(0xff));
    expect([0, 0, 0, 0, 0].map(() => backoff.next(0))).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
    expect(backoff.failures).toBe(5);
    backoff.reset();
    expect(backoff.next(0)).toBe(1_000);
  });

  test('is random all the way down', () => {
    expect(new Backoff({ minMs: 1_000, maxMs: 5_000 }, always(0)).next(0)).toBe(0);
    expect(new Backoff({ minMs: 1_000, maxMs: 5_000 }, always(0x80)).next(0)).toBe(502);
  });

  test('never undercuts what the server asked for, and never exceeds the bounds', () => {
    fc.assert(
      fc.property(
        fc.nat(60_000),
        fc.nat(10_000),
        fc.nat(100_000),
        fc.array(fc.nat(255), { minLength: 1, maxLength: 80 }),
        (retryAfterMs, minMs, more, bytes) => {
          let at = 0;
          const maxMs = minMs + more;
          const random = (length: number): Uint8Array =>
            Uint8Array.from({ length }, () => bytes[at++ % bytes.length] ?? 0);
          const backoff = new Backoff({ minMs, maxMs }, random);
          for (let n = 0; n < 50; n++) {
            const wait = backoff.next(retryAfterMs);
            expect(wait).toBeGreaterThanOrEqual(retryAfterMs);
            expect(wait).toBeLessThanOrEqual(retryAfterMs + maxMs);
          }
        },
      ),
    );
  });
});
