import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ids } from '../../../clients/sdk/ids.ts';
import type { SdkClock } from '../../../clients/sdk/index.ts';

function idsAt(times: number[], fill: number): Ids {
  let at = 0;
  const clock: SdkClock = {
    now: () => times[Math.min(at++, times.length - 1)] ?? 0,
    monotonic: () => 0,
    after: () => () => undefined,
  };
  return new Ids(clock, (n) => new Uint8Array(n).fill(fill));
}

const hex = (id: Uint8Array): string => Buffer.from(id).toString('hex');

describe('ids', () => {
  test('are UUIDv7: time, version, variant (KTG-9.1)', () => {
    const id = idsAt([0x0192_3456_789a], 0xff).next();
    expect(hex(id)).toBe('01923456789a77ffbfffffffffffffff');
  });

  test('ascend strictly, whatever the clock does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2 ** 47 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 0, max: 255 }),
        (times, fill) => {
          const ids = idsAt(times, fill);
          const made = Array.from({ length: 60 }, () => hex(ids.next()));
          expect(made).toEqual([...new Set(made)].toSorted());
        },
      ),
    );
  });

  test('ascend through more than a millisecond can count', () => {
    const ids = idsAt([5], 0xff);
    const made = Array.from({ length: 10_000 }, () => hex(ids.next()));
    expect(made).toEqual([...new Set(made)].toSorted());
    expect(made.at(-1)?.[12]).toBe('7');
  });
});
