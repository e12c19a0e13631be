// A file that grows by whole texts, whatever the disk does meanwhile.
import { type FileHandle, open } from 'node:fs/promises';
import { Retry, type RetryTimes, type TroubleListener } from './retry.ts';

/** Texts that are written together are cut here. */
const WRITE_CHARACTERS_MAX = 262_144;
const MODE = 0o600;
const NEWLINE = 0x0a;

/** What is needed of a file: node:fs has it, and tests have disks that fail. */
export interface OpenFile {
  stat(): Promise<{ readonly size: number; readonly nlink: number }>;
  write(bytes: Uint8Array, offset: number): Promise<{ readonly bytesWritten: number }>;
  close(): Promise<void>;
}

/** Opens a path for appending, at the beginning of a line. */
export type OpenAtLine = (path: string) => Promise<OpenFile>;

/** For tests; the defaults are the real ones. */
export interface AppendFileOptions {
  readonly open?: OpenAtLine;
  readonly retry?: RetryTimes;
}

interface Waiting {
  readonly text: string;
  readonly done: () => void;
}

/**
 * Texts, each of whole lines, are written in order, each followed by a call of its `done`. When a write
 * fails (disk full, the file or its directory removed) it goes on once that is possible again: at the same
 * byte, or, when the file is not as it was left, with the line that was cut. Until then no `done` is called,
 * which is what holds the writer back.
 *
 * Owns: the file handle and the texts not yet written. Invariant: at most one write is under way.
 */
export class AppendFile {
  readonly path: string;
  readonly #open: OpenAtLine;
  readonly #retry: Retry;
  #handle: OpenFile;
  #queue: Waiting[] = [];
  #writing = false;
  #reopenAsked = false;
  #abandoned = false;
  #idle: (() => void) | undefined;

  private constructor(
    path: string,
    handle: OpenFile,
    listener: TroubleListener,
    { open: openFile = openAtLine, retry }: AppendFileOptions,
  ) {
    this.path = path;
    this.#handle = handle;
    this.#open = openFile;
    this.#retry = new Retry(listener, retry);
  }

  /** Opens the file for appending, creates it (0600) if need be. @throws the system's error */
  static async open(
    path: string,
    listener: TroubleListener,
    options: AppendFileOptions = {},
  ): Promise<AppendFile> {
    return new AppendFile(path, await (options.open ?? openAtLine)(path), listener, options);
  }

  /** Retries in vain since the trouble began, 0 = none. */
  get retries(): number {
    return this.#retry.count;
  }

  /** Takes a text. `done` is called when the system has it, never from within this call. */
  append(text: string, done: () => void): void {
    this.#queue.push({ text, done });
    if (!this.#writing) void this.#write();
  }

  /** Opens the path again before the next write: somebody has moved the file away. */
  reopen(): void {
    this.#reopenAsked = true;
    this.#retry.hurry();
  }

  /** Writes what is left, for at most `ms`, and closes. False: some of it could not be written. */
  async close(ms: number): Promise<boolean> {
    if (this.#writing) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#idle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const whole = !this.#writing;
    this.#abandoned = true;
    this.#retry.hurry();
    await this.#handle.close().catch(() => undefined);
    return whole;
  }

  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#queue.length > 0 && !this.#abandoned) {
      const batch = this.#takeBatch();
      await this.#writeWhole(Buffer.from(batch.map(({ text }) => text).join('')));
      if (this.#abandoned) break;
      for (const { done } of batch) done();
    }
    this.#writing = false;
    this.#idle?.();
  }

  #takeBatch(): Waiting[] {
    let characters = 0;
    let count = 0;
    while (count < this.#queue.length && (count === 0 || characters < WRITE_CHARACTERS_MAX)) {
      characters += this.#queue[count]?.text.length ?? 0;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #writeWhole(bytes: Uint8Array): Promise<void> {
    let at = 0;
    let sizeExpected = 0;
    while (at < bytes.length && !this.#abandoned) {
      try {
        const { size, fresh } = await this.#follow();
        // Never continue a line in a file that does not end with its beginning: the rest of somebody's text
        // would stand where a line starts.
        if (at > 0 && (fresh || size !== sizeExpected)) at = bytes.lastIndexOf(NEWLINE, at - 1) + 1;
        const { bytesWritten } = await this.#handle.write(bytes, at);
        at += bytesWritten;
        sizeExpected = size + bytesWritten;
      } catch (error) {
        if (!this.#abandoned) await this.#retry.wait(error as Error);
        continue;
      }
      this.#retry.succeeded();
    }
  }

  /** A new file when the old one was removed, or when asked. */
  async #follow(): Promise<{ size: number; fresh: boolean }> {
    const stat = await this.#handle.stat();
    if (!this.#reopenAsked && stat.nlink > 0) return { size: stat.size, fresh: false };
    const handle = await this.#open(this.path);
    this.#reopenAsked = false;
    await this.#handle.close().catch(() => undefined);
    this.#handle = handle;
    return { size: (await handle.stat()).size, fresh: true };
  }
}

/** Opens for appending. A last line that a crash has cut gets its end, so that the next one stands alone. */
async function openAtLine(path: string): Promise<FileHandle> {
  const handle = await open(path, 'a+', MODE);
  try {
    const { size } = await handle.stat();
    if (size > 0) {
      const { buffer } = await handle.read(new Uint8Array(1), 0, 1, size - 1);
      if (buffer[0] !== NEWLINE) await handle.write('\n');
    }
    return handle;
  } catch (error) {
    await handle.close().catch(() => undefined);
    throw error;
  }
}
