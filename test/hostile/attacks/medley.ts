// A little of every attack that takes no time, against one server: what the test command runs.
import type { Attack, Counts } from '../attack.ts';
import { bombs } from './bombs.ts';
import { frames } from './frames.ts';
import { resets } from './resets.ts';
import { upgrades } from './upgrades.ts';

const PARTS: readonly Attack[] = [frames, upgrades, resets, bombs];

export const medley: Attack = {
  name: 'medley',
  about: `a little of each: ${PARTS.map(({ name }) => name).join(', ')}`,
  amounts: { slice: 1, quick: 1, full: 1 },
  strike: async (strike) => {
    const counts: Record<string, number> = {};
    for (const { name, amounts, strike: one } of PARTS) {
      const part: Counts = await one({ ...strike, amount: amounts.slice });
      for (const [key, value] of Object.entries(part)) counts[`${name}: ${key}`] = value;
    }
    return counts;
  },
};
