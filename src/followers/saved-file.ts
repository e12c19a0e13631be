// A file of lines that can go back to its save point.
import { dirname } from 'node:path';
import type { Disk, DiskFile, FileState } from './disk.ts';
import { cutMoved, finishSwap, rotate } from './rotation.ts';
import {
  continues,
  readSavePoint,
  type SaveContent,
  type SavePoint,
  tailOf,
  writeSavePoint,
} from './save-point.ts';
import { writeAll } from './replace-file.ts';

const NEWLINE = 0x0a;
const NOTHING: SaveContent = { rooms: [], logsPrivate: false, isDurable: true };

/**
 * Every method rejects with the system's error. When nobody knows then what the file holds, `isDoubtful` is
 * true until `place` has gone back to the save point.
 *
 * Owns: the open file and its save point. Invariant: a save point is only of a file that is durable up to it.
 */
export class SavedFile {
  readonly #path: string;
  readonly #disk: Disk;
  #file: DiskFile | undefined;
  #state: FileState | undefined;
  /** How long the file is unless somebody else has touched it. */
  #length = 0;
  #point: SavePoint | undefined;
  #isDoubtful = true;
  /** What stands beside the file may be another save point than `#point`. */
  #isPointDoubtful = false;
  #isStrange = false;

  constructor(path: string, disk: Disk) {
    this.#path = path;
    this.#disk = disk;
  }

  get isDoubtful(): boolean {
    return this.#isDoubtful;
  }

  /** The save point is not of this file: it must be, before a line is written. */
  get isStrange(): boolean {
    return this.#isStrange;
  }

  /** Somebody has removed the file. */
  get isRemoved(): boolean {
    return this.#state?.links === 0;
  }

  /** No pipe and no device: it has a length and a save point. */
  get isRegular(): boolean {
    return this.#state?.isRegular === true;
  }

  get length(): number {
    return this.#length;
  }

  /** Opens the file as an earlier process has left it. */
  async begin(): Promise<SavePoint | 'none' | 'unreadable'> {
    const point = await readSavePoint(this.#disk, this.#path);
    if (typeof point !== 'string') this.#point = point;
    await this.place(typeof point !== 'string' && !point.isDurable);
    return point;
  }

  /**
   * Goes back to the save point, in the file that has it. Any other is continued at its end.
   * @param keepAll this one, too: its lines are all that is left of their entries
   */
  async place(keepAll = false): Promise<void> {
    const point = this.#point;
    if (this.#isPointDoubtful && point !== undefined) await this.#writePoint(point);
    await this.#leave(point);
    const path = await this.#disk.resolve(this.#path);
    if (point !== undefined) await finishSwap(this.#disk, path, point);
    const { file, state } = await this.#enter(path);
    if (point !== undefined && !keepAll && (await continues(file, state, point))) {
      if (state.size > point.length) await file.truncate(point.length);
      this.#length = point.length;
    } else {
      if (point !== undefined && !keepAll) await cutMoved(this.#disk, path, point);
      await this.#adopt(file, state);
    }
    this.#isDoubtful = false;
  }

  /** Looks whether somebody has changed the file. If so, it is continued at its end. */
  async look(): Promise<void> {
    const file = this.#open();
    const state = await this.#judged(file.state());
    this.#state = state;
    if (state.isRegular && state.size !== this.#length) await this.#judged(this.#adopt(file, state));
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#judged(writeAll(this.#open(), bytes));
    if (this.isRegular) this.#length += bytes.length;
  }

  /** Makes a save point of what is in the file. @param content that of the last one when absent */
  async save(content: SaveContent = this.#point ?? NOTHING): Promise<void> {
    const file = this.#open();
    const state = this.#state;
    if (state?.isRegular === true) {
      await this.#judged(file.sync());
      const tail = await this.#judged(tailOf(file, this.#length));
      // Its name must be as safe as what is said of it.
      if (this.#isStrange) await this.#disk.syncDirectory(dirname(await this.#disk.resolve(this.#path)));
      const { rooms, logsPrivate, isDurable } = content;
      await this.#writePoint({ file: state.id, length: this.#length, tail, rooms, logsPrivate, isDurable });
    }
    this.#isStrange = false;
  }

  /**
   * Goes on in the file that is now at the path, or in a new one. The old one is saved and has no lines behind
   * that, so no moment in between is one in which a crash costs anything.
   * @param keep old files to keep, after giving this one a number; undefined = somebody else has moved it
   */
  async renew(keep: number | undefined): Promise<void> {
    const path = await this.#disk.resolve(this.#path);
    const isHere = (await this.#disk.state(path))?.id === this.#state?.id;
    if (keep !== undefined && isHere) await rotate(this.#disk, path, keep);
    await this.#enter(path);
    await this.look();
  }

  async close(): Promise<void> {
    await this.#file?.close().catch(() => undefined);
    this.#file = undefined;
  }

  /** From here on what is at the path is the file. */
  async #enter(path: string): Promise<{ file: DiskFile; state: FileState }> {
    const file = await this.#disk.open(path);
    try {
      const state = await file.state();
      await this.close();
      this.#file = file;
      this.#state = state;
      this.#length = Number.NaN;
      return { file, state };
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
  }

  /** Takes back what was written behind the save point, even where the file can not be found any more. */
  async #leave(point: SavePoint | undefined): Promise<void> {
    if (this.#file === undefined) return;
    if (point !== undefined && this.#state?.id === point.file) {
      const cut = this.#file.truncate(point.length).then(() => this.#file?.sync());
      await cut.catch(() => undefined);
    }
    await this.close();
  }

  async #adopt(file: DiskFile, { size, isRegular }: FileState): Promise<void> {
    this.#isStrange = true;
    this.#length = isRegular ? size : 0;
    if (this.#length === 0) return;
    const [last] = await file.read(size - 1, 1);
    if (last === NEWLINE) return;
    await writeAll(file, new Uint8Array([NEWLINE]));
    this.#length++;
  }

  async #writePoint(point: SavePoint): Promise<void> {
    this.#isPointDoubtful = true;
    await writeSavePoint(this.#disk, this.#path, point);
    this.#isPointDoubtful = false;
    this.#point = point;
  }

  async #judged<T>(operation: Promise<T>): Promise<T> {
    try {
      return await operation;
    } catch (error) {
      this.#isDoubtful = true;
      throw error;
    }
  }

  #open(): DiskFile {
    if (this.#file === undefined) throw new Error(`${this.#path} is not open`);
    return this.#file;
  }
}
