// At every moment the list is the fold up to the larger of the roster and the position, not only in the end.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entryOf } from '../../../clients/sdk/entry.ts';
import { Roster } from '../../../clients/sdk/roster.ts';
import type { Author, Frame } from '../../../src/protocol/index.ts';
import { ALICE, authorOf, BOB, CAROL, joinEntry, leaveEntry, userHex } from './stage.ts';

const people = [ALICE, BOB, CAROL, authorOf('dewi', 4)];

/** A log of comings and goings, and who is there behind each entry, from none on. */
function logOf(whos: readonly number[]): { entries: Frame[]; folds: string[][] } {
  const inside = new Map<string, Author>();
  const folds = [[] as string[]];
  const entries = whos.map((who, i) => {
    const author = people[who] ?? ALICE;
    const isIn = inside.has(userHex(author));
    if (isIn) inside.delete(userHex(author));
    else inside.set(userHex(author), author);
    folds.push([...inside.keys()].toSorted());
    return (isIn ? leaveEntry : joinEntry)('r', i + 1, author);
  });
  return { entries, folds };
}

test('KTG-8.15 nobody who has gone is there again for a moment, and nobody who is there goes', () => {
  const whos = fc.array(fc.nat(people.length - 1), { minLength: 1, maxLength: 30, size: 'max' });
  fc.assert(
    fc.property(whos, fc.nat(30), fc.nat(30), (log, a, b) => {
      const { entries, folds } = logOf(log);
      const first = Math.min(a, entries.length);
      const asOf = Math.min(b, entries.length);
      const roster = new Roster();
      const inside = new Set(folds[asOf]);
      const members = people.filter((author) => inside.has(userHex(author)));
      roster.take({ asOf, members, last: true, listeners: 0 });
      // A roster is never older than where the stream begins (KTG-8.14).
      for (const entry of entries.slice(Math.min(first, asOf))) {
        roster.apply(entryOf(entry));
        expect([...roster.members.keys()].toSorted()).toEqual(folds[Math.max(asOf, entry.seq)]);
      }
    }),
  );
});
