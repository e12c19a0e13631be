import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedNames } from '../../src/core/sorted-names.ts';

const name = fc.string({ unit: fc.constantFrom('a', 'b', 'ü', '-'), minLength: 1, maxLength: 4 });

test('gives the names of a set behind one and with a prefix, in order, whatever was added and removed', () => {
  const steps = fc.array(fc.record({ name, adds: fc.boolean() }), { maxLength: 60 });
  const text = fc.oneof(fc.constant(''), name);
  fc.assert(
    fc.property(steps, text, text, (all, after, prefix) => {
      const names = new SortedNames();
      const set = new Set<string>();
      for (const step of all) {
        if (step.adds) set.add(step.name);
        else set.delete(step.name);
        if (step.adds) names.add(step.name);
        else names.remove(step.name);
      }
      const expected = [...set].filter((one) => one.startsWith(prefix) && one > after).toSorted();
      expect([...names.behind(after, prefix)]).toEqual(expected);
      expect(names.size).toBe(set.size);
    }),
    { numRuns: 500 },
  );
});
