// Lines to a terminal or a pipe that may stop taking them at any time.
import { write } from 'node:fs';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';

const WAITING_CHARACTERS_MAX = 1_048_576;
const BUSY_RETRY_MS = 50;
const writeAsync = promisify(write);

/** Writes the rest of the bytes from `at` on; how many it wrote. */
type Writer = (bytes: Uint8Array, at: number) => Promise<number>;

function writerOf(fd: number): Writer {
  if (process.platform !== 'win32' || !isatty(fd)) {
    return async (bytes, at) => (await writeAsync(fd, bytes, at)).bytesWritten;
  }
  // Here Node's stream does not block, and it alone knows how to write Unicode to a console.
  const stream = fd === 2 ? process.stderr : process.stdout;
  return (bytes, at) =>
    new Promise((resolve, reject) => {
      stream.write(bytes.subarray(at), (error) => (error ? reject(error) : resolve(bytes.length - at)));
    });
}

/** What an output tells when it had to leave lines out. */
export type DroppedLine = (count: number) => string;

/**
 * Writes to a file descriptor without ever blocking the event loop: a terminal stopped with Ctrl+S, or a
 * pager that nobody scrolls, must not stop the chat, as Node's own blocking `process.stdout` would. Lines
 * that do not fit are counted and left out; lines to a closed pipe are forgotten.
 *
 * Owns: the lines not yet written. Invariant: at most one write is under way.
 */
export class Output {
  readonly #writer: Writer;
  readonly #dropped: DroppedLine;
  #waiting = '';
  #left = 0;
  #state: 'idle' | 'writing' | 'broken' = 'idle';
  #flushed: Array<() => void> = [];

  constructor(fd: number, dropped: DroppedLine) {
    this.#writer = writerOf(fd);
    this.#dropped = dropped;
  }

  /** Takes one line, without its newline. */
  line(text: string): void {
    this.write(`${text}\n`);
  }

  /** Takes whole lines. */
  write(lines: string): void {
    if (this.#state === 'broken') return;
    if (this.#waiting.length + lines.length > WAITING_CHARACTERS_MAX) {
      this.#left++;
      return;
    }
    this.#waiting += lines;
    if (this.#state === 'idle') void this.#run();
  }

  /** Waits until everything is written, at most `ms`. False: it is not, and a write may be stuck. */
  async flush(ms: number): Promise<boolean> {
    if (this.#state !== 'writing') return true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#flushed.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    return this.#state !== ('writing' as string);
  }

  async #run(): Promise<void> {
    this.#state = 'writing';
    try {
      while (this.#waiting !== '') {
        const bytes = Buffer.from(this.#waiting);
        this.#waiting = '';
        await this.#writeWhole(bytes);
        if (this.#left > 0) {
          this.#waiting += `${this.#dropped(this.#left)}\n`;
          this.#left = 0;
        }
      }
      this.#state = 'idle';
    } catch {
      // Nobody is at the other end any more. That is no reason for a server to stop.
      this.#waiting = '';
      this.#state = 'broken';
    }
    for (const flushed of this.#flushed.splice(0)) flushed();
  }

  async #writeWhole(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (at < bytes.length) {
      try {
        at += await this.#writer(bytes, at);
      } catch (error) {
        // The descriptor may be shared with somebody who made it non-blocking.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        await new Promise((resolve) => {
          setTimeout(resolve, BUSY_RETRY_MS);
        });
      }
    }
  }
}
