// The head of a room as the database keeps it: one row, with a digest over all of it.
import { sameBytes } from '../../protocol/bytes.ts';
import type { MemberRecord, RoomName, Seq } from '../roomlog.ts';
import { digestOf } from './digest.ts';

/** A room's head. */
export interface RoomRow {
  /** Its number in the database, from 1. */
  readonly room: number;
  /** Null: the room was removed; its entries are being deleted. */
  readonly name: RoomName | null;
  readonly logId: Uint8Array;
  /** Private rooms: both users' hashes, one behind the other. */
  readonly pair: Uint8Array | null;
  readonly newest: Seq;
  readonly newestTime: number;
  readonly oldest: Seq;
  /** Of all entries kept, stamped and prefixed. */
  readonly bytes: number;
  /** The chain behind `newest`. */
  readonly chain: Uint8Array;
  /** The chain before `oldest`. */
  readonly base: Uint8Array;
  /** The sum of the room's rows in `member`: `memberSum`, all of them by exclusive or. */
  readonly members: Uint8Array;
}

/** The columns, in the order of `roomValues`. */
export const ROOM_COLUMNS =
  'room, name, log_id, pair, newest, newest_time, oldest, bytes, chain, base, members, digest';

/** What is bound to the columns; the last one is the digest. */
export function roomValues(row: RoomRow): Array<number | string | Uint8Array | null> {
  const values = [
    row.room,
    row.name,
    row.logId,
    row.pair,
    row.newest,
    row.newestTime,
    row.oldest,
    row.bytes,
    row.chain,
    row.base,
    row.members,
  ];
  return [...values, digestOf(values)];
}

/** The head that a row of the table tells, and whether its digest is right. */
export function readRoomRow(
  columns: Readonly<Record<string, unknown>>,
): RoomRow & { readonly isWhole: boolean } {
  const row = {
    room: columns['room'],
    name: columns['name'],
    logId: columns['log_id'],
    pair: columns['pair'],
    newest: columns['newest'],
    newestTime: columns['newest_time'],
    oldest: columns['oldest'],
    bytes: columns['bytes'],
    chain: columns['chain'],
    base: columns['base'],
    members: columns['members'],
  } as unknown as RoomRow;
  const digest = roomValues(row).at(-1) as Uint8Array;
  return { ...row, isWhole: sameBytes(digest, columns['digest'] as Uint8Array) };
}

/** One member's part of the sum. */
export function memberSum(logId: Uint8Array, { user, author }: MemberRecord): Uint8Array {
  return digestOf([logId, user, author]);
}

/** A sum with one member more, or one less: the same operation. */
export function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, at) => byte ^ (b[at] ?? 0));
}
