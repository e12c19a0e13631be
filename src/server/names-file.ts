// Bound names, and those that were released not long ago, across restarts: <data>/names.json.
import { join } from 'node:path';
import * as v from 'valibot';
import { foldName } from '../core/names.ts';
import type { BoundName, NameFailure, NameStore } from '../core/ports.ts';
import type { Disk } from '../followers/disk.ts';
import { isName, limits } from '../protocol/index.ts';
import { reasonOf, StartError } from '../texts/start-error.ts';
import { KeptFile, type KeptFormat, readKept, type Rows } from './kept-file.ts';

const time = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const ENTRIES = v.array(
  v.object({
    name: v.pipe(v.string(), v.check(isName)),
    key: v.pipe(v.string(), v.regex(/^[0-9a-f]*$/), v.length(limits.KEY_BYTES * 2)),
    boundAt: time,
    usedAt: time,
    source: v.string(),
    releasedAt: v.optional(time),
  }),
);

const FORMAT: KeptFormat<BoundName> = {
  format: 'kentongan names',
  version: 1,
  encode: ({ name, key, boundAt, usedAt, source, releasedAt }) => {
    const released = releasedAt === undefined ? {} : { releasedAt };
    return { name, key: Buffer.from(key).toString('hex'), boundAt, usedAt, source, ...released };
  },
  decode: (rows) => {
    const { success, output } = v.safeParse(ENTRIES, rows);
    if (!success) return undefined;
    return byFold(
      output.map(({ key, releasedAt, ...one }) => {
        const released = releasedAt === undefined ? {} : { releasedAt };
        return { ...one, key: new Uint8Array(Buffer.from(key, 'hex')), ...released };
      }),
    );
  },
};

function namesIn(data: string): string {
  return join(data, 'names.json');
}

/** Owns: names.json, while its directory is this server's. */
export class NamesFile implements NameStore {
  readonly #file: KeptFile<BoundName>;

  private constructor(file: KeptFile<BoundName>) {
    this.#file = file;
  }

  /** @throws StartError when there is a file that can not be used */
  static async open(data: string, disk: Disk): Promise<NamesFile> {
    const path = namesIn(data);
    let rows: Awaited<ReturnType<typeof readKept<BoundName>>>;
    try {
      rows = await readKept(disk, path, FORMAT);
    } catch (error) {
      throw new StartError('start.names-read', { path, reason: reasonOf(error) });
    }
    if (typeof rows === 'string') throw new StartError(`start.names-${rows}`, { path });
    return new NamesFile(new KeptFile({ disk, path, format: FORMAT, rows: rows ?? new Map() }));
  }

  all(): readonly BoundName[] {
    return [...this.#file.rows.values()];
  }

  put(name: BoundName, done: (failure?: NameFailure) => void): void {
    this.#file.change(foldName(name.name), name, done);
  }

  remove(name: string, done: (failure?: NameFailure) => void): void {
    this.#file.change(foldName(name), undefined, done);
  }

  /** Waits until all that was said is written, or is not. */
  close(): Promise<void> {
    return this.#file.settle();
  }
}

/** Undefined: two have the same name. */
function byFold(names: readonly BoundName[]): Rows<BoundName> | undefined {
  const found = new Map(names.map((one) => [foldName(one.name), one] as const));
  return found.size === names.length ? found : undefined;
}
