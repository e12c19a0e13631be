// Reads a room's log piece by piece, while a server may be writing it.
import type { Seq } from '../roomlog/roomlog.ts';
import { type Segment, segmentOf } from '../roomlog/sqlite/segment.ts';
import type { Tables } from '../roomlog/sqlite/tables.ts';
import type { LogRoom } from './rooms.ts';

export type Page =
  /** Holds the entry that was asked for, and others. */
  | { readonly status: 'segment'; readonly segment: Segment }
  /** Retention has taken the entries before `next`. */
  | { readonly status: 'gap'; readonly next: Seq }
  /** The entries up to `to` can not be read. */
  | { readonly status: 'damaged'; readonly to: Seq }
  /** There is nothing at `seq` or behind it. */
  | { readonly status: 'end' };

/**
 * What there is at `seq`. One short read transaction: a writer is never kept from giving its space back, and may
 * merge, erase and drop what lies between two calls.
 */
export function pageAt(tables: Tables, room: LogRoom, seq: Seq): Page {
  tables.database.exec('BEGIN');
  try {
    return read(tables, room, seq);
  } finally {
    tables.database.exec('COMMIT');
  }
}

function read(tables: Tables, { room, logId }: LogRoom, seq: Seq): Page {
  const head = tables.room(room);
  if (head === undefined || head.name === null || seq > head.newest) return { status: 'end' };
  if (seq < head.oldest) return { status: 'gap', next: head.oldest };
  const row = tables.segmentAt(room, seq);
  if (row === undefined || row.last < seq) {
    const [next] = tables.segmentsFrom(room, seq, 1);
    return { status: 'damaged', to: next === undefined ? head.newest : next.first - 1 };
  }
  const segment = segmentOf(logId, row);
  return segment === undefined ? { status: 'damaged', to: row.last } : { status: 'segment', segment };
}

/** The first entry of the segment in which the first entry lies that was stored at `time` or later. */
export function seqAround(tables: Tables, { room, newest }: LogRoom, time: number): Seq {
  const found = tables.database
    .prepare('SELECT first FROM segment WHERE room = ? AND last_time >= ? ORDER BY first LIMIT 1')
    .get(room, time);
  return Number(found?.['first'] ?? newest + 1);
}
