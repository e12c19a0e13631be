// Owns one position in one room. It pulls; nobody pushes to it.
import { PREFIX_BYTES } from '../protocol/limits.ts';
import type { ReadResult, Run, Seq } from '../roomlog/roomlog.ts';

/** What one read from the engine brings: the largest frame fits. */
const PAGE_BYTES = 65_536;

/** The log as a cursor sees it; a Room. */
export interface Readable {
  readonly newest: Seq;
  readonly oldest: Seq;
  /** Another number when bytes that were read before are no longer those of the log: an entry was erased. */
  readonly revision: number;
  /** Newest entries from memory, undefined when `from` is not among them or does not fit. */
  recent(from: Seq, bytesMax: number): Run | undefined;
  /** The oldest entry that `recent` has. */
  readonly recentOldest: Seq;
  read(from: Seq, bytesMax: number, onResult: (result: ReadResult) => void): void;
}

/** Whose cursor it is. */
export interface CursorOwner {
  /** A read has brought something to pull. */
  wake(): void;
  /** Entries behind the position are gone; the position now stands before `next`. */
  gap(next: Seq): void;
}

/**
 * Invariant: the position only moves forward, by what was pulled, or over a gap that was reported.
 */
export class Cursor {
  readonly #log: Readable;
  readonly #owner: CursorOwner;
  #position: Seq;
  /** What the engine brought: a run whose rest is still to be pulled. */
  #page: Run | undefined;
  /** The revision in which it was read. */
  #pageRevision = 0;
  #reading = false;
  #stopped = false;

  /** @param position the entry before the first one to be pulled */
  constructor(log: Readable, position: Seq, owner: CursorOwner) {
    this.#log = log;
    this.#position = position;
    this.#owner = owner;
  }

  /** The newest entry that was pulled. */
  get position(): Seq {
    return this.#position;
  }

  get atHead(): boolean {
    return this.#position >= this.#log.newest;
  }

  /** What comes next is in memory. */
  get recent(): boolean {
    return this.#position + 1 >= this.#log.recentOldest;
  }

  /** Reads under way come to nothing; nothing is pulled any more. */
  stop(): void {
    this.#stopped = true;
    this.#page = undefined;
  }

  /** The next entries, at most `budget` bytes. */
  pull(budget: number): Run | 'idle' | 'full' {
    if (this.#stopped || this.atHead) return 'idle';
    const from = this.#position + 1;
    if (from < this.#log.oldest) {
      this.#page = undefined;
      this.#position = this.#log.oldest - 1;
      this.#owner.gap(this.#log.oldest);
      return 'idle';
    }
    if (from >= this.#log.recentOldest) {
      this.#page = undefined;
      return this.#advance(this.#log.recent(from, budget));
    }
    if (this.#pageRevision !== this.#log.revision) this.#page = undefined;
    if (this.#page !== undefined) return this.#advance(this.#cutPage(this.#page, budget));
    this.#fetch(from);
    return 'idle';
  }

  #advance(run: Run | undefined): Run | 'full' {
    if (run === undefined) return 'full';
    this.#position = run.last;
    return run;
  }

  /** The start of the page as far as it fits; the rest stays. */
  #cutPage(page: Run, budget: number): Run | undefined {
    if (page.bytes.length <= budget) {
      this.#page = undefined;
      return page;
    }
    const { bytes } = page;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let end = 0;
    let last = page.first - 1;
    for (;;) {
      const next = end + PREFIX_BYTES + view.getUint32(end);
      if (next > budget) break;
      end = next;
      last++;
    }
    if (end === 0) return undefined;
    this.#page = { bytes: bytes.subarray(end), first: last + 1, last: page.last };
    return { bytes: bytes.subarray(0, end), first: page.first, last };
  }

  #fetch(from: Seq): void {
    if (this.#reading) return;
    this.#reading = true;
    const { revision } = this.#log;
    this.#log.read(from, PAGE_BYTES, (result) => {
      this.#reading = false;
      if (this.#stopped) return;
      // A run that retention, a gap or an erasure has overtaken is of no use; pull finds out where it stands.
      if (result.status === 'run' && result.first === this.#position + 1) {
        this.#page = result;
        this.#pageRevision = revision;
      }
      if (result.status !== 'failed') this.#owner.wake();
    });
  }
}
