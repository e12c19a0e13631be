// As simulation.test.ts, with 200 clients and more in one room, each of whom hears at least 200 messages.
import { describe, expect, test } from 'vitest';
import { CROWD_EVERY } from './plan.ts';
import { runSeries, SEEDS, SERIES_MS_MAX } from './series.ts';

describe('the simulation of crowds', () => {
  test(
    'no seed breaks a rule',
    async () => {
      const report = await runSeries('crowds');
      expect(report.complaints()).toEqual([]);
      // Nearly every one of them is as large as it should be.
      const expected = Math.floor(SEEDS / CROWD_EVERY) - 1;
      if (report.runs > 1) expect(report.crowds).toBeGreaterThanOrEqual(expected);
    },
    SERIES_MS_MAX,
  );
});
