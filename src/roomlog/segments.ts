// Owns stamped entries lying one behind the other in shared memory.
import type { Run, Seq } from './roomlog.ts';

const SEGMENT_BYTES_MIN = 1_024;
const SEGMENT_BYTES_MAX = 65_536;

interface Segment {
  readonly bytes: Uint8Array;
  readonly first: Seq;
  /** Where each entry ends. */
  readonly ends: number[];
}

/**
 * A dense run of entries in append-only pieces of memory. Readers at the same position get views of the same
 * bytes; a piece is never written twice, so views stay valid for as long as somebody holds them.
 *
 * Invariant: entries are dense from `oldest` to `newest`.
 */
export class Segments {
  readonly #segments: Segment[] = [];
  #bytes = 0;
  #memory = 0;
  #newest: Seq;

  /** @param newest the entry before the first one that will be appended */
  constructor(newest: Seq) {
    this.#newest = newest;
  }

  get newest(): Seq {
    return this.#newest;
  }

  /** The oldest entry held; newest + 1 when empty. */
  get oldest(): Seq {
    return this.#segments[0]?.first ?? this.#newest + 1;
  }

  /** Bytes of the entries held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of the pieces of memory in which they lie. */
  get memory(): number {
    return this.#memory;
  }

  /** Copies the entry's bytes in and returns the copy. */
  append(framed: Uint8Array): Uint8Array {
    let segment = this.#segments.at(-1);
    let start = segment === undefined ? 0 : bytesOf(segment);
    if (segment === undefined || segment.bytes.length - start < framed.length) {
      const size = Math.min(SEGMENT_BYTES_MAX, Math.max(SEGMENT_BYTES_MIN, 2 * (segment?.bytes.length ?? 0)));
      segment = { bytes: new Uint8Array(Math.max(size, framed.length)), first: this.#newest + 1, ends: [] };
      this.#segments.push(segment);
      this.#memory += segment.bytes.length;
      start = 0;
    }
    segment.bytes.set(framed, start);
    segment.ends.push(start + framed.length);
    this.#newest++;
    this.#bytes += framed.length;
    return segment.bytes.subarray(start, start + framed.length);
  }

  /**
   * Entries from `from` to `to` at most, within one segment and within `bytesMax`, cut at the end or, with
   * `keep: 'last'`, at the start. Undefined when not even one entry fits or `from`..`to` is not held.
   */
  run(from: Seq, to: Seq, bytesMax: number, keep: 'first' | 'last' = 'first'): Run | undefined {
    if (from < this.oldest || to > this.#newest || from > to) return undefined;
    const segment = this.#segments[this.#indexOf(keep === 'first' ? from : to)];
    if (segment === undefined) return undefined;
    let first = Math.max(from, segment.first);
    let last = Math.min(to, lastOf(segment));
    if (keep === 'first') {
      const limit = startOf(segment, first) + bytesMax;
      last = Math.min(last, segment.first + countWithin(segment.ends, limit) - 1);
    } else {
      const limit = endOf(segment, last) - bytesMax;
      // The first entry that starts at `limit` or later: one behind the last that ends before it.
      if (limit > 0) first = Math.max(first, segment.first + countWithin(segment.ends, limit - 1) + 1);
    }
    if (first > last) return undefined;
    return { bytes: segment.bytes.subarray(startOf(segment, first), endOf(segment, last)), first, last };
  }

  /** Drops whole segments from the start while `mayDrop` agrees; the newest segment stays. */
  dropOldest(mayDrop: (last: Seq, bytes: number) => boolean): void {
    while (this.#segments.length > 1) {
      const head = this.#segments[0] as Segment;
      if (!mayDrop(lastOf(head), bytesOf(head))) return;
      this.#shift(head);
    }
  }

  /** Drops exactly the entries before `seq`, which may be all that there are. */
  dropBefore(seq: Seq): void {
    for (let head = this.#segments[0]; head !== undefined && head.first < seq; head = this.#segments[0]) {
      this.#shift(head);
      if (lastOf(head) < seq) continue;
      const rest = packed(entriesOf(head).slice(seq - head.first), seq);
      this.#segments.unshift(rest);
      this.#bytes += bytesOf(rest);
      this.#memory += rest.bytes.length;
    }
  }

  /** The bytes of one entry; undefined when it is not held. */
  at(seq: Seq): Uint8Array | undefined {
    return this.run(seq, seq, Number.MAX_SAFE_INTEGER)?.bytes;
  }

  /** Puts other bytes in the place of an entry that is held. Views of the old ones stay what they are. */
  replace(seq: Seq, framed: Uint8Array): void {
    const index = this.#indexOf(seq);
    const old = this.#segments[index] as Segment;
    const segment = packed(entriesOf(old).with(seq - old.first, framed), old.first);
    this.#segments[index] = segment;
    this.#bytes += bytesOf(segment) - bytesOf(old);
    this.#memory += segment.bytes.length - old.bytes.length;
  }

  #shift(head: Segment): void {
    this.#segments.shift();
    this.#bytes -= bytesOf(head);
    this.#memory -= head.bytes.length;
  }

  #indexOf(seq: Seq): number {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#segments[middle] as Segment).first <= seq) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** A segment with these entries in memory of its own; no other fits in behind them. */
function packed(entries: readonly Uint8Array[], first: Seq): Segment {
  const bytes = new Uint8Array(entries.reduce((sum, { length }) => sum + length, 0));
  const ends: number[] = [];
  let end = 0;
  for (const entry of entries) {
    bytes.set(entry, end);
    end += entry.length;
    ends.push(end);
  }
  return { bytes, first, ends };
}

function entriesOf(segment: Segment): Uint8Array[] {
  return segment.ends.map((end, i) => segment.bytes.subarray(segment.ends[i - 1] ?? 0, end));
}

function lastOf(segment: Segment): Seq {
  return segment.first + segment.ends.length - 1;
}

/** Bytes of its entries; its memory may be larger. */
function bytesOf(segment: Segment): number {
  return segment.ends.at(-1) ?? 0;
}

function startOf(segment: Segment, seq: Seq): number {
  return seq === segment.first ? 0 : (segment.ends[seq - segment.first - 1] as number);
}

function endOf(segment: Segment, seq: Seq): number {
  return segment.ends[seq - segment.first] as number;
}

/** How many of the ascending numbers are at most `limit`. */
function countWithin(ends: readonly number[], limit: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ends[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
