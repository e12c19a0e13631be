// Owns a room's newest stamped entries, bounded in bytes: what nearly every cursor is served from.
import type { Run, Seq } from '../roomlog/roomlog.ts';
import { Segments } from '../roomlog/segments.ts';
import type { Tails } from './tails.ts';

/** What a tail keeps at least, until it has to forget; one segment more at most. */
const TAIL_BYTES = 262_144;

export class Tail {
  readonly #tails: Tails;
  #entries: Segments;
  /** What was read last, and what was asked for: readers at the same position get the same view. */
  #shared: { readonly run: Run; readonly to: Seq; readonly bytesMax: number } | undefined;

  /** @param newest the newest entry of the log before this tail */
  constructor(newest: Seq, tails: Tails) {
    this.#tails = tails;
    this.#entries = new Segments(newest);
  }

  get newest(): Seq {
    return this.#entries.newest;
  }

  get oldest(): Seq {
    return this.#entries.oldest;
  }

  append(framed: Uint8Array): void {
    const { memory } = this.#entries;
    this.#entries.append(framed);
    this.#entries.dropOldest((_last, bytes) => this.#entries.bytes - bytes >= TAIL_BYTES);
    if (this.#entries.memory !== memory) this.#tails.resized(this, this.#entries.memory);
  }

  /** Holds nothing any more; what is appended comes behind what it held. */
  forget(): void {
    this.#shared = undefined;
    if (this.#entries.memory === 0) return;
    this.#entries = new Segments(this.newest);
    this.#tails.resized(this, 0);
  }

  /** Nothing is appended any more; what it holds is its last readers' alone. */
  end(): void {
    this.#tails.resized(this, 0);
  }

  /** Entries from `from` on, or undefined when not even the first fits or it is not held. */
  run(from: Seq, to: Seq, bytesMax: number): Run | undefined {
    const shared = this.#shared;
    // Asked for as much, or for all there is: the answer would be the same.
    if (shared !== undefined && shared.run.first === from && shared.to === to) {
      const { length } = shared.run.bytes;
      if (length <= bytesMax && (bytesMax <= shared.bytesMax || shared.run.last === to)) return shared.run;
    }
    const run = this.#entries.run(from, to, bytesMax);
    this.#shared = run && { run, to, bytesMax };
    return run;
  }
}
