// The log as a crash leaves it: the files are copied between any two turns, and a second engine opens the copy.
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeBody, systemFrame } from '../../../src/protocol/index.ts';
import type { Outcome, Proposal, ReadResult, RoomListener } from '../../../src/roomlog/roomlog.ts';
import type { StorageEvent } from '../../../src/roomlog/sqlite/events.ts';
import { SqliteLog, type SqliteLogOptions } from '../../../src/roomlog/sqlite/sqlite-log.ts';
import { proposalOf } from '../witness.ts';
import { runs } from '../../runs.ts';
import { inlineThreads } from './inline-threads.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const REMOVED = encodeBody(systemFrame({ $case: 'removed', value: {} }, { room: 'lobby' }));
const FILES = ['log.db', 'log.db-wal', 'log.mark'];

interface Told {
  readonly proposal: Proposal;
  readonly seq: number;
  framed: string | undefined;
}

/** What the engine has told of one log. */
class Room implements RoomListener {
  readonly told: Told[] = [];
  readonly waiting: Proposal[] = [];
  readonly members = new Map<string, string>();
  oldest = 1;

  onOutcomes(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      const proposal = this.waiting.shift();
      if (proposal === undefined) throw new Error('an outcome too many');
      if (outcome.status === 'failed') throw new Error(outcome.failure);
      if (outcome.status === 'duplicate') continue;
      this.told.push({ proposal, seq: outcome.stamp.seq, framed: hex(outcome.framed) });
      const erased = this.told[(proposal.erases?.seq ?? 0) - 1];
      // What stands there now is the suite's concern; here it is only not what was there.
      if (erased !== undefined) erased.framed = undefined;
      const { member } = proposal;
      if (member?.op === 'join') this.members.set(hex(member.member.user), hex(member.member.author));
      if (member?.op === 'leave') this.members.delete(hex(member.user));
    }
  }

  onTruncated(oldest: number): void {
    this.oldest = oldest;
  }

  onDamaged(): void {
    throw new Error('a false alarm');
  }

  /** As it is now. */
  snapshot(): Snapshot {
    return {
      told: this.told.map((one) => ({ ...one })),
      members: new Map(this.members),
      oldest: this.oldest,
      underWay: this.waiting.some(({ erases }) => erases !== undefined),
    };
  }
}

interface Snapshot {
  readonly told: readonly Told[];
  readonly members: ReadonlyMap<string, string>;
  readonly oldest: number;
  /** Something may have been erased that is not told yet. */
  readonly underWay: boolean;
}

function open(
  directory: string,
  events: StorageEvent[],
  retention: SqliteLogOptions['retention'],
): Promise<SqliteLog> {
  return SqliteLog.open(
    {
      directory,
      ...(retention === undefined ? {} : { retention }),
      reserveBytes: 0,
      scrubBytesPerSecond: 0,
      now: () => 1_000,
      defer: (callback) => void setImmediate(callback),
      random: (length) => Uint8Array.from(randomBytes(length)),
      observe: (event) => void events.push(event),
    },
    inlineThreads,
  );
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const settled = (log: SqliteLog): Promise<void> => new Promise((resolve) => log.whenSettled(resolve));
const closed = (log: SqliteLog): Promise<void> => new Promise((resolve) => log.close(resolve));

async function readAll(log: SqliteLog, room: string, from: number): Promise<string> {
  let bytes = '';
  for (let next = from; ; ) {
    const result = await new Promise<ReadResult>((resolve) =>
      log.read({ room, from: next, bytesMax: 65_536 }, resolve),
    );
    if (result.status !== 'run') {
      expect(result.status).toBe('end');
      return bytes;
    }
    expect(result.first).toBe(next);
    bytes += hex(result.bytes);
    next = result.last + 1;
  }
}

/** The copy has all that was told, and perhaps what was under way. */
async function compare(copy: SqliteLog, rooms: ReadonlyMap<string, Snapshot>): Promise<void> {
  const heads = new Map(copy.rooms().map((head) => [head.room, head]));
  for (const [name, room] of rooms) {
    if (room.told.length === 0) continue;
    const head = heads.get(name);
    expect(head?.isDamaged, name).toBe(false);
    if (head === undefined) continue;
    expect(head.newest).toBeGreaterThanOrEqual(room.told.length);
    expect(head.oldest).toBeGreaterThanOrEqual(room.oldest);
    if (head.newest === room.told.length) {
      const members = head.members.map(({ user, author }) => [hex(user), hex(author)]);
      expect(new Map(members as Array<[string, string]>)).toEqual(room.members);
    }
    const found = await readAll(copy, name, head.oldest);
    let at = 0;
    for (const { framed } of room.told.slice(head.oldest - 1)) {
      const length = 8 + 2 * Number.parseInt(found.slice(at, at + 8), 16);
      if (framed !== undefined && !room.underWay) expect(found.slice(at, at + length)).toBe(framed);
      at += length;
    }
    // A retry finds its first.
    const again = room.told.find(({ seq }) => seq >= head.oldest);
    if (again !== undefined) {
      const outcomes: Outcome[] = [];
      copy.open(name, {
        onOutcomes: (list) => void outcomes.push(...list),
        onTruncated: () => undefined,
        onDamaged: () => undefined,
      });
      copy.append(name, again.proposal);
      await settled(copy);
      expect(outcomes[0]).toMatchObject({ status: 'duplicate', seq: again.seq, same: true });
    }
  }
}

const act = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      room: fc.constantFrom('lobby', 'lobby', 'kelas'),
      size: fc.oneof({ weight: 6, arbitrary: fc.nat(300) }, { weight: 1, arbitrary: fc.nat(15_000) }),
      member: fc.nat(12),
      erases: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(40) }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('turn' as const), turns: fc.nat(6) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('remove' as const), room: fc.constantFrom('lobby', 'kelas') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
);

