// The statements of the log, prepared once for each connection.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { MemberRecord, Seq } from '../roomlog.ts';
import { readRoomRow, ROOM_COLUMNS, type RoomRow, roomValues } from './room-row.ts';
import { type Segment, segmentDigest, type SegmentRow } from './segment.ts';

const SEGMENT_COLUMNS = 'first, last, last_time, chain, digest, keys, bytes';

/** A blob is not larger than 1 GB; these are 256 MiB. */
const WIPE_PAGES = 65_536;

/** What one connection asks and says. Every method is one statement; transactions are the caller's. */
export class Tables {
  readonly database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();
  #waitMs: number | undefined;

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  // Rooms

  rooms(): Array<ReturnType<typeof readRoomRow>> {
    return this.#sql(`SELECT ${ROOM_COLUMNS} FROM room ORDER BY room`).all().map(readRoomRow);
  }

  room(room: number): ReturnType<typeof readRoomRow> | undefined {
    const columns = this.#sql(`SELECT ${ROOM_COLUMNS} FROM room WHERE room = ?`).get(room);
    return columns === undefined ? undefined : readRoomRow(columns);
  }

  /** A head, new or changed; a name, a log_id and a pair never change. */
  putRoom(row: RoomRow): void {
    this.#sql(
      `INSERT INTO room (${ROOM_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (room) DO UPDATE SET newest = excluded.newest, newest_time = excluded.newest_time,
         oldest = excluded.oldest, bytes = excluded.bytes, chain = excluded.chain, base = excluded.base,
         members = excluded.members, digest = excluded.digest`,
    ).run(...roomValues(row));
  }

  /** The room is removed: its name is free, its entries are to be deleted. */
  dropName(room: number): void {
    const row = this.room(room);
    if (row === undefined) return;
    const digest = roomValues({ ...row, name: null }).at(-1) as Uint8Array;
    this.#sql('UPDATE room SET name = NULL, digest = ? WHERE room = ?').run(digest, room);
  }

  deleteRoom(room: number): void {
    this.#sql('DELETE FROM room WHERE room = ?').run(room);
  }

  /**
   * Deletes the members of a removed room and some of its entries.
   * @returns whether there is nothing left of it but its row
   */
  deleteSome(room: number, limit: number): boolean {
    this.deleteMembers(room);
    this.#sql('DELETE FROM erased WHERE room = ?').run(room);
    const ids = this.#sql(
      'DELETE FROM entry_id WHERE room = ?1 AND id IN (SELECT id FROM entry_id WHERE room = ?1 LIMIT ?2)',
    ).run(room, limit);
    const segments = this.#sql(
      'DELETE FROM segment WHERE rowid IN (SELECT rowid FROM segment WHERE room = ? LIMIT 16)',
    ).run(room);
    return ids.changes === 0 && segments.changes === 0;
  }

  // Segments

  /** The segment that begins at `seq` or last before it. */
  segmentAt(room: number, seq: Seq): SegmentRow | undefined {
    return this.#sql(
      `SELECT ${SEGMENT_COLUMNS} FROM segment WHERE room = ? AND first <= ? ORDER BY first DESC LIMIT 1`,
    ).get(room, seq) as SegmentRow | undefined;
  }

  /** As `segmentAt`, without what it holds. */
  segmentPlace(room: number, seq: Seq): Pick<SegmentRow, 'first' | 'last' | 'digest'> | undefined {
    return this.#sql(
      'SELECT first, last, digest FROM segment WHERE room = ? AND first <= ? ORDER BY first DESC LIMIT 1',
    ).get(room, seq) as Pick<SegmentRow, 'first' | 'last' | 'digest'> | undefined;
  }

  /** Segments from the one that begins at `first` on, in order. */
  segmentsFrom(room: number, first: Seq, limit: number): SegmentRow[] {
    return this.#sql(
      `SELECT ${SEGMENT_COLUMNS} FROM segment WHERE room = ? AND first >= ? ORDER BY first LIMIT ?`,
    ).all(room, first, limit) as unknown as SegmentRow[];
  }

  /** Place and size of the segments, newest first, as far as they are asked for. */
  segmentSizes(room: number): Iterable<{ first: Seq; bytes: number }> {
    return this.#sql(
      'SELECT first, length(bytes) AS bytes FROM segment WHERE room = ? ORDER BY first DESC',
    ).iterate(room) as Iterable<{ first: Seq; bytes: number }>;
  }

  /** Place, size and age of the oldest segments, in order. */
  oldestSegments(room: number, limit: number): Array<{ last: Seq; lastTime: number; bytes: number }> {
    return this.#sql(
      `SELECT last, last_time AS lastTime, length(bytes) AS bytes FROM segment
       WHERE room = ? ORDER BY first LIMIT ?`,
    ).all(room, limit) as Array<{ last: Seq; lastTime: number; bytes: number }>;
  }

  putSegment(room: number, logId: Uint8Array, segment: Segment): void {
    const { first, last, lastTime, chain, keys, bytes } = segment;
    this.#sql(`INSERT INTO segment (room, ${SEGMENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`).run(
      ...[room, first, last, lastTime, chain, segmentDigest(logId, segment), keys, bytes],
    );
  }

  deleteSegments(room: number, first: Seq, last: Seq): void {
    this.#sql('DELETE FROM segment WHERE room = ? AND first BETWEEN ? AND ?').run(room, first, last);
  }

  // Ids

  seqOfId(room: number, id: Uint8Array): Seq | undefined {
    return this.#sql('SELECT seq FROM entry_id WHERE room = ? AND id = ?').get(room, id)?.['seq'] as
      | Seq
      | undefined;
  }

  /** False: the id is there already, and stays where it was. */
  putId(room: number, id: Uint8Array, seq: Seq): boolean {
    const done = this.#sql('INSERT OR IGNORE INTO entry_id (room, id, seq) VALUES (?, ?, ?)').run(
      room,
      id,
      seq,
    );
    return done.changes === 1;
  }

  deleteId(room: number, id: Uint8Array): void {
    this.#sql('DELETE FROM entry_id WHERE room = ? AND id = ?').run(room, id);
  }

  // Erased bodies

  /** The hashes of the bodies that were erased between two seqs. */
  erased(room: number, from: Seq, to: Seq): Map<Seq, Uint8Array> {
    const rows = this.#sql('SELECT seq, hash FROM erased WHERE room = ? AND seq BETWEEN ? AND ?').all(
      room,
      from,
      to,
    );
    return new Map(rows.map(({ seq, hash }) => [seq as Seq, hash as Uint8Array]));
  }

  /** The first hash counts: what was erased once has no other body to be proven. */
  putErased(room: number, seq: Seq, hash: Uint8Array): void {
    this.#sql('INSERT OR IGNORE INTO erased (room, seq, hash) VALUES (?, ?, ?)').run(room, seq, hash);
  }

  deleteErasedBefore(room: number, oldest: Seq): void {
    this.#sql('DELETE FROM erased WHERE room = ? AND seq < ?').run(room, oldest);
  }

  // Members

  members(room: number): MemberRecord[] {
    const rows = this.#sql('SELECT user, author FROM member WHERE room = ? ORDER BY user').all(room);
    return rows.map(({ user, author }) => ({ user: user as Uint8Array, author: author as Uint8Array }));
  }

  member(room: number, user: Uint8Array): MemberRecord | undefined {
    const author = this.#sql('SELECT author FROM member WHERE room = ? AND user = ?').get(room, user)?.[
      'author'
    ];
    return author === undefined ? undefined : { user, author: author as Uint8Array };
  }

  putMember(room: number, { user, author }: MemberRecord): void {
    this.#sql('REPLACE INTO member (room, user, author) VALUES (?, ?, ?)').run(room, user, author);
  }

  deleteMember(room: number, user: Uint8Array): void {
    this.#sql('DELETE FROM member WHERE room = ? AND user = ?').run(room, user);
  }

  deleteMembers(room: number): void {
    this.#sql('DELETE FROM member WHERE room = ?').run(room);
  }

  // The whole

  meta(key: string): Uint8Array | undefined {
    return this.#sql('SELECT value FROM meta WHERE key = ?').get(key)?.['value'] as Uint8Array | undefined;
  }

  putMeta(key: string, value: Uint8Array): void {
    this.#sql('REPLACE INTO meta (key, value) VALUES (?, ?)').run(key, value);
  }

  /** Fills with zeros what is free in the database. In a transaction, with `secure_delete = ON`. */
  wipeFree(): void {
    const pages = this.#sql('PRAGMA freelist_count').get()?.['freelist_count'] as number;
    const size = this.#sql('PRAGMA page_size').get()?.['page_size'] as number;
    for (let rest = pages; rest > 0; rest -= WIPE_PAGES) {
      // Every page of an overflow chain begins with the number of the next one. What does not fit grows the file.
      const bytes = Math.min(rest, WIPE_PAGES) * (size - 4) + size;
      this.#sql('INSERT INTO meta (key, value) VALUES (?, zeroblob(?))').run(`wipe ${rest}`, bytes);
    }
    if (pages > 0) this.#sql("DELETE FROM meta WHERE key LIKE 'wipe %'").run();
  }

  /** Whether what is deleted from now on is overwritten; not within a transaction. */
  deleteSecurely(isSecure: boolean): void {
    this.database.exec(`PRAGMA secure_delete = ${isSecure ? 'ON' : 'FAST'}`);
  }

  beginReading(): void {
    this.#sql('BEGIN').run();
  }

  begin(): void {
    this.#sql('BEGIN IMMEDIATE').run();
  }

  commit(): void {
    this.#sql('COMMIT').run();
  }

  /** Undoes what was begun, if SQLite has not done so itself. */
  rollback(): void {
    if (this.database.isTransaction) this.#sql('ROLLBACK').run();
  }

  /**
   * Moves commits from the WAL to the database. TRUNCATE waits for readers so long, and empties the WAL.
   * @returns whether all of them are there now, flushed
   */
  checkpoint(mode: 'PASSIVE' | 'TRUNCATE', waitMs = 0): boolean {
    if (waitMs !== this.#waitMs) this.database.exec(`PRAGMA busy_timeout = ${waitMs}`);
    this.#waitMs = waitMs;
    const { busy, log, checkpointed } = this.#sql(`PRAGMA wal_checkpoint(${mode})`).get() as Record<
      string,
      number
    >;
    return busy === 0 && log === checkpointed;
  }

  /** How far the WAL has grown, and how much of it is in the database. Costs as much as a small statement. */
  walFrames(): { readonly log: number; readonly checkpointed: number } {
    return this.#sql('PRAGMA wal_checkpoint(NOOP)').get() as { log: number; checkpointed: number };
  }

  #sql(text: string): StatementSync {
    let statement = this.#prepared.get(text);
    if (statement === undefined) {
      statement = this.database.prepare(text);
      this.#prepared.set(text, statement);
    }
    return statement;
  }
}
