import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { connectionsWithin, descriptorsMax } from '../../src/server/descriptors.ts';

test.each([
  [10_000, undefined, 10_000],
  [10_000, 1_048_576, 10_000],
  [10_000, 10_128, 10_000],
  [10_000, 10_127, 9_999],
  [10_000, 1_024, 896],
  [100, 1_024, 100],
  [10_000, 64, 1],
])('of %j wanted with %j descriptors: %j', (wanted, descriptors, connections) => {
  expect(connectionsWithin(wanted, descriptors)).toBe(connections);
});

test.skipIf(process.platform === 'win32')('the limit is the one that this process has', () => {
  // Node raises the soft limit to the hard one when it starts, and a shell below it says so.
  const said = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  expect(descriptorsMax()).toBe(said === 'unlimited' ? undefined : Number(said));
});
