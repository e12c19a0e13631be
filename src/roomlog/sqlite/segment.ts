// A segment: a run of stamped entries as the database keeps it, with what proves it.
import { payloadsOf, type Stamp, unstamp } from '../../protocol/frame.ts';
import { sameBytes } from '../../protocol/bytes.ts';
import { PREFIX_BYTES } from '../../protocol/limits.ts';
import type { Seq } from '../roomlog.ts';
import { Gathered } from './digest.ts';

/** Segments are merged up to this size of their entries; a single entry may be larger. */
export const SEGMENT_BYTES_MAX = 65_536;

const ID_BYTES = 16;
/** One entry's part of `keys`: its id and its digest (`Proposal`). */
export const KEY_BYTES = ID_BYTES + 32;

export interface Segment {
  readonly first: Seq;
  readonly last: Seq;
  /** When the last entry was stored, milliseconds since 1970. */
  readonly lastTime: number;
  /** The chain behind the last entry, 16 bytes. */
  readonly chain: Uint8Array;
  /** `KEY_BYTES` for each entry. */
  readonly keys: Uint8Array;
  /** Stamped, prefixed entries, one behind the other. */
  readonly bytes: Uint8Array;
}

/** SHA-256(log_id ‖ be64 first ‖ be64 last ‖ be64 last_time ‖ chain ‖ keys ‖ bytes), first 16 bytes. */
export function segmentDigest(logId: Uint8Array, segment: Segment): Uint8Array {
  const { first, last, lastTime, chain, keys, bytes } = segment;
  const all = new Gathered(logId.length + 24 + chain.length + keys.length + bytes.length);
  all.bytes(logId);
  for (const number of [first, last, lastTime]) all.number(number);
  for (const part of [chain, keys, bytes]) all.bytes(part);
  return all.digest();
}

/** A segment as its row is read. */
export interface SegmentRow extends Record<string, unknown> {
  readonly first: number;
  readonly last: number;
  readonly last_time: number;
  readonly chain: Uint8Array;
  readonly digest: Uint8Array;
  readonly keys: Uint8Array;
  readonly bytes: Uint8Array;
}

/** The segment of a row; undefined when its digest says that it is not what was written. */
export function segmentOf(logId: Uint8Array, row: SegmentRow): Segment | undefined {
  const { first, last, last_time: lastTime, chain, keys, bytes } = row;
  const segment = { first, last, lastTime, chain, keys, bytes };
  return sameBytes(segmentDigest(logId, segment), row.digest) ? segment : undefined;
}

export interface EntryKey {
  readonly id: Uint8Array;
  readonly digest: Uint8Array;
}

/** One stored entry, taken apart. Its arrays are views. */
export interface StoredEntry {
  readonly key: EntryKey;
  readonly body: Uint8Array;
  readonly stamp: Stamp;
  /** Prefix, body, stamp. */
  readonly framed: Uint8Array;
}

/** The key of one entry of a segment. */
export function keyOf(segment: Segment, seq: Seq): EntryKey {
  const at = (seq - segment.first) * KEY_BYTES;
  const key = segment.keys.subarray(at, at + KEY_BYTES);
  return { id: key.subarray(0, ID_BYTES), digest: key.subarray(ID_BYTES) };
}

/**
 * The entries of a segment whose digest is right, in order.
 * @throws Fault BAD_FRAME when its bytes are no entries all the same
 */
export function* entriesOf(segment: Segment): Generator<StoredEntry> {
  let seq = segment.first;
  for (const payload of payloadsOf(segment.bytes)) {
    const framed = segment.bytes.subarray(
      payload.byteOffset - segment.bytes.byteOffset - PREFIX_BYTES,
      payload.byteOffset - segment.bytes.byteOffset + payload.length,
    );
    yield { key: keyOf(segment, seq), ...unstamp(payload), framed };
    seq++;
  }
}

/** The stamped bytes of the entries from `from` to `to` that fit; at least one entry. Both lie in the segment. */
export function cutRun(
  segment: Segment,
  range: { readonly from: Seq; readonly to: Seq; readonly bytesMax: number; readonly keep: 'first' | 'last' },
): { readonly bytes: Uint8Array; readonly first: Seq; readonly last: Seq } {
  const { bytes } = segment;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const starts: number[] = [];
  let at = 0;
  for (let seq = segment.first; seq <= range.to; seq++) {
    if (seq >= range.from) starts.push(at);
    at += PREFIX_BYTES + view.getUint32(at);
  }
  let [low, high] = [0, starts.length];
  const startAt = (index: number): number => starts[index] ?? at;
  if (range.keep === 'first') while (high - low > 1 && startAt(high) - startAt(low) > range.bytesMax) high--;
  else while (high - low > 1 && startAt(high) - startAt(low) > range.bytesMax) low++;
  return {
    bytes: bytes.subarray(startAt(low), startAt(high)),
    first: range.from + low,
    last: range.from + high - 1,
  };
}
