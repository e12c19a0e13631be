// Verifying one room, step by step, beside a writer that goes on: it appends, merges segments, erases and drops old
// entries between any two steps. So each step reads the head anew, in one transaction with what it compares with it.
import type { DatabaseSync } from 'node:sqlite';
import { sameBytes } from '../../protocol/bytes.ts';
import type { RoomName, Seq } from '../roomlog.ts';
import { type Damage, tellsDamage } from './damage.ts';
import { areMembersOf, type Place, RoomQueries } from './room-queries.ts';
import type { RoomRow } from './room-row.ts';
import { SEGMENT_BYTES_MAX } from './segment.ts';
import { type Behind, checkSegment, type Finding } from './segment-check.ts';

/** What somebody else knows of the room. */
export interface VerifyOptions {
  /** The chain behind this entry, if it is passed, is this one; else the entries are lost. */
  readonly marked?: { readonly seq: Seq; readonly chain: Uint8Array };
  /** A step ends with the segment that makes it so many bytes; 64 KiB when absent. */
  readonly stepBytes?: number;
}

export class RoomVerifier {
  readonly #database: DatabaseSync;
  readonly #queries: RoomQueries;
  readonly #name: RoomName;
  readonly #marked: VerifyOptions['marked'];
  /** From the oldest entry: then the sums over the whole room are compared, too. */
  readonly #isWhole: boolean;
  readonly #stepBytes: number;
  #row: RoomRow;
  #at: Behind;
  #bytesRead = 0;
  #isDamaged = false;
  #isDone = false;

  /**
   * @param row the head; it need not be the newest one
   * @param from the first entry to verify; what is before it in its segment is verified, too
   */
  constructor(database: DatabaseSync, row: RoomRow, from: Seq, options: VerifyOptions = {}) {
    this.#database = database;
    this.#queries = RoomQueries.of(database);
    this.#name = row.name ?? '';
    this.#marked = options.marked;
    this.#stepBytes = options.stepBytes ?? SEGMENT_BYTES_MAX;
    this.#row = row;
    this.#isWhole = from <= row.oldest;
    this.#at = { seq: Math.min(Math.max(from, row.oldest), row.newest + 1) - 1, chain: undefined, time: 0 };
  }

  /** Verified, or told as damaged, up to here. */
  get seq(): Seq {
    return this.#at.seq;
  }

