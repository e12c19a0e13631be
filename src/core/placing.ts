// Where a cursor starts, and what the client is told about it (docs/protocol.md §10).
import { sameBytes } from '../protocol/bytes.ts';
import { type Join, Status } from '../protocol/gen/kentongan/v1/kentongan.ts';

export interface Placing {
  readonly status: Status;
  /** The seq of the first entry that will come. */
  readonly first: number;
}

/** A log as it is at this moment. */
export interface LogExtent {
  readonly logId: Uint8Array;
  readonly oldest: number;
  readonly newest: number;
}

/** @param checkHolds whether the entry at `have.seq` has the check that the client received, as far as known */
export function placeCursor(join: Pick<Join, 'have' | 'last'>, log: LogExtent, checkHolds: boolean): Placing {
  const { have, last } = join;
  const newest = Math.max(log.newest - last + 1, log.oldest);
  if (have === undefined) return { status: Status.FRESH, first: newest };
  if (!sameBytes(have.logId, log.logId) || have.seq > log.newest || !checkHolds) {
    // Who asked for all that followed gets all of what is now the log.
    return { status: Status.NEW_LOG, first: last === 0 ? log.oldest : newest };
  }
  const skips = last > 0 && log.newest - have.seq > last;
  const first = skips ? log.newest - last + 1 : have.seq + 1;
  if (first < log.oldest) return { status: Status.TRUNCATED, first: log.oldest };
  return { status: skips ? Status.SKIPPED : Status.COMPLETE, first };
}
