// What one transaction makes of one room. Nothing of it counts before the commit.
import { sameBytes } from '../../protocol/bytes.ts';
import { stampBody } from '../../protocol/frame.ts';
import { checkOf, nextChainOver } from '../chain.ts';
import type { Erasure, MemberChange, Outcome, Proposal, Seq } from '../roomlog.ts';
import { tellsDamage } from './damage.ts';
import { sha256 } from './digest.ts';
import { memberSum, type RoomRow, xor } from './room-row.ts';
import { entriesOf, keyOf, KEY_BYTES, type Segment, SEGMENT_BYTES_MAX, segmentOf } from './segment.ts';
import type { Tables } from './tables.ts';

/** A room between two transactions. */
export interface RoomState {
  readonly row: RoomRow;
  /** The newest segments, which are still to be merged. Undefined: nobody has looked yet. */
  readonly tail: Tail | undefined;
}

interface Tail {
  readonly first: Seq;
  readonly bytes: number;
}

/** Thrown when what is stored is not what was written. */
export class DamageError extends Error {
  readonly room: number;
  readonly from: Seq;
  readonly to: Seq;

  constructor(room: number, from: Seq, to: Seq) {
    super(`room ${room} is damaged at ${from}–${to}`);
    this.room = room;
    this.from = from;
    this.to = to;
  }
}

/** An entry as it is appended. */
export interface DraftEntry {
  readonly id: Uint8Array;
  readonly digest: Uint8Array;
  readonly body: Uint8Array;
  readonly time: number;
  /** What the chain goes on with: of the body, or of the one that stood here before it was erased. */
  readonly hash: Uint8Array;
}

/** Entries of this transaction that are in no segment yet. */
interface Pending {
  readonly time: number;
  readonly chain: Uint8Array;
  readonly id: Uint8Array;
  readonly digest: Uint8Array;
  readonly framed: Uint8Array;
}

/**
 * Invariant: `row` is what the tables say once `flush` has been called, and `tail` lies at their end.
 */
export class RoomDraft {
  readonly #tables: Tables;
  #row: RoomRow;
  #tail: Tail;
  #pending: Pending[] = [];

  /** @throws DamageError */
  constructor(tables: Tables, { row, tail }: RoomState) {
    this.#tables = tables;
    this.#row = row;
    this.#tail = tail ?? this.#reading(() => tailOf(tables, row));
  }

