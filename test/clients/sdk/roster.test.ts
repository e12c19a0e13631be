import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entryOf } from '../../../clients/sdk/entry.ts';
import { Roster } from '../../../clients/sdk/roster.ts';
import type { Author, Frame } from '../../../src/protocol/index.ts';
import { PresenceState } from '../../../src/protocol/index.ts';
import { ALICE, authorOf, BOB, CAROL, chat, joinEntry, leaveEntry, userHex } from './stage.ts';

const people = [ALICE, BOB, CAROL, authorOf('dewi', 4), authorOf('eko', 5)];

/** A log in which everybody comes, speaks and goes as they like. */
const logs = fc.array(fc.nat(people.length - 1), { maxLength: 60 }).map((whos) => {
  const inside = new Set<Author>();
  return whos.map((who, index): Frame => {
    const author = people[who] ?? ALICE;
    const seq = index + 1;
    if (!inside.has(author)) {
      inside.add(author);
      return joinEntry('r', seq, author);
    }
    if (who % 2 === 0 && index % 3 === 0) return chat('r', seq, 'halo', author);
    inside.delete(author);
    return leaveEntry('r', seq, author);
  });
});

function membersAfter(log: readonly Frame[], seq: number): Author[] {
  const inside = new Map<string, Author>();
  for (const { author, kind } of log.slice(0, seq)) {
    if (author === undefined) continue;
    if (kind?.$case === 'join') inside.set(userHex(author), author);
    if (kind?.$case === 'leave') inside.delete(userHex(author));
  }
  return [...inside.values()];
}

const message = (asOf: number, members: Author[], last = true, listeners = 0) => ({
  asOf,
  members,
  last,
  listeners,
});
const namesOf = (roster: Roster): string[] =>
  Array.from(roster.members.values(), ({ name }) => name).toSorted();

describe('the roster', () => {
  test('is the fold of the log, wherever it and the position begin (KTG-8.15)', () => {
    fc.assert(
      fc.property(logs, fc.nat(60), fc.nat(60), fc.integer({ min: 1, max: 3 }), (log, a, b, parts) => {
        const first = Math.min(a, log.length);
        const asOf = Math.max(first, Math.min(b, log.length));
        const roster = new Roster();
        const members = membersAfter(log, asOf);
        const size = Math.ceil(members.length / parts) || 1;
        for (let at = 0; at < Math.max(members.length, 1); at += size) {
          const last = at + size >= members.length;
          expect(roster.take(message(asOf, members.slice(at, at + size), last))).toBe(last);
        }
        for (const frame of log.slice(first)) roster.apply(entryOf(frame));
        expect(namesOf(roster)).toEqual(
          membersAfter(log, log.length)
            .map(({ name }) => name)
            .toSorted(),
        );
      }),
    );
  });

  test('is replaced as a whole, and only when it is complete', () => {
    const roster = new Roster();
    roster.take(message(3, [ALICE, BOB], true, 2));
    expect(roster.take(message(9, [CAROL], false))).toBe(false);
    expect(namesOf(roster)).toEqual(['alice', 'bob']);
    expect(roster.listeners).toBe(2);
    roster.take(message(9, [BOB], true, 1));
    expect(namesOf(roster)).toEqual(['bob', 'carol']);
    expect(roster.listeners).toBe(1);
  });

  test('forgets half of one when the cursor is placed anew', () => {
    const roster = new Roster();
    roster.take(message(3, [CAROL], false));
    roster.startOver();
    roster.take(message(3, [ALICE], true));
    expect(namesOf(roster)).toEqual(['alice']);
  });

  test('knows who is held, and presence never adds or removes anybody (KTG-8.17)', () => {
    const roster = new Roster();
    roster.take(message(1, [ALICE]));
    const held = { user: ALICE.user, state: PresenceState.HELD, devices: 0, listeners: 0 };
    expect(roster.presence(held)).toEqual({ user: userHex(ALICE), listenersChanged: false });
    expect(roster.members.get(userHex(ALICE))?.presence).toBe(PresenceState.HELD);
    expect(roster.presence({ ...held, user: BOB.user, listeners: 3 })).toEqual({
      user: undefined,
      listenersChanged: true,
    });
    expect(roster.members.size).toBe(1);
    expect(roster.listeners).toBe(3);
    roster.take(message(2, [ALICE]));
    expect(roster.members.get(userHex(ALICE))?.presence).toBe(PresenceState.HERE);
  });
});
