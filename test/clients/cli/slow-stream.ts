import { Writable } from 'node:stream';

/** A reader that takes nothing until it is told to, and then everything. */
export class SlowStream extends Writable {
  /** What was written, write by write. */
  readonly taken: string[] = [];
  #next: (() => void) | undefined;
  #isOpen = false;
  #waiting: (() => void)[] = [];

  constructor() {
    super({ highWaterMark: 16, decodeStrings: false });
  }

  override _write(chunk: string, _: BufferEncoding, done: () => void): void {
    this.taken.push(chunk);
    for (const wake of this.#waiting.splice(0)) wake();
    if (this.#isOpen) done();
    else this.#next = done;
  }

  open(): void {
    this.#isOpen = true;
    this.#next?.();
  }

  /** Resolves when so many writes are taken. */
  async untilTaken(count: number): Promise<void> {
    while (this.taken.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
