// Checking the entries of one segment against those before them, the index of ids, and what was erased.
import { sameBytes } from '../../protocol/bytes.ts';
import { decodeFrame } from '../../protocol/frame.ts';
import { PREFIX_BYTES } from '../../protocol/limits.ts';
import { checkOf, nextChainOver } from '../chain.ts';
import type { Seq } from '../roomlog.ts';
import type { DamageKind } from './damage.ts';
import { sha256 } from './digest.ts';
import { pure, type RoomQueries } from './room-queries.ts';
import { entriesOf, KEY_BYTES, type Segment, type StoredEntry } from './segment.ts';

/** What is known behind an entry. */
export interface Behind {
  readonly seq: Seq;
  /** Undefined: not known, because what stands there is damaged. */
  readonly chain: Uint8Array | undefined;
  /** When it was stored; 0 = not known. */
  readonly time: number;
}

/** What is wrong, and with which entries. */
export interface Finding {
  readonly kind: DamageKind;
  readonly from: Seq;
  readonly to: Seq;
}

/**
 * Checks every entry of a segment whose digest is right.
 * @param before what is known behind the entry before the segment's first
 * @param witness says of a chain that was computed whether it contradicts what is known from elsewhere
 */
export function checkSegment(
  queries: RoomQueries,
  room: number,
  segment: Segment,
  before: Behind,
  witness: (at: Behind) => Finding | undefined,
): Finding | Behind {
  const entries = pure(() => [...entriesOf(segment)]);
  if (entries === undefined || !fits(segment, entries)) return finding('segment', segment.first, segment);
  const erased = queries.erased(room, segment.first, segment.last);
  let at = before;
  for (const entry of entries) {
    const seq = at.seq + 1;
    const next = follow(at, entry, erased.get(seq));
    if (next === 'erased') return finding('erased', seq, { last: seq });
    if (next === 'chain') return finding('chain', seq, segment);
    const contradiction = witness(next);
    if (contradiction !== undefined) return contradiction;
    if (queries.seqOfId(room, entry.key.id) !== seq) return finding('ids', seq, { last: seq });
    at = next;
  }
  const { chain, lastTime } = segment;
  if (at.time !== lastTime || (at.chain !== undefined && !sameBytes(at.chain, chain))) {
    return finding('chain', segment.first, segment);
  }
  return { ...at, chain };
}

function finding(kind: DamageKind, from: Seq, { last: to }: { readonly last: Seq }): Finding {
  return { kind, from, to };
}

/** As many entries and keys as there are numbers, each as long as it says. */
function fits(segment: Segment, entries: readonly StoredEntry[]): boolean {
  const count = segment.last - segment.first + 1;
  return (
    entries.length === count &&
    segment.keys.length === count * KEY_BYTES &&
    entries.every(
      ({ stamp, framed }, index) =>
        stamp.seq === segment.first + index && lengthToldBy(framed) === framed.length,
    )
  );
}

function lengthToldBy(framed: Uint8Array): number {
  return PREFIX_BYTES + new DataView(framed.buffer, framed.byteOffset).getUint32(0);
}

/** What is known behind an entry that follows `before`. */
function follow(
  before: Behind,
  { body, stamp }: StoredEntry,
  erased: Uint8Array | undefined,
): Behind | 'chain' | 'erased' {
  const { seq, time, check } = stamp;
  if (time < before.time) return 'chain';
  if (erased !== undefined && !isRemoved(body)) return 'erased';
  if (before.chain === undefined) return { seq, time, chain: undefined };
  const chain = nextChainOver(sha256, before.chain, { seq, time, hash: erased ?? sha256(body) });
  return checkOf(chain) === check ? { seq, time, chain } : 'chain';
}

function isRemoved(body: Uint8Array): boolean {
  const kind = pure(() => decodeFrame(body))?.kind;
  return kind?.$case === 'system' && kind.value.kind?.$case === 'removed';
}
