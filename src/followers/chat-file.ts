// The lines of chat.log on disk, each exactly once, whatever happens to the process, the disk or the file.
import { type Disk, nodeDisk } from './disk.ts';
import { LineQueue } from './line-queue.ts';
import { Pause } from './pause.ts';
import { Retry, type RetryTimes, type TroubleListener } from './retry.ts';
import { SaveClock, type SaveTimes } from './save-clock.ts';
import type { SaveContent, SavePoint } from './save-point.ts';
import { SavedFile } from './saved-file.ts';

/** Whose lines these are. */
export interface LineSource {
  /** What a save point is to say now: the positions up to which `written` was called. */
  content(): SaveContent;
  /** What `content` said last is safe. */
  saved(): void;
}

export interface ChatFileOptions {
  /** No file gets larger, unless one run of lines is. 0 = any size. Bytes. */
  readonly bytesMax: number;
  /** How many old files are kept. */
  readonly filesMax: number;
  /** For tests; the defaults are the real ones. */
  readonly disk?: Disk;
  readonly retry?: RetryTimes;
  readonly save?: SaveTimes;
  /** From one write to the next, at least, when there is nothing else to do. Milliseconds. */
  readonly gatherMs?: number;
}

/**
 * Where an earlier process has stopped. `new`: there was none; `lost`: there are lines, but nothing says which;
 * `stream`: a pipe or a device, which is never read again.
 */
export type Found = SavePoint | 'new' | 'lost' | 'stream';

/** Between two save points at most so much is held to be written again. */
const UNSAVED_BYTES_MAX = 8_388_608;
/**
 * A write costs the same for one line as for a hundred: the first one comes at once, and what is said while others
 * talk, too, shares one with what they say.
 */
const GATHER_MS = 50;
/** So much is written together anyway. */
const GATHERED_BYTES = 32_768;

/**
 * What was written since the last save point counts for nothing yet, and is held: when an operation on the file
 * fails, the file is cut at the save point and these lines are written again. A process that dies leaves the same
 * to the next one, which gets the lines from the room's log. So there is one way back from every kind of trouble,
 * and no line is there twice, or in part.
 *
 * Another file at the path (moved away, removed, emptied, rotated) is continued at its end, and a save point says
 * so before the first line goes there.
 *
 * Owns: the lines behind the save point. Invariant: one operation on the file at a time, all of them in `#step`.
 */
export class ChatFile {
  readonly path: string;
  readonly #options: ChatFileOptions;
  readonly #file: SavedFile;
  readonly #retry: Retry;
  readonly #clock: SaveClock;
  readonly #lines = new LineQueue();
  readonly #pause = new Pause();
  #writtenAt = Number.NEGATIVE_INFINITY;
  #found: Found = 'new';
  #source: LineSource | undefined;
  #isSourceNew = false;
  #reopenAsked = false;
  #running = false;
  #isClosing = false;
  #abandoned = false;
  #idle: (() => void) | undefined;

  private constructor(path: string, listener: TroubleListener, options: ChatFileOptions) {
    this.path = path;
    this.#options = options;
    this.#file = new SavedFile(path, options.disk ?? nodeDisk);
    this.#retry = new Retry(listener, options.retry);
    this.#clock = new SaveClock(() => this.#wake(), options.save);
  }

  /**
   * Opens the file, creates it (0600) if need be, and cuts what an earlier process has not saved.
   * @throws the system's error
   */
  static async open(path: string, listener: TroubleListener, options: ChatFileOptions): Promise<ChatFile> {
    const chatFile = new ChatFile(path, listener, options);
    try {
      await chatFile.#begin();
    } catch (error) {
      await chatFile.#file.close();
      throw error;
    }
    return chatFile;
  }

  /** Where an earlier process has stopped. */
  get found(): Found {
    return this.#found;
  }

  /** Retries in vain since the trouble began, 0 = none. */
  get retries(): number {
    return this.#retry.count;
  }

  /** Says whose lines come, before the first one. What `content` says at the end of this turn is saved at once. */
  from(source: LineSource): void {
    this.#source = source;
    this.#isSourceNew = true;
    this.#wake();
  }

