// Owns one changing line on a terminal's standard error.
import type { Writable } from 'node:stream';

const INTERVAL_MS = 150;
const CLEAR_LINE = '\r\u001b[K';

/** Shows how far something is; on anything but a terminal it shows notes only, each once. */
export class Progress {
  readonly #stream: Writable & { readonly isTTY?: boolean };
  #shownAt = 0;
  #isShown = false;
  #lastNote = '';

  constructor(stream: Writable & { readonly isTTY?: boolean }) {
    this.#stream = stream;
  }

  /** The state of things, not too often. `text` is asked for only when it is shown. */
  show(text: () => string): void {
    if (this.#stream.isTTY !== true) return;
    const now = performance.now();
    if (now - this.#shownAt < INTERVAL_MS) return;
    this.#shownAt = now;
    this.#isShown = true;
    this.#stream.write(CLEAR_LINE + text());
  }

  /** Something unusual, on a line of its own; a repetition is left out. */
  note(text: string): void {
    if (text === this.#lastNote) return;
    this.#lastNote = text;
    this.clear();
    this.#stream.write(`kentongan: ${text}\n`);
  }

  clear(): void {
    if (this.#isShown) this.#stream.write(CLEAR_LINE);
    this.#isShown = false;
  }
}