  get state(): RoomState {
    return { row: this.#row, tail: this.#tail };
  }

  /** Appends an entry, unless its id is there. @throws DamageError */
  append(proposal: Proposal, now: number): Outcome {
    if (!this.#putId(proposal.id)) return this.#duplicate(proposal);
    if (proposal.erases !== undefined) this.#erase(proposal.erases);
    const { id, digest, body } = proposal;
    const time = Math.max(this.#row.newestTime, now);
    const outcome = this.#put({ id, digest, body, time, hash: sha256(body) });
    if (proposal.member !== undefined) this.#apply(proposal.member);
    return outcome;
  }

  /** Appends an entry whose id is not there. @throws DamageError */
  add(entry: DraftEntry): Outcome & { status: 'stored' } {
    if (!this.#putId(entry.id)) throw new Error(`room ${this.#row.room} has this id already`);
    return this.#put(entry);
  }

  /** Gives the id to the next entry. False: an entry has it. */
  #putId(id: Uint8Array): boolean {
    return this.#reading(() => this.#tables.putId(this.#row.room, id, this.#row.newest + 1));
  }

  #put({ id, digest, body, time, hash }: DraftEntry): Outcome & { status: 'stored' } {
    const seq = this.#row.newest + 1;
    const chain = nextChainOver(sha256, this.#row.chain, { seq, time, hash });
    const stamp = { seq, time, check: checkOf(chain) };
    const framed = stampBody(body, stamp);
    this.#pending.push({ time, chain, id, digest, framed });
    this.#row = {
      ...this.#row,
      newest: seq,
      newestTime: time,
      chain,
      bytes: this.#row.bytes + framed.length,
    };
    return { status: 'stored', stamp, framed };
  }

  /** Writes segments and head. @throws DamageError */
  flush(): void {
    const pending = this.#pending;
    this.#pending = [];
    if (pending.length > 0) this.#write(pending);
    this.#tables.putRoom(this.#row);
  }

  /** Deletes entries from the start up to `last`, whole or in the midst of a segment. @throws DamageError */
  truncate(last: Seq): void {
    const { room } = this.#row;
    while (this.#row.oldest <= last) {
      const segment = this.#segment(this.#row.oldest);
      const upTo = Math.min(last, segment.last);
      const rest = upTo === segment.last ? undefined : this.#restOf(segment, upTo);
      for (let seq = segment.first; seq <= upTo; seq++) this.#tables.deleteId(room, keyOf(segment, seq).id);
      const bytes = segment.bytes.length - (rest?.bytes.length ?? 0);
      const base = rest === undefined ? segment.chain : this.#chainAt(segment, upTo);
      this.#tables.deleteSegments(room, segment.first, segment.first);
      if (rest !== undefined) this.#tables.putSegment(room, this.#row.logId, rest);
      if (segment.first >= this.#tail.first)
        this.#tail = { first: upTo + 1, bytes: this.#tail.bytes - bytes };
      this.#row = { ...this.#row, oldest: upTo + 1, base, bytes: this.#row.bytes - bytes };
    }
    this.#tables.deleteErasedBefore(room, this.#row.oldest);
  }

  /** The segment that has this entry. @throws DamageError */
  #segment(seq: Seq): Segment {
    const found = this.#reading(() => this.#tables.segmentAt(this.#row.room, seq));
    const segment = found && segmentOf(this.#row.logId, found);
    if (segment === undefined || segment.last < seq) throw new DamageError(this.#row.room, seq, seq);
    return segment;
  }

  /** What can not be read of a room is damage of that room; the others go on. @throws DamageError */
  #reading<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (tellsDamage(error)) throw new DamageError(this.#row.room, 0, 0);
      throw error;
    }
  }

  #restOf(segment: Segment, upTo: Seq): Segment {
    let bytes = 0;
    for (const { stamp, framed } of entriesOf(segment)) if (stamp.seq <= upTo) bytes += framed.length;
    const keys = segment.keys.subarray((upTo + 1 - segment.first) * KEY_BYTES);
    return { ...segment, first: upTo + 1, keys, bytes: segment.bytes.subarray(bytes) };
  }

  /** The chain behind an entry of the oldest segment. */
  #chainAt(segment: Segment, seq: Seq): Uint8Array {
    const erased = this.#tables.erased(this.#row.room, segment.first, seq);
    let chain = this.#row.base;
    for (const { body, stamp } of entriesOf(segment)) {
      if (stamp.seq > seq) break;
      chain = nextChainOver(sha256, chain, { ...stamp, hash: erased.get(stamp.seq) ?? sha256(body) });
    }
    return chain;
  }