  /**
   * Takes whole lines. `written` is called once, when the system has them, never from within this call. A crash
   * may still take them; `LineSource.saved` says when it can not.
   */
  append(lines: string, written: () => void): void {
    this.#lines.push(Buffer.from(lines), written);
    if (!this.#running || this.#lines.unwrittenBytes >= GATHERED_BYTES) this.#wake();
  }

  /** Goes on in a new file: somebody has moved this one away. */
  reopen(): void {
    this.#reopenAsked = true;
    this.#retry.hurry();
    this.#wake();
  }

  /**
   * Writes and saves what is left, for at most `ms`, and closes. False: not everything is written. What is
   * written and can not be saved costs no line: the next process does it again.
   */
  async close(ms: number): Promise<boolean> {
    this.#isClosing = true;
    this.#clock.now();
    this.#retry.hurry();
    if (this.#running) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#idle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const whole = !this.#running && !this.#lines.hasUnwritten;
    this.#abandoned = true;
    this.#clock.stop();
    this.#retry.hurry();
    await this.#file.close();
    return whole;
  }

  async #begin(): Promise<void> {
    const point = await this.#file.begin();
    if (!this.#file.isRegular) this.#found = 'stream';
    else if (typeof point !== 'string') this.#found = point;
    else this.#found = point === 'none' && this.#file.length === 0 ? 'new' : 'lost';
    // Where positions were lost, there are none to save before the source has found others.
    if (this.#found !== 'lost' && this.#file.isStrange) await this.#file.save();
  }

  #wake(): void {
    this.#pause.end();
    if (!this.#running && !this.#abandoned) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    // First the caller ends its turn: other rooms may be about to say where they stand.
    await Promise.resolve();
    while (this.#hasWork && !this.#abandoned) {
      try {
        await this.#step();
      } catch (error) {
        if (this.#isClosing && !this.#file.isDoubtful && !this.#lines.hasUnwritten) break;
        if (!this.#abandoned) await this.#retry.wait(error as Error);
      }
    }
    this.#running = false;
    this.#idle?.();
  }

  get #hasWork(): boolean {
    if (this.#isSourceNew || this.#reopenAsked || this.#lines.hasUnwritten) return true;
    return !this.#lines.isEmpty && (this.#clock.isDue || this.#retry.count > 0);
  }

  async #step(): Promise<void> {
    if (this.#file.isDoubtful) {
      await this.#file.place();
      this.#lines.rewind();
    }
    await this.#gather();
    await this.#file.look();
    if (this.#reopenAsked) await this.#reopen();
    else if (this.#file.isRemoved) await this.#renew(undefined);
    else if (this.#isSaveDue) await this.#save();
    else if (this.#isFull) await this.#renew(this.#options.filesMax);
    else await this.#write();
  }

  /** Waits for more lines, if lines are all there is to do. */
  async #gather(): Promise<void> {
    if (this.#isClosing || this.#isSourceNew || this.#reopenAsked || this.#clock.isDue) return;
    if (this.#lines.unwrittenBytes >= GATHERED_BYTES) return;
    const ms = this.#writtenAt + (this.#options.gatherMs ?? GATHER_MS) - performance.now();
    if (ms > 0) await this.#pause.wait(ms);
  }

  get #isSaveDue(): boolean {
    if (this.#file.isStrange) return true;
    if (!this.#lines.isCaughtUp) return false;
    if (this.#isSourceNew || !this.#lines.hasUnwritten) return true;
    return this.#clock.isDue || this.#lines.writtenBytes >= UNSAVED_BYTES_MAX;
  }

  get #isFull(): boolean {
    const { bytesMax } = this.#options;
    if (bytesMax === 0 || this.#file.length === 0) return false;
    return this.#file.length + this.#lines.nextBytes > bytesMax;
  }

  async #write(): Promise<void> {
    const { bytesMax } = this.#options;
    const batch = this.#lines.batch(bytesMax === 0 ? Number.POSITIVE_INFINITY : bytesMax - this.#file.length);
    this.#writtenAt = performance.now();
    await this.#file.write(batch.bytes);
    this.#clock.changed();
    this.#lines.wrote(batch);
  }

  async #save(): Promise<void> {
    // After a cut the file is behind what was told: then the old positions are those of the file.
    const source = this.#lines.isCaughtUp ? this.#source : undefined;
    const began = performance.now();
    await this.#file.save(source?.content());
    if (source === undefined) return;
    this.#isSourceNew = false;
    this.#lines.forgetWritten();
    this.#clock.saved(performance.now() - began);
    source.saved();
    // Only what is safe is over.
    if (!this.#lines.hasUnwritten) this.#retry.succeeded();
  }

  async #renew(keep: number | undefined): Promise<void> {
    await this.#save();
    await this.#file.renew(keep);
    await this.#save();
  }

  async #reopen(): Promise<void> {
    this.#reopenAsked = false;
    try {
      await this.#renew(undefined);
    } catch (error) {
      this.#reopenAsked = true;
      throw error;
    }
  }
}
