// What can be wrong with a room, and which errors say so.
import type { RoomName, Seq } from '../roomlog.ts';

/**
 * - `head`: the room's head is not what was written, or does not fit its entries
 * - `members`: the member table is not what was written
 * - `lost`: entries that were told as stored are gone, or others are in their place
 * - `missing`: a hole between two segments, or a segment where none belongs
 * - `segment`: a segment is not what was written
 * - `chain`: entries do not fit those before them
 * - `ids`: the index of ids does not fit the entries
 * - `erased`: what is kept of erased entries does not fit the entries
 * - `unreadable`: the database itself is damaged there, or the disk refuses to read it
 */
export type DamageKind =
  | 'head'
  | 'members'
  | 'lost'
  | 'missing'
  | 'segment'
  | 'chain'
  | 'ids'
  | 'erased'
  | 'unreadable';

/** Something found in one room. */
export interface Damage {
  readonly room: RoomName;
  /** The entries concerned; both 0 = none in particular. */
  readonly from: Seq;
  readonly to: Seq;
  readonly kind: DamageKind;
}

const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;
/** Of the errors of the disk those that concern what lies there: READ, SHORT_READ, DATA, CORRUPTFS. */
const UNREADABLE = [1, 2, 32, 33].map((extended) => SQLITE_IOERR | (extended << 8));

/** Whether an error of a query says that what is stored is damaged, and not that something else went wrong. */
export function tellsDamage(error: unknown): boolean {
  const { code, errcode = 0 } = error as { code?: string; errcode?: number };
  const primary = errcode & 0xff;
  return (
    primary === SQLITE_CORRUPT ||
    primary === SQLITE_NOTADB ||
    UNREADABLE.includes(errcode) ||
    // A number that was never written: no JavaScript number is so large.
    code === 'ERR_OUT_OF_RANGE'
  );
}
