// Owns a room's newest stamped entries, bounded in bytes: what nearly every cursor is served from.
import type { Run, Seq } from '../roomlog/roomlog.ts';
import { Segments } from '../roomlog/segments.ts';

/** What a tail keeps at least; one segment more at most. */
const TAIL_BYTES = 262_144;

export class Tail {
  #entries: Segments;

  /** @param newest the newest entry of the log before this tail */
  constructor(newest: Seq) {
    this.#entries = new Segments(newest);
  }

  get newest(): Seq {
    return this.#entries.newest;
  }

  get oldest(): Seq {
    return this.#entries.oldest;
  }

  append(framed: Uint8Array): void {
    this.#entries.append(framed);
    this.#entries.dropOldest((_last, bytes) => this.#entries.bytes - bytes >= TAIL_BYTES);
  }

  /** Holds nothing any more; what is appended comes behind what it held. */
  forget(): void {
    this.#entries = new Segments(this.newest);
  }

  /** Entries from `from` on, or undefined when not even the first fits or it is not held. */
  run(from: Seq, to: Seq, bytesMax: number): Run | undefined {
    return this.#entries.run(from, to, bytesMax);
  }
}
