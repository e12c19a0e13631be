// A log on the disk as the engine leaves it, written by a second hand: plain inserts, no code of the engine's but
// its codecs. What tests change in it, they change behind the engine's back.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { encodeBody, frameOf, stampBody, systemFrame } from '../../../src/protocol/index.ts';
import { checkOf, nextChainOver } from '../../../src/roomlog/chain.ts';
import type { MemberRecord, Seq } from '../../../src/roomlog/roomlog.ts';
import { Mark } from '../../../src/roomlog/sqlite/mark.ts';
import {
  memberSum,
  ROOM_COLUMNS,
  type RoomRow,
  roomValues,
  xor,
} from '../../../src/roomlog/sqlite/room-row.ts';
import { databaseIn, openForWriting } from '../../../src/roomlog/sqlite/schema.ts';
import { type Segment, segmentDigest } from '../../../src/roomlog/sqlite/segment.ts';

const sha256 = (data: Uint8Array): Uint8Array => createHash('sha256').update(data).digest();

interface Entry {
  readonly id: Uint8Array;
  readonly digest: Uint8Array;
  readonly hash: Uint8Array;
  readonly time: number;
  readonly chain: Uint8Array;
  framed: Uint8Array;
  isErased: boolean;
}

/** A room as it should be: every entry that was ever stored, and where its segments are cut. */
export class Room {
  readonly entries: Entry[] = [];
  readonly logId: Uint8Array;
  readonly members = new Map<string, MemberRecord>();
  oldest: Seq = 1;
  /** The firsts of its segments. */
  firsts: Seq[] = [];

  readonly room: number;
  readonly name: string;

  constructor(room: number, name: string, logId: Uint8Array = randomBytes(16)) {
    this.logId = logId;
    this.room = room;
    this.name = name;
  }

  get newest(): Seq {
    return this.entries.length;
  }

  chainAt(seq: Seq): Uint8Array {
    return this.entries[seq - 1]?.chain ?? this.logId;
  }

  get row(): RoomRow & { readonly name: string } {
    let sum: Uint8Array = new Uint8Array(16);
    for (const member of this.members.values()) sum = xor(sum, memberSum(this.logId, member));
    return {
      room: this.room,
      name: this.name,
      logId: this.logId,
      pair: null,
      newest: this.newest,
      newestTime: this.entries.at(-1)?.time ?? 0,
      oldest: this.oldest,
      bytes: this.entries.slice(this.oldest - 1).reduce((bytes, { framed }) => bytes + framed.length, 0),
      chain: this.chainAt(this.newest),
      base: this.chainAt(this.oldest - 1),
      members: sum,
    };
  }
}

export class LogFile {
  readonly directory = mkdtempSync(join(tmpdir(), 'kentongan-log-'));
  readonly serverId = randomBytes(16);
  database: DatabaseSync;
  readonly rooms: Room[] = [];

  constructor() {
    this.database = this.open();
  }

  get file(): string {
    return databaseIn(this.directory);
  }

  add(name: string): Room {
    const room = new Room(this.rooms.length + 1, name);
    this.rooms.push(room);
    this.#head(room);
    return room;
  }

  /** One commit. `later`: by how much each entry is later than the one before it. */
  append(room: Room, texts: readonly string[], later = 1): void {
    const first = room.newest + 1;
    for (const text of texts) {
      const id = randomBytes(16);
      const body = encodeBody(
        frameOf({ $case: 'chat', value: { content: { $case: 'text', value: text }, replyTo: 0 } } as never, {
          room: room.name,
          id,
        }),
      );
      const seq = room.newest + 1;
      const time = (room.entries.at(-1)?.time ?? 1_700_000_000_000) + later;
      const hash = sha256(body);
      const chain = nextChainOver(sha256, room.chainAt(room.newest), { seq, time, hash });
      const framed = stampBody(body, { seq, time, check: checkOf(chain) });
      room.entries.push({ id, digest: sha256(id), hash, time, chain, framed, isErased: false });
      this.run('INSERT INTO entry_id VALUES (?, ?, ?)', room.room, id, seq);
    }
    room.firsts.push(first);
    this.#segment(room, first);
    this.#head(room);
  }

  join(room: Room, user: Uint8Array): void {
    const member = { user, author: randomBytes(20) };
    room.members.set(user.toString(), member);
    this.run('INSERT OR REPLACE INTO member VALUES (?, ?, ?)', room.room, user, member.author);
    this.#head(room);
  }

