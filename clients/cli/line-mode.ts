// Owns a conversation without a terminal: lines in, lines out, one for each entry.
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { flat, type Paragraph } from './paragraph.ts';
import type { Display } from './teller.ts';

/** Writes one line for each paragraph, without colours. */
export class LineDisplay implements Display {
  readonly #out: LineOutput;

  constructor(out: LineOutput) {
    this.#out = out;
  }

  print(paragraph: Paragraph): void {
    this.#out.line(flat(paragraph));
  }

  /** Nobody edits a line here. */
  prompt(): void {}
}

/** What has to wait while nobody takes what was written. */
export interface Source {
  pause(): void;
  resume(): void;
}

/** Lines into a stream. When the stream is full its source pauses, so that nothing piles up. */
export class LineOutput {
  readonly #stream: Writable;
  readonly #source: Source;
  #isFull = false;

  /** `onGone`: whoever read is gone, as `head` after its ten lines. Called at most once. */
  constructor(stream: Writable, source: Source, onGone: (error: Error) => void) {
    this.#stream = stream;
    this.#source = source;
    stream.once('error', (error) => {
      stream.on('error', () => undefined);
      onGone(error);
    });
  }

  line(text: string): void {
    if (this.#stream.write(`${text}\n`) || this.#isFull) return;
    this.#isFull = true;
    this.#source.pause();
    this.#stream.once('drain', () => {
      this.#isFull = false;
      this.#source.resume();
    });
  }

  /** Resolves when all that was written is taken, or nobody is there to take it. */
  flushed(): Promise<void> {
    return new Promise((resolve) => {
      this.#stream.write('', () => resolve());
    });
  }
}

/** The lines of a stream, one at a time; the next one is read when the last one is done. */
export async function* linesIn(stream: Readable): AsyncGenerator<string> {
  yield* createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY, terminal: false });
}
