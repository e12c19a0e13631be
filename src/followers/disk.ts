// The file operations that chat.log and operator.log need, as a port: tests have disks that fail, fill up and stop.
import type { BigIntStats } from 'node:fs';
import { type FileHandle, open, readdir, readFile, realpath, rename, stat, unlink } from 'node:fs/promises';

/** What is known of a file without reading it. */
export interface FileState {
  /** The same for one file under every name; of no use once the file is copied. */
  readonly id: string;
  readonly size: number;
  /** Names that it has; 0 = it was removed. */
  readonly links: number;
  /** No pipe, no terminal, no device. */
  readonly isRegular: boolean;
}

/** An open file. Every operation rejects with the system's error. */
export interface DiskFile {
  state(): Promise<FileState>;
  read(from: number, length: number): Promise<Uint8Array>;
  /** Writes at the end, wherever that is by then. The number of bytes may be smaller than asked for. */
  write(bytes: Uint8Array): Promise<number>;
  truncate(length: number): Promise<void>;
  /** What was written survives a power cut from here on. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  /** For reading and for writing at the end; made (0600) if need be. */
  open(path: string): Promise<DiskFile>;
  /** Undefined: there is none. */
  state(path: string): Promise<FileState | undefined>;
  /** Undefined: there is none. */
  readWhole(path: string): Promise<Uint8Array | undefined>;
  names(directory: string): Promise<readonly string[]>;
  /** Takes the place of what is at `to`, if anything is. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Names that were given and taken in a directory survive a power cut from here on. */
  syncDirectory(path: string): Promise<void>;
  /** The path behind symbolic links; itself when nothing is there. */
  resolve(path: string): Promise<string>;
}

const MODE = 0o600;

/** The real one. */
export const nodeDisk: Disk = {
  open: async (path) => new NodeFile(await open(path, 'a+', MODE)),
  state: async (path) => stateOf(await orNothing(stat(path, { bigint: true }))),
  readWhole: (path) => orNothing(readFile(path)),
  names: (directory) => readdir(directory),
  rename,
  remove: unlink,
  syncDirectory: async (path) => {
    // Windows has no such operation.
    if (process.platform === 'win32') return;
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  resolve: async (path) => (await orNothing(realpath(path))) ?? path,
};

class NodeFile implements DiskFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async state(): Promise<FileState> {
    return stateOf(await this.#handle.stat({ bigint: true }));
  }

  async read(from: number, length: number): Promise<Uint8Array> {
    const { buffer, bytesRead } = await this.#handle.read(new Uint8Array(length), 0, length, from);
    return buffer.subarray(0, bytesRead);
  }

  async write(bytes: Uint8Array): Promise<number> {
    return (await this.#handle.write(bytes)).bytesWritten;
  }

  truncate(length: number): Promise<void> {
    return this.#handle.truncate(length);
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

function stateOf(stats: BigIntStats): FileState;
function stateOf(stats: BigIntStats | undefined): FileState | undefined;
function stateOf(stats: BigIntStats | undefined): FileState | undefined {
  if (stats === undefined) return undefined;
  const { dev, ino, size, nlink } = stats;
  return { id: `${dev}:${ino}`, size: Number(size), links: Number(nlink), isRegular: stats.isFile() };
}

/** Undefined where nothing is. */
async function orNothing<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
