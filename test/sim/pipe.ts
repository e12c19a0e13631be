// One direction of a connection: bytes in order, in pieces of any size, at any pace, until something happens.
import type { EventQueue } from '../support/event-queue.ts';
import type { Random } from '../support/random.ts';

/** What a pipe does to the bytes, drawn once for each connection. */
export interface PipeNature {
  /** Microseconds that a delivery takes. */
  readonly latencyUs: readonly [number, number];
  /** Above so many bytes a write is answered with false. */
  readonly highWater: number;
  /** How often a delivery takes only a part of what is there. */
  readonly split: number;
  /** How often such a part is a few bytes only. */
  readonly dribble: number;
  /** How often a delivery waits for a long time. */
  readonly stall: number;
}

/** A nature for a connection on a bad day, or, `calm`, on a good one. */
export function drawNature(random: Random, calm: boolean): PipeNature {
  if (calm) return { latencyUs: [50, 500], highWater: 65_536, split: 0.05, dribble: 0, stall: 0 };
  const bad = random.chance(0.3);
  return {
    latencyUs: bad ? [100, 60_000] : [30, 3_000],
    highWater: random.pick([1, 1, 300, 700, 4_096, 16_384, 65_536, 262_144]),
    split: bad ? 0.5 : 0.15,
    dribble: bad ? 0.2 : 0.03,
    stall: bad ? 0.02 : 0.002,
  };
}

export interface PipeEnd {
  onChunk(chunk: Uint8Array): void;
  /** Everything was delivered and nothing follows. */
  onEnd(): void;
  /** Behind a write that was answered with false: there is room again. */
  onRoom(): void;
}

const READ_BYTES_MAX = 65_536;
const STALL_US_MAX = 3_000_000;

/** Owns the bytes between a write and its delivery. */
export class Pipe {
  readonly #queue: EventQueue;
  readonly #random: Random;
  readonly #end: PipeEnd;
  #nature: PipeNature;
  #chunks: Uint8Array[] = [];
  #offset = 0;
  #bytes = 0;
  #state: 'open' | 'ending' | 'over' = 'open';
  /** Bytes vanish without a word. */
  #silent = false;
  #paused = false;
  #full = false;
  #cancel: (() => void) | undefined;

  constructor(queue: EventQueue, random: Random, nature: PipeNature, end: PipeEnd) {
    this.#queue = queue;
    this.#random = random;
    this.#nature = nature;
    this.#end = end;
  }

  /** Bytes written and not yet delivered. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The last write was answered with false and `onRoom` has not come yet. */
  get full(): boolean {
    return this.#full;
  }

  /** False: taken, but no more before `onRoom`. */
  write(parts: readonly Uint8Array[]): boolean {
    if (this.#state !== 'open') return true;
    for (const part of parts) {
      if (part.length === 0) continue;
      this.#chunks.push(part);
      this.#bytes += part.length;
    }
    this.#schedule();
    if (this.#bytes > this.#nature.highWater) this.#full = true;
    return !this.#full;
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#schedule();
  }

  /** The receiver does not read. */
  pause(): void {
    this.#paused = true;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  /** From now on nothing arrives, and nobody is told. */
  silence(): void {
    this.#silent = true;
    this.pause();
  }

  calm(): void {
    this.#nature = drawNature(this.#random, true);
  }

  /** Nothing happens here any more. */
  close(): void {
    this.#state = 'over';
    this.#chunks = [];
    this.#bytes = 0;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #schedule(): void {
    if (this.#cancel !== undefined || this.#paused || this.#silent || this.#state === 'over') return;
    if (this.#bytes === 0 && this.#state !== 'ending') return;
    const { latencyUs, stall } = this.#nature;
    const wait = this.#random.chance(stall)
      ? this.#random.below(STALL_US_MAX)
      : this.#random.between(latencyUs[0], latencyUs[1]);
    this.#cancel = this.#queue.after(wait, () => {
      this.#cancel = undefined;
      this.#deliver();
    });
  }

  #deliver(): void {
    if (this.#bytes === 0) {
      this.#state = 'over';
      this.#end.onEnd();
      return;
    }
    const chunk = this.#take(this.#share());
    if (this.#full && this.#bytes <= this.#nature.highWater / 2) {
      this.#queue.after(this.#random.below(200), () => {
        if (!this.#full || this.#state === 'over') return;
        this.#full = false;
        this.#end.onRoom();
      });
    }
    this.#end.onChunk(chunk);
    this.#schedule();
  }

  #share(): number {
    const most = Math.min(this.#bytes, READ_BYTES_MAX);
    if (!this.#random.chance(this.#nature.split)) return most;
    return this.#random.between(1, this.#random.chance(this.#nature.dribble) ? Math.min(most, 9) : most);
  }

  #take(bytes: number): Uint8Array {
    const chunk = new Uint8Array(bytes);
    let at = 0;
    let used = 0;
    while (at < bytes) {
      const head = this.#chunks[used] as Uint8Array;
      const take = Math.min(bytes - at, head.length - this.#offset);
      chunk.set(
        this.#offset === 0 && take === head.length ? head : head.subarray(this.#offset, this.#offset + take),
        at,
      );
      at += take;
      this.#offset += take;
      if (this.#offset === head.length) {
        used++;
        this.#offset = 0;
      }
    }
    this.#chunks.splice(0, used);
    this.#bytes -= bytes;
    return chunk;
  }
}
