import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { Damage } from '../../../src/roomlog/sqlite/damage.ts';
import { RoomQueries } from '../../../src/roomlog/sqlite/room-queries.ts';
import { RoomVerifier, type VerifyOptions } from '../../../src/roomlog/sqlite/verify.ts';
import { LogFile, Room } from './log-file.ts';

let log: LogFile;
let verifiedTo = 0;
afterEach(() => log.remove());

/** Everything that a verifier says, `between` being called between its steps. */
function findings(
  room: Room,
  options: VerifyOptions & { readonly from?: number; readonly between?: () => void } = {},
): Damage[] {
  const row = RoomQueries.of(log.database).head(room.room) ?? room.row;
  const verifier = new RoomVerifier(
    log.database,
    { ...row, name: room.name },
    options.from ?? row.oldest,
    options,
  );
  const found: Damage[] = [];
  for (let steps = 0; steps < 1_000; steps++) {
    const result = verifier.step();
    if (result === 'done') {
      verifiedTo = verifier.seq;
      return found;
    }
    if (result !== 'more') found.push(result);
    options.between?.();
  }
  throw new Error('never done');
}

const kinds = (found: readonly Damage[]): string[] =>
  found.map(({ kind, from, to }) => (to === 0 ? kind : `${kind} ${from}-${to}`));

type Step =
  | { readonly do: 'append'; readonly later: number; readonly sizes: readonly number[] }
  | { readonly do: 'merge' | 'truncate' | 'erase' | 'join'; readonly a: number; readonly b: number };

const SIZE = fc.oneof({ weight: 6, arbitrary: fc.nat(60) }, fc.integer({ min: 5_000, max: 30_000 }));
const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      later: fc.nat(2),
      sizes: fc.array(SIZE, { minLength: 1, maxLength: 6 }),
    }),
  },
  fc.record({ do: fc.constantFrom('merge', 'truncate', 'erase', 'join'), a: fc.nat(999), b: fc.nat(999) }),
);

/** What a writer may do at any time. */
function act(room: Room, step: Step): void {
  log.database.exec('BEGIN');
  const segments = room.firsts.length;
  if (step.do === 'append')
    log.append(
      room,
      step.sizes.map((size) => 'x'.repeat(size)),
      step.later,
    );
  else if (step.do === 'join') log.join(room, Buffer.alloc(32, step.a % 4));
  else if (segments > 0) {
    if (step.do === 'merge')
      log.merge(room, step.a % segments, Math.min(segments - 1, (step.a % segments) + (step.b % 4)));
    else if (step.do === 'truncate') log.truncate(room, step.b % (segments + 1));
    else log.erase(room, room.oldest + (step.a % (room.newest + 1 - room.oldest)));
  }
  log.database.exec('COMMIT');
}

