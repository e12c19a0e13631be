// Which entries of a room need not be kept any more.
import type { Retention, Seq } from '../roomlog.ts';
import type { RoomRow } from './room-row.ts';
import { entriesOf, segmentOf } from './segment.ts';
import type { Tables } from './tables.ts';

/** Segments that are looked at at once; what is beyond comes with the next call. */
const SEGMENTS = 16;

/**
 * The last entry that may go, `row.oldest - 1` if none. Bytes and entries: whole segments, as long as what is
 * left is enough; age: every entry that is older. Nothing behind `floor` goes.
 */
export function truncationOf(
  tables: Tables,
  row: RoomRow,
  retention: Retention,
  floor: Seq,
  now: number,
): Seq {
  const none = row.oldest - 1;
  if (row.newest < row.oldest || floor < row.oldest) return none;
  const { bytes = Number.POSITIVE_INFINITY, entries = Number.POSITIVE_INFINITY, ageMs } = retention;
  const isOver = row.bytes > bytes || row.newest - none > entries || ageMs !== undefined;
  if (!isOver) return none;
  let last = none;
  let rest = row.bytes;
  for (const segment of tables.oldestSegments(row.room, SEGMENTS)) {
    rest -= segment.bytes;
    const isEnough = segment.last < row.newest && (rest >= bytes || row.newest - segment.last >= entries);
    const isOld = ageMs !== undefined && segment.lastTime < now - ageMs;
    if (segment.last > floor) break;
    if (!isEnough && !isOld) return Math.min(floor, olderThan(tables, row, last, now, ageMs));
    last = segment.last;
  }
  return last;
}

/** The last entry behind `last` in its segment that is too old. */
function olderThan(tables: Tables, row: RoomRow, last: Seq, now: number, ageMs: number | undefined): Seq {
  if (ageMs === undefined) return last;
  const found = tables.segmentAt(row.room, last + 1);
  const segment = found && segmentOf(row.logId, found);
  let oldest = last;
  if (segment === undefined) return last;
  for (const { stamp } of entriesOf(segment)) {
    if (stamp.time >= now - ageMs) break;
    oldest = stamp.seq;
  }
  return oldest;
}
