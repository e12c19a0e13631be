// The order of everything, in seeded worlds that go wrong: see simulate.ts for what a run is.
import { describe, expect, test } from 'vitest';
import { runSeries, SERIES_MS_MAX } from './series.ts';
import { simulate } from './simulate.ts';

describe('the simulation of groups', () => {
  test(
    'no seed breaks a rule',
    async () => {
      const report = await runSeries('groups');
      expect(report.complaints()).toEqual([]);
    },
    SERIES_MS_MAX,
  );

  test('the same seed is the same run, another seed another one', async () => {
    const seeds = [1, 2, 3, 5, 8, 13, 21, 34];
    const once: string[] = [];
    const again: string[] = [];
    for (const seed of seeds) once.push((await simulate(seed)).fingerprint);
    for (const seed of seeds.toReversed()) again.unshift((await simulate(seed)).fingerprint);
    expect(again).toEqual(once);
    expect(new Set(once).size).toBe(seeds.length);
  });
});
