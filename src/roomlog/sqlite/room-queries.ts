// Reading one room as the database has it, trusting nothing: rows that are no rows are told as undefined.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { sameBytes } from '../../protocol/bytes.ts';
import type { MemberRecord, Seq } from '../roomlog.ts';
import { DIGEST_BYTES } from './digest.ts';
import { memberSum, ROOM_COLUMNS, type RoomRow, readRoomRow, xor } from './room-row.ts';
import { type Segment, type SegmentRow, segmentOf } from './segment.ts';

const QUERIES = {
  // A number that no JavaScript number can be was never given to a room.
  numbers: 'SELECT room FROM room WHERE room BETWEEN 1 AND ? ORDER BY room',
  head: `SELECT ${ROOM_COLUMNS} FROM room WHERE room = ?`,
  // The index on the names is a copy of them, and the writer believes it.
  named: 'SELECT room FROM room WHERE name = ?',
  members: 'SELECT user, author FROM member WHERE room = ?',
  place: 'SELECT rowid, first FROM segment WHERE room = ? AND first <= ? ORDER BY first DESC LIMIT 1',
  next: 'SELECT first FROM segment WHERE room = ? AND first > ? ORDER BY first LIMIT 1',
  // From the table, not from the index: both have to say the same.
  segment: 'SELECT room, first, last, last_time, chain, digest, keys, bytes FROM segment WHERE rowid = ?',
  bytes: 'SELECT coalesce(sum(length(bytes)), 0) AS bytes FROM segment WHERE room = ?',
  id: 'SELECT seq FROM entry_id WHERE room = ? AND id = ?',
  ids: 'SELECT count(*) AS ids FROM entry_id WHERE room = ?',
  erased: 'SELECT seq, hash FROM erased WHERE room = ? AND seq >= ? AND seq <= ?',
  erasedOutside: 'SELECT seq FROM erased WHERE room = ? AND (seq < ? OR seq > ?) LIMIT 1',
} as const;

/** Where a segment stands, by the index. */
export interface Place {
  readonly rowid: number;
  readonly first: Seq;
}

const ofDatabase = new WeakMap<DatabaseSync, RoomQueries>();

export class RoomQueries {
  readonly #of: Readonly<Record<keyof typeof QUERIES, StatementSync>>;

  private constructor(database: DatabaseSync) {
    const prepared = Object.entries(QUERIES).map(([name, sql]) => [name, database.prepare(sql)]);
    this.#of = Object.fromEntries(prepared) as Record<keyof typeof QUERIES, StatementSync>;
  }

  /** The queries of a database; prepared once. */
  static of(database: DatabaseSync): RoomQueries {
    const queries = ofDatabase.get(database) ?? new RoomQueries(database);
    ofDatabase.set(database, queries);
    return queries;
  }

  /** All rooms' numbers, ascending. */
  numbers(): number[] {
    return this.#of.numbers.all(Number.MAX_SAFE_INTEGER).map((row) => row['room'] as number);
  }

  /** The head; undefined: there is no such room. */
  head(room: number): (RoomRow & { readonly isWhole: boolean }) | undefined {
    const columns = this.#of.head.get(room);
    if (columns === undefined) return undefined;
    return pure(() => readRoomRow(columns)) ?? { ...(columns as unknown as RoomRow), isWhole: false };
  }

  /** Whether a room is found by its name. */
  isNamed({ room, name }: RoomRow): boolean {
    return this.#of.named.get(name)?.['room'] === room;
  }

  members(room: number): MemberRecord[] {
    return this.#of.members.all(room).map((row) => ({ ...row }) as unknown as MemberRecord);
  }

  /** The last segment that begins at `seq` or before. */
  place(room: number, seq: Seq): Place | undefined {
    return this.#of.place.get(room, seq) as Place | undefined;
  }

  /** Where the first segment begins that begins behind `seq`. */
  next(room: number, seq: Seq): Seq | undefined {
    return this.#of.next.get(room, seq)?.['first'] as Seq | undefined;
  }

  /** The segment at a place, if it is what was written there. */
  segment({ room, logId }: RoomRow, { rowid, first }: Place): Segment | undefined {
    const row = this.#of.segment.get(rowid) as SegmentRow | undefined;
    if (row === undefined || row['room'] !== room || row.first !== first) return undefined;
    return pure(() => segmentOf(logId, row));
  }

  /** Of all segments of the room. */
  bytes(room: number): number {
    return this.#of.bytes.get(room)?.['bytes'] as number;
  }

  /** Where the index has an id. */
  seqOfId(room: number, id: Uint8Array): Seq | undefined {
    return this.#of.id.get(room, id)?.['seq'] as Seq | undefined;
  }

  countOfIds(room: number): number {
    return this.#of.ids.get(room)?.['ids'] as number;
  }

  /** The hashes of bodies that were erased, by their seq. */
  erased(room: number, first: Seq, last: Seq): ReadonlyMap<Seq, Uint8Array> {
    const rows = this.#of.erased.all(room, first, last);
    return new Map(rows.map(({ seq, hash }) => [seq as Seq, hash as Uint8Array]));
  }

  hasErasedOutside({ room, oldest, newest }: RoomRow): boolean {
    return this.#of.erasedOutside.get(room, oldest, newest) !== undefined;
  }
}

/** Whether these are the members that the head tells. */
export function areMembersOf(row: RoomRow, members: readonly MemberRecord[]): boolean {
  const sum = pure(() =>
    members.reduce<Uint8Array>((before, member) => xor(before, memberSum(row.logId, member)), EMPTY),
  );
  return sum !== undefined && sameBytes(sum, row.members);
}

const EMPTY = new Uint8Array(DIGEST_BYTES);

/** What a function of values alone gives; undefined when they are so odd that it can not be computed. */
export function pure<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch {
    return undefined;
  }
}