test('a whole log is whole, from every entry on, whatever was merged, dropped and erased in it', () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 30 }), fc.nat(999), (steps, n) => {
      log?.remove();
      log = new LogFile();
      const room = log.add('lobby');
      const other = log.add('other');
      log.append(other, ['hello']);
      for (const step of steps) act(room, step);
      const seq = n % (room.newest + 1);
      expect(findings(room)).toEqual([]);
      expect(verifiedTo).toBe(room.newest);
      expect(findings(room, { from: seq + 1, marked: { seq, chain: room.chainAt(seq) } })).toEqual([]);
      expect(findings(other)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('a writer at work raises no alarm', () => {
  fc.assert(
    fc.property(
      fc.array(STEP, { minLength: 5, maxLength: 25 }),
      fc.array(STEP, { maxLength: 40 }),
      (before, during) => {
        log?.remove();
        log = new LogFile();
        const room = log.add('lobby');
        for (const step of before) act(room, step);
        const left = [...during];
        const between = (): void => {
          for (const step of left.splice(0, 3)) act(room, step);
        };
        expect(findings(room, { between, stepBytes: 1 })).toEqual([]);
        expect(verifiedTo).toBe(room.newest);
      },
    ),
    { numRuns: 60 },
  );
});

/** Changes the database's file, its schema included, while the log is closed. */
function withSchema(sql: string): void {
  const database = new DatabaseSync(log.file, { defensive: false });
  database.exec('PRAGMA writable_schema = ON');
  database.exec(sql);
  database.close();
}

/** Ten commits of three entries each; the third and fourth merged, the first dropped, entry 8 erased. */
function planted(): Room {
  log = new LogFile();
  const room = log.add('lobby');
  for (let commit = 0; commit < 10; commit++) log.append(room, ['one', 'two', `number ${commit}`]);
  log.join(room, randomBytes(32));
  log.join(room, randomBytes(32));
  log.merge(room, 2, 3);
  log.truncate(room, 1);
  log.erase(room, 8);
  expect(room.firsts).toEqual([4, 7, 13, 16, 19, 22, 25, 28]);
  expect(findings(room)).toEqual([]);
  return room;
}

const PLANTED: Record<string, { plant: (room: Room) => void; found: string[] }> = {
  'a head with another digest': {
    plant: () => log.run('UPDATE room SET newest_time = newest_time + 1'),
    found: ['head'],
  },
  'a head without a digest': { plant: () => log.run("UPDATE room SET digest = x''"), found: ['head'] },
  'a head with another chain': {
    plant: (room) => log.head(room, { chain: randomBytes(16) }),
    found: ['head'],
  },
  'a head with another time': { plant: (room) => log.head(room, { newestTime: 1 }), found: ['head'] },
  'a head with another sum of bytes': { plant: (room) => log.head(room, { bytes: 1 }), found: ['head'] },
  'a head with another base': {
    plant: (room) => log.head(room, { base: randomBytes(16) }),
    found: ['chain 4-6'],
  },
  'a head that is ahead': {
    plant: (room) => log.head(room, { newest: 32 }),
    found: ['missing 31-32'],
  },
  'a head that is behind': {
    plant: (room) => log.head(room, { newest: 29 }),
    found: ['missing 28-29'],
  },
  'a head behind whole segments': {
    plant: (room) => log.head(room, { newest: 27 }),
    found: ['head'],
  },
  'a head that has an older oldest': {
    plant: (room) => log.head(room, { oldest: 1 }),
    found: ['missing 1-3'],
  },
  'a head that has a newer oldest': {
    plant: (room) => log.head(room, { oldest: 7, base: room.chainAt(6) }),
    found: ['missing'],
  },
  'an oldest entry inside a segment': {
    plant: (room) => log.head(room, { oldest: 5, base: room.chainAt(4) }),
    found: ['missing 5-6', 'missing'],
  },
  'another sum of members': {
    plant: (room) => log.head(room, { members: new Uint8Array(16) }),
    found: ['members'],
  },
  'a member less': {
    plant: () => log.run('DELETE FROM member WHERE user = (SELECT min(user) FROM member)'),
    found: ['members'],
  },
  'a segment less': {
    plant: () => log.run('DELETE FROM segment WHERE first = 13'),
    found: ['missing 13-15'],
  },
  'the first segment gone': {
    plant: () => log.run('DELETE FROM segment WHERE first = 4'),
    found: ['missing 4-6'],
  },
  'the last segment gone': {
    plant: () => log.run('DELETE FROM segment WHERE first = 28'),
    found: ['missing 28-30'],
  },
  'a segment too many': {
    plant: (room) =>
      log.run(
        'INSERT INTO segment SELECT room, 8, 9, last_time, chain, digest, keys, bytes FROM segment WHERE first = 7 AND room = ?',
        room.room,
      ),
    found: ['missing 7-12'],
  },
  'a segment before the oldest': {
    plant: () =>
      log.run(
        'INSERT INTO segment SELECT room, 1, 3, last_time, chain, digest, keys, bytes FROM segment WHERE first = 7',
      ),
    found: ['missing'],
  },
  'a segment behind the newest': {
    plant: () =>
      log.run(
        'INSERT INTO segment SELECT room, 31, 33, last_time, chain, digest, keys, bytes FROM segment WHERE first = 28',
      ),
    found: ['missing'],
  },
  'an entry less in a segment': {
    plant: (room) =>
      log.rewrite(room, 13, (segment) => {
        const length = room.entries[14]?.framed.length ?? 0;
        return { ...segment, bytes: segment.bytes.subarray(0, -length) };
      }),
    found: ['segment 13-15'],
  },
  'an entry that says to be longer': {
    plant: (room) =>
      log.rewrite(room, 13, (segment) => {
        const bytes = Buffer.from(segment.bytes);
        const at = bytes.length - (room.entries[14]?.framed.length ?? 0);
        bytes.writeUInt32BE(bytes.readUInt32BE(at) + 1, at);
        return { ...segment, bytes };
      }),
    found: ['segment 13-15'],
  },
  'an entry with another number': {
    plant: (room) =>
      log.rewrite(room, 28, (segment) => {
        const bytes = Buffer.from(segment.bytes);
        const TAG_SEQ = 96;
        bytes[bytes.lastIndexOf(Buffer.of(TAG_SEQ, 30)) + 1] = 31;
        return { ...segment, bytes };
      }),
    found: ['segment 28-30'],
  },
  'a segment that the table has in another room than the index': {
    plant: () => {
      log.close();
      const { rootpage, sql } =
        log.open().prepare("SELECT * FROM sqlite_schema WHERE name = 'segment_place'").get() ?? {};
      log.close();
      withSchema("DELETE FROM sqlite_schema WHERE name = 'segment_place'");
      withSchema('UPDATE segment SET room = 7 WHERE first = 13');
      withSchema(
        `INSERT INTO sqlite_schema VALUES ('index', 'segment_place', 'segment', ${Number(rootpage)}, '${String(sql)}')`,
      );
      log.open();
    },
    found: ['segment 13-15'],
  },
  'time that goes back': { plant: (room) => log.append(room, ['late', 'early'], -1), found: ['chain 31-32'] },
  'time that goes back in a segment': {
    plant: (room) => {
      log.append(room, ['late'], 5);
      log.append(room, ['early'], -1);
      log.merge(room, room.firsts.length - 2, room.firsts.length - 1);
    },
    found: ['chain 32-32'],
  },
  'a segment with another byte': {
    plant: () => log.run("UPDATE segment SET bytes = CAST(bytes || x'00' AS BLOB) WHERE first = 13"),
    found: ['segment 13-15'],
  },
  'two segments in each other’s place': {
    plant: () => {
      log.run('UPDATE segment SET first = 1000 WHERE first = 13');
      log.run('UPDATE segment SET first = 13 WHERE first = 16');
      log.run('UPDATE segment SET first = 16 WHERE first = 1000');
    },
    found: ['segment 13-15', 'segment 16-18'],
  },
  'a segment that ends elsewhere': {
    plant: (room) => log.rewrite(room, 13, (segment) => ({ ...segment, last: 14 })),
    found: ['segment 13-14', 'missing 15-15'],
  },
  'a segment with another chain': {
    plant: (room) => log.rewrite(room, 13, (segment) => ({ ...segment, chain: randomBytes(16) })),
    found: ['chain 13-15', 'chain 16-18'],
  },
  'a segment with another time': {
    plant: (room) => log.rewrite(room, 13, (segment) => ({ ...segment, lastTime: 1 })),
    found: ['chain 13-15'],
  },
  'a key too many': {
    plant: (room) =>
      log.rewrite(room, 13, (segment) => ({
        ...segment,
        keys: Buffer.concat([segment.keys, randomBytes(48)]),
      })),
    found: ['segment 13-15'],
  },
  'other keys': {
    plant: (room) => log.rewrite(room, 13, (segment) => ({ ...segment, keys: randomBytes(144) })),
    found: ['ids 13-13'],
  },
  'entries that are none': {
    plant: (room) => log.rewrite(room, 13, (segment) => ({ ...segment, bytes: randomBytes(99) })),
    found: ['segment 13-15'],
  },
  'an entry with another body': {
    plant: (room) => {
      log.rewrite(room, 13, (segment) => {
        const bytes = Buffer.from(segment.bytes);
        bytes.write('x', bytes.indexOf('two'));
        return { ...segment, bytes };
      });
    },
    found: ['chain 14-15'],
  },
  'an id less': {
    plant: (room) => log.run('DELETE FROM entry_id WHERE id = ?', room.entries[13]?.id ?? null),
    found: ['ids 14-14'],
  },
  'an id elsewhere': {
    plant: (room) => log.run('UPDATE entry_id SET seq = 15 WHERE id = ?', room.entries[13]?.id ?? null),
    found: ['ids 14-14'],
  },
  'an id too many': {
    plant: (room) => log.run('INSERT INTO entry_id VALUES (?, ?, 14)', room.room, randomBytes(16)),
    found: ['ids'],
  },
  'an erased entry whose hash is gone': { plant: () => log.run('DELETE FROM erased'), found: ['chain 8-12'] },
  'an erased entry with another hash': {
    plant: () => log.run("UPDATE erased SET hash = x'00'"),
    found: ['chain 8-12'],
  },
  'a hash for an entry that is there': {
    plant: (room) => log.run('INSERT INTO erased VALUES (?, 9, ?)', room.room, room.entries[8]?.hash ?? null),
    found: ['erased 9-9'],
  },
  'a hash for no entry': {
    plant: (room) => log.run('INSERT INTO erased VALUES (?, 3, ?)', room.room, randomBytes(32)),
    found: ['erased'],
  },
};

test.each(Object.entries(PLANTED))('%s is found', (_name, { plant, found }) => {
  const room = planted();
  plant(room);
  expect(kinds(findings(room))).toEqual(found);
});

test('a name that the index of names does not have is found', () => {
  const room = planted();
  const { rootpage } =
    log.database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_room_1'").get() ??
    {};
  log.close();
  const bytes = readFileSync(log.file);
  bytes.write('x', bytes.indexOf('lobby', (Number(rootpage) - 1) * 4_096));
  writeFileSync(log.file, bytes);
  log.open();
  expect(kinds(findings(room))).toEqual(['head']);
});

test('behind the newest entry there is nothing to verify', () => {
  const room = planted();
  expect(findings(room, { from: 31 })).toEqual([]);
  expect(findings(room, { from: 99 })).toEqual([]);
  expect(verifiedTo).toBe(30);
});

test('what a mark knows better is lost', () => {
  const room = planted();
  for (const seq of [3, 5, 9, 12, 30]) {
    const chain = room.chainAt(seq);
    expect(findings(room, { from: seq + 1, marked: { seq, chain } })).toEqual([]);
    const other = { seq, chain: randomBytes(16) };
    expect(kinds(findings(room, { from: seq + 1, marked: other }))).toEqual([
      `lost ${Math.min(4, seq)}-${seq}`,
    ]);
  }
  // What was dropped nobody can compare.
  expect(findings(room, { marked: { seq: 2, chain: randomBytes(16) } })).toEqual([]);
});

test('entries that vanish between two steps are lost', () => {
  const room = planted();
  const between = (): void => log.head(room, { newest: 5, chain: room.chainAt(5) });
  expect(kinds(findings(room, { between, stepBytes: 1 }))).toEqual(['lost 6-6']);
});

test('a history that is another one after two steps, and whole in itself, is found', () => {
  const room = planted();
  const other = new Room(room.room, room.name, room.logId);
  const between = (): void => {
    if (other.newest > 0) return;
    for (const table of ['segment', 'entry_id', 'erased', 'member']) log.run(`DELETE FROM ${table}`);
    for (let commit = 0; commit < 10; commit++) log.append(other, ['another', 'and', 'more']);
    log.merge(other, 0, 9);
  };
  expect(kinds(findings(room, { between, stepBytes: 1 }))).toEqual(['chain 6-30']);
});

test('a room that is removed, or made anew, is done', () => {
  const room = planted();
  const remove = (): void => log.run('DELETE FROM room');
  expect(findings(room, { between: remove, stepBytes: 1 })).toEqual([]);
  for (const change of [{ name: null }, { logId: randomBytes(16) }]) {
    log.remove();
    const again = planted();
    const rename = (): void => log.head(again, change);
    expect(findings(again, { between: rename, stepBytes: 1 })).toEqual([]);
  }
});
