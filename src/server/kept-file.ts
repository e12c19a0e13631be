// A small table in a file that survives every crash: JSON that knows what it is, written as a whole each time.
import { hash } from 'node:crypto';
import { dirname } from 'node:path';
import type { NameFailure } from '../core/ports.ts';
import type { Disk } from '../followers/disk.ts';
import { replaceFile } from '../followers/replace-file.ts';

/** The rows of a table by their keys. */
export type Rows<Row> = ReadonlyMap<string, Row>;

/** What a file is, and how its rows are written. */
export interface KeptFormat<Row> {
  /** Stands in the file, so that no other is taken for it. */
  readonly format: string;
  readonly version: number;
  /** As JSON has it. */
  readonly encode: (row: Row) => unknown;
  /** Undefined: these are none. */
  readonly decode: (rows: unknown) => Rows<Row> | undefined;
}

/** Why a file can not be used: it is damaged, or of another program; or of a newer version of this one. */
export type Unusable = 'damaged' | 'newer';

interface Envelope {
  readonly format: string;
  readonly version: number;
  /** Of `rows` as `JSON.stringify` writes them, hexadecimal. */
  readonly sha256: string;
  readonly rows: unknown;
}

function encodeKept<Row>(all: Rows<Row>, { format, version, encode }: KeptFormat<Row>): Buffer {
  // Written once: thousands of rows take the event loop's time.
  const rows = JSON.stringify(Array.from(all.values(), encode));
  const head = { format, version, sha256: hash('sha256', rows) } satisfies Omit<Envelope, 'rows'>;
  return Buffer.from(`${JSON.stringify(head).slice(0, -1)},"rows":${rows}}\n`);
}

function decodeKept<Row>(bytes: Uint8Array, kept: KeptFormat<Row>): Rows<Row> | Unusable {
  let envelope: Partial<Envelope> | null;
  try {
    envelope = JSON.parse(Buffer.from(bytes).toString()) as Partial<Envelope> | null;
  } catch {
    return 'damaged';
  }
  if (envelope?.format !== kept.format || envelope.rows === undefined) return 'damaged';
  if (envelope.sha256 !== hash('sha256', JSON.stringify(envelope.rows))) return 'damaged';
  if (envelope.version !== kept.version) return 'newer';
  return kept.decode(envelope.rows) ?? 'damaged';
}

/** @returns undefined: it was never written @throws the system's error */
export async function readKept<Row>(
  disk: Disk,
  path: string,
  format: KeptFormat<Row>,
): Promise<Rows<Row> | Unusable | undefined> {
  const bytes = await disk.readWhole(path);
  if (bytes === undefined) return undefined;
  // A process that died between the renaming and this has left a name that a power cut would take back.
  await disk.syncDirectory(dirname(path));
  return decodeKept(bytes, format);
}

type Done = (failure?: NameFailure) => void;

interface Change<Row> {
  readonly key: string;
  /** Undefined: there is none any more. */
  readonly row: Row | undefined;
  readonly done: Done;
}

export interface KeptFileOptions<Row> {
  readonly disk: Disk;
  readonly path: string;
  readonly format: KeptFormat<Row>;
  /** What the file says. */
  readonly rows: Rows<Row>;
  /** After a failure it is not known what the file says: it is written again after so long. Default 5,000 ms. */
  readonly retryMs?: number;
}

const RETRY_MS = 5_000;

/**
 * Everything that came while one write ran goes into the next. A change that fails is taken back: the next write
 * does not have it.
 *
 * Owns: the file, and what is known to be in it. Invariant: at most one write is under way.
 */
export class KeptFile<Row> {
  readonly #options: KeptFileOptions<Row>;
  #rows: Rows<Row>;
  #waiting: Array<Change<Row>> = [];
  #running: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: KeptFileOptions<Row>) {
    this.#options = options;
    this.#rows = options.rows;
  }

  /** What is durable. */
  get rows(): Rows<Row> {
    return this.#rows;
  }

  /**
   * Puts a row, or takes it away where it is undefined. `done` is called later: when that is durable, or with why it
   * is not kept. In the order of the calls.
   */
  change(key: string, row: Row | undefined, done: Done): void {
    this.#waiting.push({ key, row, done });
    this.#run();
  }

  /** Waits until nothing is under way, and writes nothing any more unless it is told to. */
  async settle(): Promise<void> {
    clearTimeout(this.#retry);
    await this.#running;
    clearTimeout(this.#retry);
  }

  #run(): void {
    this.#running ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    clearTimeout(this.#retry);
    // Behind the call, whatever that does: all that one turn of the event loop brings is one write.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    do {
      const changes = this.#waiting.splice(0);
      const failure = await this.#write(changes);
      for (const { done } of changes) done(failure);
    } while (this.#waiting.length > 0);
    // In the same breath: what comes from now on begins anew.
    this.#running = undefined;
  }

  async #write(changes: ReadonlyArray<Change<Row>>): Promise<NameFailure | undefined> {
    const { disk, path, format, retryMs = RETRY_MS } = this.#options;
    const next = new Map(this.#rows);
    for (const { key, row } of changes) {
      if (row === undefined) next.delete(key);
      else next.set(key, row);
    }
    try {
      await replaceFile(disk, path, encodeKept(next, format));
      this.#rows = next;
      return undefined;
    } catch (error) {
      this.#retry = setTimeout(() => this.#run(), retryMs).unref();
      return failureOf(error);
    }
  }
}

function failureOf(error: unknown): NameFailure {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' ? 'STORAGE_FULL' : 'STORAGE_READ_ONLY';
}
