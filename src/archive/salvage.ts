// Reads all that is left of a room, whatever has happened to it. What can not be proven is not given out.
import type { DatabaseSync } from 'node:sqlite';
import { payloadsOf, unstamp } from '../protocol/frame.ts';
import { ENTRY_ID_BYTES } from '../protocol/limits.ts';
import { readEntry } from '../followers/chat-line.ts';
import { checkOf, nextChainOver } from '../roomlog/chain.ts';
import type { Seq } from '../roomlog/roomlog.ts';
import { tellsDamage } from '../roomlog/sqlite/damage.ts';
import { sha256 } from '../roomlog/sqlite/digest.ts';
import { entriesOf, keyOf, type Segment, segmentOf, type SegmentRow } from '../roomlog/sqlite/segment.ts';
import type { Tables } from '../roomlog/sqlite/tables.ts';
import type { NewEntry } from './rewrite.ts';

/** What the head of a room says, or what could be guessed of it. */
export interface RoomExtent {
  readonly room: number;
  readonly logId: Uint8Array;
  readonly oldest: Seq;
  /** What is known to have been stored; more of it may turn up. */
  readonly newest: Seq;
  /** The chain before `oldest`, if it is known. */
  readonly base: Uint8Array | undefined;
}

export type Piece =
  | { readonly what: 'entries'; readonly first: Seq; readonly entries: readonly NewEntry[] }
  /** Both ends are meant. `time` is when the next entry before or, failing that, behind them was stored. */
  | { readonly what: 'lost'; readonly from: Seq; readonly to: Seq; readonly time: number };

/** Everything from `oldest` to the newest, in order and without a hole: entries, or that they are lost. */
export function* piecesOf(tables: Tables, extent: RoomExtent): Generator<Piece> {
  const { room, logId, newest, oldest } = extent;
  let seq = oldest;
  let chain = extent.base;
  let time = 0;
  for (const rowid of rowidsOf(tables.database, room)) {
    const row = unless(() => rowOf(tables.database, rowid));
    if (row === undefined) continue;
    const segment = unless(() => segmentOf(logId, row));
    const found =
      segment === undefined
        ? unless(() => provenOf(tables, room, row, { seq, chain }))
        : unless(() => wholeOf(tables, room, segment, seq));
    if (found === undefined || found.entries.length === 0) continue;
    if (found.first > seq) {
      yield { what: 'lost', from: seq, to: found.first - 1, time: time || (found.entries[0]?.time ?? 0) };
    }
    yield { what: 'entries', ...found };
    seq = found.first + found.entries.length;
    chain = segment?.chain ?? found.chain;
    time = found.entries.at(-1)?.time ?? time;
  }
  if (seq <= newest) yield { what: 'lost', from: seq, to: newest, time };
}

/** Of `Proposal.digest`. */
const DIGEST_BYTES = 32;

interface Found {
  readonly first: Seq;
  readonly entries: readonly NewEntry[];
  /** The chain behind them. */
  readonly chain: Uint8Array;
}

/** The entries of a segment that is what was written, from `from` on. */
function wholeOf(tables: Tables, room: number, segment: Segment, from: Seq): Found {
  const erased = erasedOf(tables, room, segment.first, segment.last);
  const entries: NewEntry[] = [];
  for (const { key, body, stamp } of entriesOf(segment)) {
    if (stamp.seq < from) continue;
    entries.push({ ...key, body, time: stamp.time, hash: erased.get(stamp.seq) ?? sha256(body) });
  }
  return { first: Math.max(segment.first, from), entries, chain: segment.chain };
}

/**
 * Of a segment that is not what was written, the entries that the chain still proves, from its first one on to the
 * first that is damaged.
 */
function provenOf(
  tables: Tables,
  room: number,
  { first, keys, bytes }: SegmentRow,
  behind: { readonly seq: Seq; readonly chain: Uint8Array | undefined },
): Found | undefined {
  if (first !== behind.seq || behind.chain === undefined) return undefined;
  let { seq, chain } = { seq: first, chain: behind.chain };
  const segment = { first, last: first, lastTime: 0, chain, keys, bytes };
  const entries: NewEntry[] = [];
  const erased = erasedOf(tables, room, first, Number.MAX_SAFE_INTEGER);
  try {
    for (const payload of payloadsOf(bytes)) {
      const { body, stamp } = unstamp(payload);
      const hash = erased.get(seq) ?? sha256(body);
      const next = nextChainOver(sha256, chain, { seq, time: stamp.time, hash });
      if (stamp.seq !== seq || stamp.check !== checkOf(next)) break;
      // The id in the body is proven, the one in the keys is not.
      const { id } = readEntry(payload);
      const { digest } = keyOf(segment, seq);
      if (id.length !== ENTRY_ID_BYTES || digest.length !== DIGEST_BYTES) break;
      entries.push({ id, digest, body, time: stamp.time, hash });
      chain = next;
      seq++;
    }
  } catch {
    // What is here is no entry any more; those before it are proven.
  }
  return { first, entries, chain };
}

/** An erased entry whose hash is gone counts as one that was always so. */
function erasedOf(tables: Tables, room: number, from: Seq, to: Seq): ReadonlyMap<Seq, Uint8Array> {
  return unless(() => tables.erased(room, from, to)) ?? new Map<Seq, Uint8Array>();
}

/** Where the segments of a room lie, in their order: by the index and, where it is damaged, by the table. */
export function rowidsOf(database: DatabaseSync, room: number): number[] {
  const found = new Map<number, Seq>();
  for (const source of ['INDEXED BY segment_place', 'NOT INDEXED']) {
    const rows = database.prepare(`SELECT rowid, first FROM segment ${source} WHERE room = ?`).iterate(room);
    unless(() => {
      for (const row of rows) found.set(Number(row['rowid']), Number(row['first']));
    });
  }
  return [...found].toSorted(([, a], [, b]) => a - b).map(([rowid]) => rowid);
}

/** From the table itself. */
export function rowOf(database: DatabaseSync, rowid: number): SegmentRow | undefined {
  return database.prepare('SELECT * FROM segment NOT INDEXED WHERE rowid = ?').get(rowid) as
    | SegmentRow
    | undefined;
}

/** Undefined where the database is damaged, or what it has makes no sense. Errors of the disk itself come out. */
export function unless<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as { errcode?: number }).errcode !== undefined && !tellsDamage(error)) throw error;
    return undefined;
  }
}