function proposalFor(
  number: number,
  { size, member, erases }: { size: number; member: number; erases: number },
): Proposal {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(12, number);
  const user = new Uint8Array(32).fill(member % 5);
  const change: Proposal['member'] =
    member < 5
      ? { op: 'join', member: { user, author: Uint8Array.of(number % 256) } }
      : member < 10
        ? { op: 'leave', user }
        : undefined;
  const base = proposalOf({ id, text: 'x'.repeat(size), member: change });
  return erases === 0 ? base : { ...base, erases: { seq: erases, body: REMOVED } };
}

test('what was told is there after a crash at any moment, and no alarm is false', async () => {
  const counts = { crashes: 0, entries: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { minLength: 20, maxLength: 200, size: 'max' }),
      fc.constantFrom(undefined, { bytes: 20_000 }, { entries: 10 }),
      async (acts, retention) => {
        const base = mkdtempSync(join(tmpdir(), 'kentongan-crash-'));
        const directory = mkdtempSync(join(base, 'live-'));
        const events: StorageEvent[] = [];
        const log = await open(directory, events, retention);
        const rooms = new Map<string, Room>();
        const crash = async (): Promise<void> => {
          const copy = mkdtempSync(join(base, 'copy-'));
          for (const file of FILES) {
            if (existsSync(join(directory, file))) copyFileSync(join(directory, file), join(copy, file));
          }
          const then = new Map([...rooms].map(([name, room]) => [name, room.snapshot()]));
          const second = await open(copy, events, undefined);
          await compare(second, then);
          await closed(second);
          rmSync(copy, { recursive: true });
          counts.crashes++;
        };
        let number = 0;
        for (const each of acts) {
          if (each.do === 'turn') for (let i = 0; i < each.turns; i++) await turn();
          else if (each.do === 'crash') await crash();
          else if (each.do === 'remove') {
            counts.entries += rooms.get(each.room)?.told.length ?? 0;
            rooms.delete(each.room);
            log.remove(each.room);
          } else {
            let room = rooms.get(each.room);
            if (room === undefined) {
              room = new Room();
              rooms.set(each.room, room);
              log.open(each.room, room);
            }
            const one = proposalFor(number++, each);
            room.waiting.push(one);
            log.append(each.room, one);
          }
        }
        await crash();
        await settled(log);
        await crash();
        await closed(log);
        // And as an orderly end leaves it.
        await crash();
        for (const { told } of rooms.values()) counts.entries += told.length;
        expect(events).toEqual([]);
        rmSync(base, { recursive: true });
      },
    ),
    runs(40),
  );
  // Three crashes a run, and far more entries than runs: how many, the seed decides.
  expect(counts.crashes).toBeGreaterThanOrEqual(120);
  expect(counts.entries).toBeGreaterThan(400);
});
