// When the WAL's commits move to the database, so that the WAL stays small.
import type { Tables } from './tables.ts';

/** A frame of the WAL, roughly: a page. */
const FRAME_BYTES = 4_096;
/** Frames of the WAL that are worth a checkpoint: 4 MiB, and less where space is short. */
const DUE_FRAMES = 1_000;
const DUE_FRAMES_MIN = 16;
/** What of the free space the WAL may take. */
const DUE_SHARE = 1 / 4;
/** Frames beyond which readers are waited for, so that the WAL begins anew: 32 MiB. */
const TRUNCATE_FRAMES = 8_000;
const WAIT_MS = 20;
/** Somebody reads for long, a backup perhaps: that is not to hold up every commit. */
const AGAIN_MS = 1_000;
const ALL_WAIT_MS = 1_000;
/** To ask SQLite how long the WAL is costs a tenth of a small commit; in this time it does not grow by much. */
const LOOK_MS = 20;

export class Checkpoints {
  readonly #tables: Tables;
  /** At first it is not known whether an earlier process had erased something, and died before the WAL was empty. */
  #isErasing = true;
  #waitAgainAt = 0;
  #lookAgainAt = 0;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** The WAL has bytes that are to be nowhere: it is emptied as soon as possible. */
  erased(): void {
    this.#isErasing = true;
  }

  /**
   * Moves what has gathered, if that is enough. True: everything is in the database now.
   * @throws SQLite's error
   */
  run(freeBytes: number): boolean {
    const now = performance.now();
    if (now < this.#lookAgainAt && !this.#isErasing) return false;
    this.#lookAgainAt = now + LOOK_MS;
    const { log, checkpointed } = this.#tables.walFrames();
    const isLong = log >= TRUNCATE_FRAMES || this.#isErasing;
    const isTruncating = isLong && now >= this.#waitAgainAt;
    const share = Math.floor((freeBytes * DUE_SHARE) / FRAME_BYTES);
    const due = Math.max(DUE_FRAMES_MIN, Math.min(DUE_FRAMES, share));
    if (!isTruncating && log - checkpointed < due) return false;
    const isComplete = this.#tables.checkpoint(isTruncating ? 'TRUNCATE' : 'PASSIVE', WAIT_MS);
    if (isTruncating && isComplete) this.#isErasing = false;
    else if (isTruncating) this.#waitAgainAt = performance.now() + AGAIN_MS;
    return isComplete;
  }

  /** Moves everything and empties the WAL, unless somebody reads for long. @throws SQLite's error */
  all(): boolean {
    return this.#tables.checkpoint('TRUNCATE', ALL_WAIT_MS);
  }
}