  /** Bytes of entries that the last step has read. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /**
   * Verifies some entries, in one short read transaction. `done` when the newest was reached, or the room was
   * removed. After a Damage it may be called again and goes on behind it.
   * @throws SQLite's errors that tell no damage
   */
  step(): 'more' | 'done' | Damage {
    if (this.#isDone) return 'done';
    this.#bytesRead = 0;
    this.#database.exec('BEGIN');
    try {
      const result = this.#step();
      if (result === 'more') return result;
      if (result === 'done' || result.to === 0) this.#isDone = true;
      if (result === 'done') return result;
      this.#isDamaged = true;
      return { room: this.#name, ...result };
    } finally {
      // An I/O error may have ended the transaction.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    }
  }

  #step(): 'more' | 'done' | Finding {
    const row = readable(() => this.#queries.head(this.#row.room), 'unreadable');
    if (row === 'unreadable') return { kind: row, ...NOWHERE };
    if (row === undefined) return 'done';
    if (!row.isWhole) return { kind: 'head', ...NOWHERE };
    if (row.name === null || !sameBytes(row.logId, this.#row.logId)) return 'done';
    this.#row = row;
    const { seq } = this.#at;
    if (seq > row.newest) return this.#last({ kind: 'lost', from: row.newest + 1, to: seq });
    if (seq < row.oldest) this.#at = { seq: row.oldest - 1, chain: row.base, time: 0 };
    while (this.#at.seq < row.newest) {
      if (this.#bytesRead >= this.#stepBytes) return 'more';
      const found = readable(() => this.#segment(), 'unreadable');
      if (found === 'unreadable') return this.#skip({ kind: found, ...this.#nextRun() });
      if (found !== undefined) return found;
    }
    const found = readable(() => this.#end(), 'unreadable');
    if (found === 'unreadable') return { kind: found, ...NOWHERE };
    return found ?? 'done';
  }

  /** After this finding nothing more can be said. */
  #last(finding: Finding): Finding {
    this.#isDone = true;
    return finding;
  }

  /** After this finding it goes on behind it, or behind `to`. */
  #skip(finding: Finding, to: Seq = finding.to): Finding {
    this.#at = { seq: to, chain: undefined, time: 0 };
    return finding;
  }

  /** From the next entry to the end of its segment, as far as the index can tell. */
  #nextRun(): { from: Seq; to: Seq } {
    const from = this.#at.seq + 1;
    const next = readable(() => this.#queries.next(this.#row.room, from), undefined);
    return { from, to: Math.min((next ?? Infinity) - 1, this.#row.newest) };
  }

  /** Verifies the segment that holds the next entry. */
  #segment(): Finding | undefined {
    const { room, oldest, newest } = this.#row;
    const run = this.#nextRun();
    const place = this.#queries.place(room, run.from);
    if (place === undefined || place.first < oldest) return this.#skip({ kind: 'missing', ...run });
    const segment = this.#queries.segment(this.#row, place);
    if (segment === undefined) return this.#skip({ kind: 'segment', from: place.first, to: run.to });
    const { first, last } = segment;
    this.#bytesRead += segment.bytes.length;
    if (last < run.from) return this.#skip({ kind: 'missing', ...run });
    const next = this.#queries.next(room, first);
    if (last > newest || (next !== undefined && next <= last)) {
      return this.#skip({ kind: 'missing', from: first, to: Math.min(last, newest) });
    }
    const before = this.#before(place);
    const result =
      this.#contradicts(before) ??
      checkSegment(this.#queries, room, segment, before, (at) => this.#contradicts(at));
    if ('kind' in result) return this.#skip(result, last);
    this.#at = result;
    return undefined;
  }

  /** What is known before a segment. It may begin before what is verified: it was merged meanwhile, or `from` is in it. */
  #before({ first }: Place): Behind {
    if (first === this.#at.seq + 1 && this.#at.chain !== undefined) return this.#at;
    const unknown = { seq: first - 1, chain: undefined, time: 0 };
    const { room, oldest, base } = this.#row;
    if (first === oldest) return { ...unknown, chain: base };
    const place = this.#queries.place(room, first - 1);
    const segment = place === undefined ? undefined : this.#queries.segment(this.#row, place);
    if (segment === undefined || segment.last !== first - 1) return unknown;
    return { ...unknown, chain: segment.chain, time: segment.lastTime };
  }

  /** Compares a chain with what was verified before, and with what the caller knows. */
  #contradicts({ seq, chain }: Behind): Finding | undefined {
    if (chain === undefined) return undefined;
    const { seq: verified, chain: known } = this.#at;
    if (seq === verified && known !== undefined && !sameBytes(chain, known)) {
      return { kind: 'chain', from: verified, to: this.#row.newest };
    }
    if (seq !== this.#marked?.seq || sameBytes(chain, this.#marked.chain)) return undefined;
    return this.#last({ kind: 'lost', from: Math.min(this.#row.oldest, seq), to: seq });
  }

  /** Behind the newest entry: whether the head tells the same, and there is nothing besides. */
  #end(): Finding | undefined {
    const { room, oldest, newest, newestTime, chain } = this.#row;
    const { chain: last, time } = this.#at;
    if (last !== undefined && !sameBytes(last, chain)) return { kind: 'head', ...NOWHERE };
    if (last !== undefined && newest >= oldest && time !== newestTime) return { kind: 'head', ...NOWHERE };
    const contradiction = this.#contradicts({ seq: newest, chain, time });
    if (contradiction !== undefined) return contradiction;
    const stray = this.#queries.place(room, oldest - 1) ?? this.#queries.next(room, newest);
    if (stray !== undefined) return { kind: 'missing', ...NOWHERE };
    if (this.#queries.hasErasedOutside(this.#row)) return { kind: 'erased', ...NOWHERE };
    return this.#isWhole && !this.#isDamaged ? this.#sums() : undefined;
  }

  #sums(): Finding | undefined {
    const { room, oldest, newest, bytes } = this.#row;
    if (this.#queries.bytes(room) !== bytes) return { kind: 'head', ...NOWHERE };
    if (!this.#queries.isNamed(this.#row)) return { kind: 'head', ...NOWHERE };
    if (this.#queries.countOfIds(room) !== newest - oldest + 1) return { kind: 'ids', ...NOWHERE };
    if (!areMembersOf(this.#row, this.#queries.members(room))) return { kind: 'members', ...NOWHERE };
    return undefined;
  }
}

const NOWHERE = { from: 0, to: 0 } as const;

/** What a query gives; `otherwise` when what is stored is too damaged for it. */
function readable<T, U>(query: () => T, otherwise: U): T | U {
  try {
    return query();
  } catch (error) {
    if (tellsDamage(error)) return otherwise;
    throw error;
  }
}
