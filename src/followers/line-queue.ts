// Lines on their way into a file, until a save point has them.

/** Lines that are written together are cut here. */
const BATCH_BYTES = 262_144;

interface Waiting {
  readonly bytes: Uint8Array;
  readonly written: () => void;
}

export interface Batch {
  readonly bytes: Uint8Array;
  readonly count: number;
}

/**
 * Owns: everything behind the save point. Of it the first `#written` are in the file, and of the first `#told`
 * their giver knows that; after a cut fewer are in the file than were told.
 */
export class LineQueue {
  readonly #all: Waiting[] = [];
  #written = 0;
  #writtenBytes = 0;
  #unwrittenBytes = 0;
  #told = 0;

  push(bytes: Uint8Array, written: () => void): void {
    this.#all.push({ bytes, written });
    this.#unwrittenBytes += bytes.length;
  }

  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  get hasUnwritten(): boolean {
    return this.#written < this.#all.length;
  }

  /** The file has all that was told to be there. */
  get isCaughtUp(): boolean {
    return this.#written >= this.#told;
  }

  /** What is in the file, and not yet in a save point. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** What is still to be written. */
  get unwrittenBytes(): number {
    return this.#unwrittenBytes;
  }

  /** The size of what comes next, 0 = nothing. It is never split. */
  get nextBytes(): number {
    return this.#all[this.#written]?.bytes.length ?? 0;
  }

  /** What comes next, at least one and as much as fits. There is something. */
  batch(fits: number): Batch {
    const most = Math.min(fits, BATCH_BYTES);
    const parts: Uint8Array[] = [];
    let size = 0;
    for (let at = this.#written; at < this.#all.length; at++) {
      const { bytes } = this.#all[at] as Waiting;
      if (parts.length > 0 && size + bytes.length > most) break;
      parts.push(bytes);
      size += bytes.length;
    }
    const [only] = parts;
    return { bytes: parts.length === 1 && only ? only : Buffer.concat(parts, size), count: parts.length };
  }

  /** A batch is in the file: who has not been told is told now. */
  wrote({ bytes, count }: Batch): void {
    this.#written += count;
    this.#writtenBytes += bytes.length;
    this.#unwrittenBytes -= bytes.length;
    while (this.#told < this.#written) this.#all[this.#told++]?.written();
  }

  /** The file was cut at the save point. */
  rewind(): void {
    this.#unwrittenBytes += this.#writtenBytes;
    this.#countNothing();
  }

  /** The save point has all that is in the file. */
  forgetWritten(): void {
    this.#all.splice(0, this.#written);
    this.#told -= this.#written;
    this.#countNothing();
  }

  #countNothing(): void {
    this.#written = 0;
    this.#writtenBytes = 0;
  }
}