  #duplicate({ id, digest }: Proposal): Outcome {
    const { room } = this.#row;
    const seq = this.#reading(() => this.#tables.seqOfId(room, id));
    if (seq === undefined) throw new DamageError(room, 0, 0);
    const pendingFirst = this.#row.newest - this.#pending.length + 1;
    const pending = this.#pending[seq - pendingFirst];
    if (pending !== undefined) {
      return { status: 'duplicate', seq, time: pending.time, same: sameBytes(pending.digest, digest) };
    }
    const segment = this.#segment(seq);
    const key = keyOf(segment, seq);
    if (!sameBytes(key.id, id)) throw new DamageError(room, seq, seq);
    return { status: 'duplicate', seq, time: timeOf(segment, seq), same: sameBytes(key.digest, digest) };
  }

  #erase({ seq, body }: Erasure): void {
    const { room, logId, newest, oldest } = this.#row;
    if (seq < oldest || seq > newest) return;
    // What is to be erased has to lie in a segment.
    if (this.#pending.length > 0) this.flush();
    const segment = this.#segment(seq);
    const parts: Uint8Array[] = [];
    for (const entry of entriesOf(segment)) {
      if (entry.stamp.seq !== seq) {
        parts.push(entry.framed);
        continue;
      }
      this.#tables.putErased(room, seq, sha256(entry.body));
      parts.push(stampBody(body, entry.stamp));
    }
    const bytes = Buffer.concat(parts);
    const more = bytes.length - segment.bytes.length;
    this.#tables.deleteSegments(room, segment.first, segment.first);
    this.#tables.putSegment(room, logId, { ...segment, bytes });
    this.#row = { ...this.#row, bytes: this.#row.bytes + more };
    if (segment.first >= this.#tail.first) this.#tail = { ...this.#tail, bytes: this.#tail.bytes + more };
  }

  #apply(change: MemberChange): void {
    const { room, logId } = this.#row;
    const user = change.op === 'join' ? change.member.user : change.user;
    const before = this.#reading(() => this.#tables.member(room, user));
    let { members } = this.#row;
    if (before !== undefined) members = xor(members, memberSum(logId, before));
    if (change.op === 'join') {
      members = xor(members, memberSum(logId, change.member));
      this.#tables.putMember(room, change.member);
    } else this.#tables.deleteMember(room, user);
    this.#row = { ...this.#row, members };
  }

  /** One segment more; once there is enough for it, everything small becomes a large one. */
  #write(pending: readonly Pending[]): void {
    const { room, logId, newest } = this.#row;
    const first = newest - pending.length + 1;
    const size = pending.reduce((sum, { framed }) => sum + framed.length, 0);
    const isEnough = this.#tail.bytes + size >= SEGMENT_BYTES_MAX;
    const start = isEnough ? this.#tailSegments() : [];
    if (start.length > 0) this.#tables.deleteSegments(room, this.#tail.first, first - 1);
    for (const segment of cut(first, pending, start)) {
      this.#tables.putSegment(room, logId, segment);
      if (isEnough) this.#tail = { first: segment.first, bytes: segment.bytes.length };
      else this.#tail = { ...this.#tail, bytes: this.#tail.bytes + segment.bytes.length };
    }
  }

  #tailSegments(): Segment[] {
    const { room, logId } = this.#row;
    const rows = this.#reading(() =>
      this.#tables.segmentsFrom(room, this.#tail.first, Number.MAX_SAFE_INTEGER),
    );
    return rows.map((row) => {
      const segment = segmentOf(logId, row);
      if (segment === undefined) throw new DamageError(room, row.first, row.last);
      return segment;
    });
  }
}

/** Entries as segments, each as large as may be; what `start` has goes into the first one. */
function* cut(first: Seq, pending: readonly Pending[], start: readonly Segment[]): Generator<Segment> {
  let from = start[0]?.first ?? first;
  let bytes = start.map((segment) => segment.bytes);
  let keys = start.map((segment) => segment.keys);
  let size = bytes.reduce((sum, { length }) => sum + length, 0);
  let behind: Pick<Segment, 'chain' | 'lastTime'> | undefined = start.at(-1);
  const segment = ({ chain, lastTime }: Pick<Segment, 'chain' | 'lastTime'>, last: Seq): Segment => {
    return { first: from, last, lastTime, chain, keys: Buffer.concat(keys), bytes: Buffer.concat(bytes) };
  };
  for (const [i, { framed, id, digest, chain, time }] of pending.entries()) {
    if (behind !== undefined && size + framed.length > SEGMENT_BYTES_MAX) {
      yield segment(behind, first + i - 1);
      [bytes, keys, size, from] = [[], [], 0, first + i];
    }
    bytes.push(framed);
    keys.push(id, digest);
    size += framed.length;
    behind = { chain, lastTime: time };
  }
  if (behind !== undefined) yield segment(behind, first + pending.length - 1);
}

function timeOf(segment: Segment, at: Seq): number {
  for (const { stamp } of entriesOf(segment)) if (stamp.seq === at) return stamp.time;
  return segment.lastTime;
}

/** The newest segments that are not enough for a large one. */
function tailOf(tables: Tables, row: RoomRow): Tail {
  let tail: Tail = { first: row.newest + 1, bytes: 0 };
  for (const { first, bytes } of tables.segmentSizes(row.room)) {
    if (tail.bytes + bytes >= SEGMENT_BYTES_MAX) break;
    tail = { first, bytes: tail.bytes + bytes };
  }
  return tail;
}
