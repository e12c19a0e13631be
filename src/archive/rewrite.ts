// Writes a room anew under a log_id of its own: seqs, times, bodies, ids stay; chain, checks and stamps are new.
import { randomBytes } from 'node:crypto';
import { LOG_ID_BYTES } from '../protocol/limits.ts';
import type { MemberRecord, RoomName, Seq } from '../roomlog/roomlog.ts';
import { sha256 } from '../roomlog/sqlite/digest.ts';
import { RoomDraft } from '../roomlog/sqlite/room-draft.ts';
import { memberSum, type RoomRow, xor } from '../roomlog/sqlite/room-row.ts';
import { sameBytes } from '../protocol/bytes.ts';
import type { Tables } from '../roomlog/sqlite/tables.ts';

export interface NewRoom {
  /** Its number in the new database. */
  readonly room: number;
  readonly name: RoomName;
  readonly pair: Uint8Array | null;
  /** The first entry that will come. */
  readonly oldest: Seq;
  /** When the one before it was stored, 0 = nobody knows. */
  readonly time: number;
}

export interface NewEntry {
  readonly id: Uint8Array;
  readonly digest: Uint8Array;
  readonly body: Uint8Array;
  readonly time: number;
  /** SHA-256 of the body, or, where it was erased, of the one that was there. */
  readonly hash: Uint8Array;
}

const FLUSH_BYTES = 1_048_576;
const COMMIT_BYTES = 16_777_216;

/** Owns: the transaction. Nothing else writes to the database until `finish`. */
export class RoomRewriter {
  readonly #tables: Tables;
  readonly #draft: RoomDraft;
  #unflushed = 0;
  #uncommitted = 0;

  constructor(tables: Tables, { room, name, pair, oldest, time }: NewRoom) {
    this.#tables = tables;
    const logId = randomBytes(LOG_ID_BYTES);
    const row: RoomRow = {
      room,
      name,
      logId,
      pair,
      newest: oldest - 1,
      newestTime: time,
      oldest,
      bytes: 0,
      chain: logId,
      // What the chain was before entries that are gone can not be known anew: it begins here.
      base: logId,
      members: new Uint8Array(memberSum(logId, { user: logId, author: logId }).length),
    };
    tables.begin();
    this.#draft = new RoomDraft(tables, { row, tail: { first: oldest, bytes: 0 } });
  }

  get newest(): Seq {
    return this.#draft.state.row.newest;
  }

  get newestTime(): number {
    return this.#draft.state.row.newestTime;
  }

  add(entry: NewEntry): void {
    const { framed, stamp } = this.#draft.add(entry);
    if (!sameBytes(entry.hash, sha256(entry.body))) {
      this.#tables.putErased(this.#draft.state.row.room, stamp.seq, entry.hash);
    }
    this.#unflushed += framed.length;
    if (this.#unflushed >= FLUSH_BYTES) this.#flush();
    if (this.#uncommitted >= COMMIT_BYTES) this.#commit();
  }

  /** Writes the end of it. */
  finish(members: readonly MemberRecord[]): RoomRow {
    this.#flush();
    let { row } = this.#draft.state;
    for (const member of members) {
      this.#tables.putMember(row.room, member);
      row = { ...row, members: xor(row.members, memberSum(row.logId, member)) };
    }
    this.#tables.putRoom(row);
    this.#tables.commit();
    this.#tables.checkpoint('TRUNCATE');
    return row;
  }

  #flush(): void {
    this.#draft.flush();
    this.#uncommitted += this.#unflushed;
    this.#unflushed = 0;
  }

  #commit(): void {
    this.#tables.commit();
    this.#tables.checkpoint('TRUNCATE');
    this.#tables.begin();
    this.#uncommitted = 0;
  }
}
