// Reads entries: verified segments, cut to what was asked for.
import type { DatabaseSync } from 'node:sqlite';
import { sameBytes } from '../../protocol/bytes.ts';
import type { Seq } from '../roomlog.ts';
import { type DamageKind, tellsDamage } from './damage.ts';
import type { Page } from './messages.ts';
import { type RoomRow } from './room-row.ts';
import { cutRun, type Segment, segmentOf, type SegmentRow } from './segment.ts';
import { Tables } from './tables.ts';

/** Segments from this size on are not put together with their neighbours: readers stay at their borders. */
const LARGE_BYTES = 32_768;
/** Verified segments that are kept: many readers are often at the same place. */
const CACHED_SEGMENTS = 64;

/** What is wanted of one room; all in `from`..`to` was there when it was asked for. */
export interface PageRequest {
  readonly room: number;
  readonly from: Seq;
  readonly to: Seq;
  readonly bytesMax: number;
  readonly keep: 'first' | 'last';
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly first: Seq;
  readonly last: Seq;
}

/**
 * Synchronous. Each page is one short read transaction: no other one is open in between, so the WAL can begin
 * anew. Owns: the cache.
 */
export class Reader {
  readonly #tables: Tables;
  readonly #cache = new Map<string, { readonly digest: Uint8Array; readonly segment: Segment }>();

  constructor(database: DatabaseSync) {
    this.#tables = new Tables(database);
  }

  read(request: PageRequest): Page {
    try {
      this.#tables.beginReading();
      return this.#read(request);
    } catch (error) {
      // Out of memory, of files, or of locks: that passes.
      if (!tellsDamage(error)) return { status: 'later', isAbsent: false };
      return this.#damaged(request, undefined, request.from, 'unreadable');
    } finally {
      this.#end();
    }
  }

  /** Of what can not even be ended the next read tells. */
  #end(): void {
    try {
      this.#tables.rollback();
    } catch {
      // Nothing was written.
    }
  }

  #read(request: PageRequest): Page {
    const { room, from } = request;
    const row = this.#tables.room(room);
    if (row === undefined || row.name === null) return { status: 'later', isAbsent: true };
    if (!row.isWhole) return this.#damaged(request, row, from, 'head');
    return from < row.oldest ? { status: 'later', isAbsent: false } : this.#collect(request, row);
  }

  /** Pieces of one segment after the other, until there is enough. */
  #collect(request: PageRequest, row: RoomRow): Page {
    const { from, to, bytesMax, keep } = request;
    const pieces: Piece[] = [];
    let rest = bytesMax;
    // What is still wanted: its start moves up, or its end down.
    let wanted = { from, to };
    while (wanted.from <= wanted.to) {
      const at = keep === 'first' ? wanted.from : wanted.to;
      const segment = this.#segment(row, at);
      if (segment === undefined) return this.#damaged(request, row, at, 'segment');
      const range = { from: Math.max(wanted.from, segment.first), to: Math.min(wanted.to, segment.last) };
      const piece = cutRun(segment, { ...range, bytesMax: rest, keep });
      // The first entry comes whatever its size; further ones only if they fit.
      if (pieces.length > 0 && piece.bytes.length > rest) break;
      rest -= piece.bytes.length;
      pieces[keep === 'first' ? 'push' : 'unshift'](piece);
      const isWhole = piece.first === range.from && piece.last === range.to;
      if (!isWhole || segment.bytes.length >= LARGE_BYTES) break;
      wanted = keep === 'first' ? { from: piece.last + 1, to } : { from, to: piece.first - 1 };
    }
    return { status: 'run', ...joined(pieces) };
  }

  /** The verified segment that has this entry. */
  #segment(row: RoomRow, seq: Seq): Segment | undefined {
    const found = this.#tables.segmentPlace(row.room, seq);
    if (found === undefined || found.last < seq) return undefined;
    const key = `${row.room} ${found.first}`;
    const cached = this.#cache.get(key);
    // A segment that has grown, or lost a body, has another digest.
    if (cached !== undefined && sameBytes(cached.digest, found.digest)) return cached.segment;
    const columns: SegmentRow | undefined = this.#tables.segmentAt(row.room, seq);
    const segment = columns && segmentOf(row.logId, columns);
    if (segment === undefined || segment.last < seq) return undefined;
    this.#cache.delete(key);
    this.#cache.set(key, { digest: found.digest, segment });
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= CACHED_SEGMENTS) break;
      this.#cache.delete(oldest);
    }
    return segment;
  }

  #damaged({ room }: PageRequest, row: RoomRow | undefined, at: Seq, kind: DamageKind): Page {
    return { status: 'damaged', damage: { room: row?.name ?? String(room), from: at, to: at, kind } };
  }
}

/** A copy of its own, which can be given away. */
function joined(pieces: readonly Piece[]): Piece {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.bytes.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece.bytes, at);
    at += piece.bytes.length;
  }
  return { bytes, first: pieces[0]?.first ?? 0, last: pieces.at(-1)?.last ?? 0 };
}
