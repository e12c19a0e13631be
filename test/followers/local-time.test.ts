import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatLocalTime, localZone } from '../../src/followers/local-time.ts';

test('a time in Jakarta', () => {
  expect(formatLocalTime(Date.UTC(2026, 10, 22, 12, 3, 11, 245), () => 420)).toBe(
    '2026-11-22T19:03:11.245+07:00',
  );
});

test('offsets west of Greenwich and of half an hour', () => {
  const time = Date.UTC(2026, 0, 1, 0, 0, 0, 5);
  expect(formatLocalTime(time, () => -210)).toBe('2025-12-31T20:30:00.005-03:30');
  expect(formatLocalTime(time, () => 0)).toBe('2026-01-01T00:00:00.005+00:00');
});

test('every time of the next thousands of years reads back as itself, in every zone', () => {
  const years = fc.integer({ min: 0, max: Date.UTC(9998, 0) });
  fc.assert(
    fc.property(years, fc.integer({ min: -14 * 60, max: 14 * 60 }), (time, offset) => {
      const text = formatLocalTime(time, () => offset);
      expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/);
      expect(Date.parse(text)).toBe(time);
    }),
  );
});

test('the zone of the process is the one that dates have', () => {
  const time = Date.UTC(2026, 6, 1);
  expect(Date.parse(formatLocalTime(time))).toBe(time);
  expect(localZone(time)).toBe(0 - new Date(time).getTimezoneOffset());
});

test('a time that no date can show still makes a line', () => {
  expect(formatLocalTime(Number.MAX_SAFE_INTEGER, () => 0)).toMatch(/^\+\d{6}-\d\d-\d\dT.*\+00:00$/);
});
