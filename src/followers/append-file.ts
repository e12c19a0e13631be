// A file that grows by whole texts, whatever the disk does meanwhile.
import { type Disk, type DiskFile, type FileState, nodeDisk } from './disk.ts';
import { writeAll } from './replace-file.ts';
import { Retry, type RetryTimes, type TroubleListener } from './retry.ts';
import { rotate } from './rotation.ts';

/** Texts that are written together are cut here, bytes; and at this part of what one file may be. */
const WRITE_BYTES_MAX = 262_144;
const WRITES_PER_FILE = 8;
const NEWLINE = 0x0a;

export interface AppendFileOptions {
  /** No file gets larger, unless one text is. 0 (the default) = any size. Bytes. */
  readonly bytesMax?: number;
  /** How many old files are kept. Default 0. */
  readonly filesMax?: number;
  /** For tests; the defaults are the real ones. */
  readonly disk?: Disk;
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
 * which is what holds the writer back. Unlike chat.log, what was written may be lost or cut when the system crashes.
 *
 * Owns: the file handle and the texts not yet written. Invariant: at most one write is under way.
 */
export class AppendFile {
  readonly path: string;
  readonly #disk: Disk;
  readonly #bytesMax: number;
  readonly #filesMax: number;
  readonly #retry: Retry;
  #file: DiskFile;
  #queue: Waiting[] = [];
  #writing = false;
  #reopenAsked = false;
  #abandoned = false;
  #idle: (() => void) | undefined;

  private constructor(
    path: string,
    file: DiskFile,
    listener: TroubleListener,
    { bytesMax = 0, filesMax = 0, disk = nodeDisk, retry }: AppendFileOptions,
  ) {
    this.path = path;
    this.#file = file;
    this.#disk = disk;
    this.#bytesMax = bytesMax;
    this.#filesMax = filesMax;
    this.#retry = new Retry(listener, retry);
  }

  /** Opens the file for appending, creates it (0600) if need be. @throws the system's error */
  static async open(
    path: string,
    listener: TroubleListener,
    options: AppendFileOptions = {},
  ): Promise<AppendFile> {
    return new AppendFile(path, await openAtLine(options.disk ?? nodeDisk, path), listener, options);
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
    await this.#file.close().catch(() => undefined);
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
    const most =
      this.#bytesMax === 0 ? WRITE_BYTES_MAX : Math.min(WRITE_BYTES_MAX, this.#bytesMax / WRITES_PER_FILE);
    let bytes = 0;
    let count = 0;
    for (const { text } of this.#queue) {
      bytes += Buffer.byteLength(text);
      if (count > 0 && bytes > most) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #writeWhole(bytes: Uint8Array): Promise<void> {
    let at = 0;
    let sizeExpected = 0;
    while (at < bytes.length && !this.#abandoned) {
      try {
        const { size, fresh } = await this.#follow(at === 0 ? bytes.length : 0);
        // Never continue a line in a file that does not end with its beginning: the rest of somebody's text
        // would stand where a line starts.
        if (at > 0 && (fresh || size !== sizeExpected)) at = bytes.lastIndexOf(NEWLINE, at - 1) + 1;
        const written = await this.#file.write(bytes.subarray(at));
        at += written;
        sizeExpected = size + written;
      } catch (error) {
        if (!this.#abandoned) await this.#retry.wait(error as Error);
        continue;
      }
      this.#retry.succeeded();
    }
  }

  /** A new file when the old one was removed, or when asked, or when `coming` bytes would make it too large. */
  async #follow(coming: number): Promise<{ size: number; fresh: boolean }> {
    const state = await this.#file.state();
    const isFull = this.#isFull(state, coming);
    if (!this.#reopenAsked && state.links > 0 && !isFull) return { size: state.size, fresh: false };
    if (isFull) await this.#giveNumber(state);
    const file = await openAtLine(this.#disk, this.path);
    this.#reopenAsked = false;
    await this.#file.close().catch(() => undefined);
    this.#file = file;
    return { size: (await file.state()).size, fresh: true };
  }

  #isFull({ size, isRegular }: FileState, coming: number): boolean {
    if (this.#bytesMax === 0 || !isRegular || size === 0 || coming === 0) return false;
    return size + coming > this.#bytesMax;
  }

  /** Unless somebody else has moved it: then what is at the path is not ours. */
  async #giveNumber({ id }: FileState): Promise<void> {
    const path = await this.#disk.resolve(this.path);
    if ((await this.#disk.state(path))?.id === id) await rotate(this.#disk, path, this.#filesMax);
  }
}

/** Opens for appending. A last line that a crash has cut gets its end, so that the next one stands alone. */
async function openAtLine(disk: Disk, path: string): Promise<DiskFile> {
  const file = await disk.open(path);
  try {
    const { size } = await file.state();
    const [last] = size > 0 ? await file.read(size - 1, 1) : [];
    if (last !== undefined && last !== NEWLINE) await writeAll(file, Uint8Array.of(NEWLINE));
    return file;
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}
