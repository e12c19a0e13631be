// What is looked at before a log is used: every head, every member table, the mark, and the entries since the last checkpoint.
import type { DatabaseSync } from 'node:sqlite';
import type { MemberRecord, RoomName } from '../roomlog.ts';
import type { Damage } from './damage.ts';
import type { Mark } from './mark.ts';
import type { RoomRow } from './room-row.ts';

export interface RoomAtStart {
  /** Its name is never null. Of a damaged room it tells what is known; the rest may be wrong. */
  readonly row: RoomRow & { readonly name: RoomName };
  readonly members: readonly MemberRecord[];
  readonly damage?: Damage;
}

export interface LogAtStart {
  readonly rooms: readonly RoomAtStart[];
  /** Rooms (by number) that were removed and are not wholly deleted. Their slots are cleared. */
  readonly removed: readonly number[];
  /** Rooms whose slot in the mark was unreadable; they were verified wholly. */
  readonly unreadableMarks: readonly RoomName[];
  /** The mark's file was missing, or its header unreadable, although the database has rooms. */
  readonly isMarkMissing: boolean;
}

/** @throws LogError `lost`, `unreadable`; never because of a single room */
export function checkAtStart(_database: DatabaseSync, _mark: Mark): LogAtStart {
  throw new Error('not written yet');
}
