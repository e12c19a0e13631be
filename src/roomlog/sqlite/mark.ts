// The high-water mark: what has been stored, told outside the database, so that a database which forgot something
// is found out. One slot a room; a slot never straddles a sector of the disk, so it is written wholly or not at all.
import {
  closeSync,
  existsSync,
  fchmodSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { sameBytes } from '../../protocol/bytes.ts';
import { LOG_ID_BYTES, NAME_BYTES_MAX, SERVER_ID_BYTES } from '../../protocol/limits.ts';
import { putBe64 } from '../be64.ts';
import type { RoomName, Seq } from '../roomlog.ts';
import { DIGEST_BYTES, digestOf } from './digest.ts';
import { LogError } from './log-error.ts';

/** The mark's file in a data directory. */
export function markIn(directory: string): string {
  return join(directory, 'log.mark');
}

/** What the mark knows of one room. */
export interface MarkSlot {
  /** The room's number in the database, from 1: its place in the file. */
  readonly room: number;
  readonly name: RoomName;
  readonly logId: Uint8Array;
  /** The newest entry that was told to anybody. */
  readonly newest: Seq;
  /** The chain behind `newest`. */
  readonly chain: Uint8Array;
  /** Up to here the entries are in the database itself and no longer in its -wal. 0: verify all of it at the next start. */
  readonly checkpointed: Seq;
}

/** `unreadable`: torn by a power loss, or damaged. Rooms of which nothing was ever written are not in the map. */
export type MarkSlots = ReadonlyMap<number, MarkSlot | 'unreadable'>;

const SLOT_BYTES = 256;
const SUM_AT = SLOT_BYTES - DIGEST_BYTES;
const MAGIC = 'kentongan mark\n\0';
const VERSION = 1;
const NAME_AT = 24 + LOG_ID_BYTES + 16;
/** The file grows by so many slots at once: a block of the disk. */
const GROW_SLOTS = 16;
const SYNC_AFTER_MS = 500;

export class Mark {
  readonly file: string;
  /** There was no mark in this directory. */
  readonly isNew: boolean;
  /** There was one, but its header was unreadable; whose it was is not known. */
  readonly isHeaderDamaged: boolean;
  readonly #slots: Map<number, MarkSlot | 'unreadable'>;
  readonly #fd: number;
  readonly #onFailed: (error: Error) => void;
  #allocated: number;
  #dirty = false;
  #syncing = false;
  #syncedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #state: { readonly is: 'open' | 'closed' } | { readonly is: 'failed'; readonly error: Error } = {
    is: 'open',
  };

  /**
   * Opens the mark of a directory, makes it if it is absent.
   * @param onFailed called once, when the disk refuses to keep the mark (see `syncSoon`)
   * @throws LogError `mismatch` when it is another log's, `too-new`; the system's error else
   */
  static open(directory: string, serverId: Uint8Array, onFailed: (error: Error) => void = fail): Mark {
    const file = markIn(directory);
    const bytes = existsSync(file) ? readFileSync(file) : new Uint8Array(0);
    // Nothing but zeros: its maker died before the header was on the disk.
    const known = bytes.every((byte) => byte === 0) ? undefined : parse(bytes, file);
    const serverIdOfMark = known?.serverId;
    if (serverIdOfMark !== undefined && !sameBytes(serverIdOfMark, serverId)) {
      throw new LogError('mismatch', { file: join(directory, 'log.db'), mark: file });
    }
    return new Mark(file, serverId, known, onFailed);
  }

  private constructor(
    file: string,
    serverId: Uint8Array,
    known: ReturnType<typeof parse> | undefined,
    onFailed: (error: Error) => void,
  ) {
    this.file = file;
    this.isNew = known === undefined;
    this.isHeaderDamaged = known !== undefined && known.serverId === undefined;
    this.#slots = known?.slots ?? new Map();
    this.#allocated = known?.length ?? 0;
    this.#onFailed = onFailed;
    this.#fd = openSync(file, known === undefined ? 'w+' : 'r+', 0o600);
    try {
      fchmodSync(this.#fd, 0o600);
      if (known?.serverId === undefined) this.#put(0, headerOf(serverId));
      fsyncSync(this.#fd);
      this.#dirty = false;
      syncDirectory(dirname(file));
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  /** What was told last of every room. */
  get slots(): MarkSlots {
    return this.#slots;
  }

  /** Takes the room on the disk that a slot needs, so that `write` needs none. @throws the system's error */
  reserve(room: number): void {
    if (room >= this.#allocated) this.#grow(room);
  }

  /** Hands a slot to the system: it survives the end of this process from now on. @throws the system's error */
  write(slot: MarkSlot): void {
    this.#put(slot.room, encode(slot));
    this.#slots.set(slot.room, slot);
  }

  /** The room is no more. @throws the system's error */
  clear(room: number): void {
    if (!this.#slots.has(room)) return;
    this.#put(room, new Uint8Array(SLOT_BYTES));
    this.#slots.delete(room);
  }

  /**
   * What was written survives a power loss soon: within a second while this is called after each write. Never waits
   * for the disk. When the disk refuses, `onFailed` is called and nothing is known of what it keeps.
   */
  syncSoon(): void {
    if (!this.#dirty || this.#syncing || this.#state.is !== 'open') return;
    const wait = this.#syncedAt + SYNC_AFTER_MS - performance.now();
    if (wait <= 0) this.#syncNow();
    else this.#timer ??= setTimeout(() => this.#syncNow(), wait).unref();
  }

  /** What was written survives a power loss. Waits for the disk. @throws the system's error */
  sync(): void {
    // A disk that has refused once may say yes the next time and have forgotten what it refused.
    if (this.#state.is === 'failed') throw this.#state.error;
    if (!this.#dirty && !this.#syncing) return;
    this.#dirty = false;
    fdatasyncSync(this.#fd);
    this.#syncedAt = performance.now();
  }

  /** Syncs and releases the file. @throws the system's error, the file is released all the same */
  close(): void {
    if (this.#state.is === 'closed') return;
    clearTimeout(this.#timer);
    try {
      this.sync();
    } finally {
      this.#state = { is: 'closed' };
      // The descriptor may not be closed, and so given to another file, under a sync.
      if (!this.#syncing) closeSync(this.#fd);
    }
  }

  #syncNow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // `sync` may have been called since the timer was set.
    if (!this.#dirty) return;
    this.#dirty = false;
    this.#syncing = true;
    fdatasync(this.#fd, (error) => this.#synced(error));
  }

  #synced(error: Error | null): void {
    this.#syncing = false;
    this.#syncedAt = performance.now();
    if (this.#state.is === 'closed') {
      closeSync(this.#fd);
      return;
    }
    if (error === null) this.syncSoon();
    else {
      this.#state = { is: 'failed', error };
      this.#onFailed(error);
    }
  }

  #put(slot: number, bytes: Uint8Array): void {
    this.reserve(slot);
    this.#dirty = true;
    writeAll(this.#fd, bytes, slot * SLOT_BYTES);
  }

  #grow(slot: number): void {
    const until = (Math.floor(slot / GROW_SLOTS) + 1) * GROW_SLOTS;
    this.#dirty = true;
    writeAll(this.#fd, new Uint8Array((until - this.#allocated) * SLOT_BYTES), this.#allocated * SLOT_BYTES);
    this.#allocated = until;
  }
}

/** The mark of a directory, for those who only look; undefined when there is none. @throws LogError `too-new` */
export function readMark(
  directory: string,
): { readonly serverId: Uint8Array | undefined; readonly slots: MarkSlots } | undefined {
  const file = markIn(directory);
  if (!existsSync(file)) return undefined;
  const { serverId, slots } = parse(readFileSync(file), file);
  return { serverId, slots };
}

/** Says of a mark that nobody has open to whose log it belongs. Durable. @throws the system's error */
export function giveMark(directory: string, serverId: Uint8Array): void {
  const fd = openSync(markIn(directory), 'r+');
  try {
    writeAll(fd, headerOf(serverId), 0);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function fail(error: Error): never {
  throw error;
}

function writeAll(fd: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, at + done);
  }
}

function syncDirectory(directory: string): void {
  // Windows can not sync a directory, and need not.
  if (process.platform === 'win32') return;
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Whole slots of the file, and what they say. @throws LogError `too-new` */
function parse(
  bytes: Uint8Array,
  file: string,
): { serverId: Uint8Array | undefined; slots: Map<number, MarkSlot | 'unreadable'>; length: number } {
  const slots = new Map<number, MarkSlot | 'unreadable'>();
  for (let slot = 1; slot * SLOT_BYTES < bytes.length; slot++) {
    const read = decode(slot, bytes.subarray(slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES));
    if (read !== undefined) slots.set(slot, read);
  }
  const serverId = serverIdOf(Buffer.from(bytes.subarray(0, SLOT_BYTES)), file);
  return { serverId, slots, length: Math.floor(bytes.length / SLOT_BYTES) };
}

/** The slot's place is in its sum: one that was written to another place is unreadable. */
function sumOf(slot: number, bytes: Uint8Array): Uint8Array {
  return digestOf([slot, bytes.subarray(0, SUM_AT)]);
}

function isWhole(slot: number, bytes: Uint8Array): boolean {
  return sameBytes(bytes.subarray(SUM_AT), sumOf(slot, bytes));
}

function headerOf(serverId: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(SLOT_BYTES);
  bytes.write(MAGIC, 'latin1');
  bytes.writeUInt32BE(VERSION, MAGIC.length);
  bytes.set(serverId, MAGIC.length + 4);
  bytes.set(sumOf(0, bytes), SUM_AT);
  return bytes;
}

function serverIdOf(bytes: Buffer, file: string): Uint8Array | undefined {
  if (!isWhole(0, bytes)) return undefined;
  const version = bytes.readUInt32BE(MAGIC.length);
  if (version !== VERSION) throw new LogError('too-new', { file, version, known: VERSION });
  return bytes.subarray(MAGIC.length + 4, MAGIC.length + 4 + SERVER_ID_BYTES);
}

function encode({ room, name, logId, newest, chain, checkpointed }: MarkSlot): Uint8Array {
  const bytes = Buffer.alloc(SLOT_BYTES);
  const text = Buffer.from(name);
  if (text.length > NAME_BYTES_MAX) throw new RangeError('no room has so long a name');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  putBe64(view, 0, room);
  putBe64(view, 8, newest);
  putBe64(view, 16, checkpointed);
  bytes.set(logId, 24);
  bytes.set(chain, 24 + LOG_ID_BYTES);
  bytes.writeUInt8(text.length, NAME_AT);
  bytes.set(text, NAME_AT + 1);
  bytes.set(sumOf(room, bytes), SUM_AT);
  return bytes;
}

/** Undefined: empty. */
function decode(room: number, view: Uint8Array): MarkSlot | 'unreadable' | undefined {
  if (view.every((byte) => byte === 0)) return undefined;
  if (!isWhole(room, view)) return 'unreadable';
  const bytes = Buffer.from(view);
  return {
    room,
    newest: Number(bytes.readBigInt64BE(8)),
    checkpointed: Number(bytes.readBigInt64BE(16)),
    logId: bytes.subarray(24, 24 + LOG_ID_BYTES),
    chain: bytes.subarray(24 + LOG_ID_BYTES, NAME_AT),
    name: bytes.toString('utf8', NAME_AT + 1, NAME_AT + 1 + bytes.readUInt8(NAME_AT)),
  };
}