  /** Makes one segment of those from the `from`-th to the `to`-th. */
  merge(room: Room, from: number, to: number): void {
    const gone = room.firsts.slice(from, to + 1);
    for (const first of gone) this.#delete(room, first);
    room.firsts.splice(from + 1, gone.length - 1);
    this.#segment(room, gone[0] as Seq);
  }

  /** Drops the oldest `count` segments. */
  truncate(room: Room, count: number): void {
    for (const first of room.firsts.splice(0, count)) this.#delete(room, first);
    const oldest = room.firsts[0] ?? room.newest + 1;
    for (const { id } of room.entries.slice(room.oldest - 1, oldest - 1)) {
      this.run('DELETE FROM entry_id WHERE room = ? AND id = ?', room.room, id);
    }
    this.run('DELETE FROM erased WHERE room = ? AND seq < ?', room.room, oldest);
    room.oldest = oldest;
    this.#head(room);
  }

  erase(room: Room, seq: Seq): void {
    const entry = room.entries[seq - 1] as Entry;
    if (entry.isErased) return;
    const body = encodeBody(systemFrame({ $case: 'removed', value: {} }, { room: room.name, id: entry.id }));
    entry.framed = stampBody(body, { seq, time: entry.time, check: checkOf(entry.chain) });
    entry.isErased = true;
    this.run('INSERT INTO erased VALUES (?, ?, ?)', room.room, seq, entry.hash);
    const first = room.firsts.findLast((one) => one <= seq) as Seq;
    this.#delete(room, first);
    this.#segment(room, first);
    this.#head(room);
  }

  /** Writes a segment that is as the room says, and the head likewise. */
  rewrite(room: Room, first: Seq, change: (segment: Segment) => Segment = (segment) => segment): void {
    this.#delete(room, first);
    this.#segment(room, first, change);
    this.#head(room);
  }

  /** The head with some values changed, its digest right. */
  head(room: Room, change: Partial<RoomRow>): void {
    this.#head(room, change);
  }

  run(sql: string, ...values: Array<number | string | Uint8Array | null>): void {
    this.database.prepare(sql).run(...values);
  }

  /** A mark that knows all of it. */
  mark(checkpointed: (room: Room) => Seq = (room) => room.newest): Mark {
    const mark = Mark.open(this.directory, this.serverId);
    for (const room of this.rooms) {
      const { room: number, name, logId, newest } = room;
      if (newest === 0) continue;
      mark.write({
        room: number,
        name,
        logId,
        newest,
        chain: room.chainAt(newest),
        checkpointed: checkpointed(room),
      });
    }
    return mark;
  }

  /** Everything goes into the one file. */
  close(): void {
    this.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.database.close();
  }

  open(): DatabaseSync {
    this.database = openForWriting(this.file);
    // No test pulls the plug here.
    this.database.exec('PRAGMA synchronous = OFF');
    return this.database;
  }

  remove(): void {
    if (this.database.isOpen) this.database.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #head(room: Room, change: Partial<RoomRow> = {}): void {
    const values = roomValues({ ...room.row, ...change });
    const places = values.map(() => '?').join(', ');
    this.run(`INSERT OR REPLACE INTO room (${ROOM_COLUMNS}) VALUES (${places})`, ...values);
  }

  #segment(room: Room, first: Seq, change: (segment: Segment) => Segment = (segment) => segment): void {
    const next = room.firsts.find((one) => one > first) ?? room.newest + 1;
    const entries = room.entries.slice(first - 1, next - 1);
    const segment = change({
      first,
      last: next - 1,
      lastTime: entries.at(-1)?.time ?? 0,
      chain: room.chainAt(next - 1),
      keys: Buffer.concat(entries.flatMap(({ id, digest }) => [id, digest])),
      bytes: Buffer.concat(entries.map(({ framed }) => framed)),
    });
    this.run(
      'INSERT INTO segment (room, first, last, last_time, chain, digest, keys, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      room.room,
      segment.first,
      segment.last,
      segment.lastTime,
      segment.chain,
      segmentDigest(room.logId, segment),
      segment.keys,
      segment.bytes,
    );
  }

  #delete(room: Room, first: Seq): void {
    this.run('DELETE FROM segment WHERE room = ? AND first = ?', room.room, first);
  }
}
