import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppendFile } from '../../src/followers/append-file.ts';
import { type DiskFile, nodeDisk } from '../../src/followers/disk.ts';
import type { TroubleListener } from '../../src/followers/retry.ts';

const QUICK = { retry: { min: 1, max: 2 } };

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kentongan-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

class Witness implements TroubleListener {
  readonly told: string[] = [];
  onTrouble(error: Error): void {
    this.told.push(`trouble ${(error as NodeJS.ErrnoException).code}`);
  }
  onRecovered(): void {
    this.told.push('recovered');
  }
}

function append(file: AppendFile, text: string): Promise<void> {
  return new Promise((resolve) => {
    file.append(text, resolve);
  });
}

describe('a real file', () => {
  test('is created for its owner alone and continued by the next one', async () => {
    const path = join(directory, 'chat.log');
    const first = await AppendFile.open(path, new Witness());
    await append(first, 'one\n');
    expect(await first.close(1_000)).toBe(true);
    const second = await AppendFile.open(path, new Witness());
    await append(second, 'two\n');
    await second.close(1_000);
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('many texts come out whole and in order, and close waits for them', async () => {
    const path = join(directory, 'chat.log');
    const file = await AppendFile.open(path, new Witness());
    const lines = Array.from({ length: 5_000 }, (_, at) => `line ${at}\n`);
    let done = 0;
    for (const line of lines) file.append(line, () => done++);
    expect(done).toBe(0);
    expect(await file.close(10_000)).toBe(true);
    expect(done).toBe(lines.length);
    expect(await readFile(path, 'utf8')).toBe(lines.join(''));
  });

  test('a line that a crash has cut gets its end before the next one', async () => {
    const path = join(directory, 'chat.log');
    await writeFile(path, 'whole\nhal');
    const file = await AppendFile.open(path, new Witness());
    await append(file, 'next\n');
    await file.close(1_000);
    expect(await readFile(path, 'utf8')).toBe('whole\nhal\nnext\n');
  });

  test('when somebody removes it there is a new one', async () => {
    const path = join(directory, 'chat.log');
    const file = await AppendFile.open(path, new Witness());
    await append(file, 'one\n');
    await unlink(path);
    await append(file, 'two\n');
    expect(await readFile(path, 'utf8')).toBe('two\n');
    await file.close(1_000);
  });

  test('when somebody moves it away it is followed until asked to reopen', async () => {
    const path = join(directory, 'chat.log');
    const file = await AppendFile.open(path, new Witness());
    await rename(path, `${path}.1`);
    await append(file, 'one\n');
    file.reopen();
    await append(file, 'two\n');
    await file.close(1_000);
    expect(await readFile(`${path}.1`, 'utf8')).toBe('one\n');
    expect(await readFile(path, 'utf8')).toBe('two\n');
  });

  test('while its directory is gone texts wait; trouble is told once, and so is its end', async () => {
    const inner = join(directory, 'logs');
    await mkdir(inner);
    const path = join(inner, 'chat.log');
    const witness = new Witness();
    const file = await AppendFile.open(path, witness, QUICK);
    await append(file, 'before\n');
    await rm(inner, { recursive: true });
    let done = false;
    const waiting = append(file, 'meanwhile\n').then(() => {
      done = true;
      return undefined;
    });
    while (file.retries < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(done).toBe(false);
    expect(witness.told).toEqual(['trouble ENOENT']);
    await mkdir(inner);
    await waiting;
    expect(await readFile(path, 'utf8')).toBe('meanwhile\n');
    expect(witness.told).toEqual(['trouble ENOENT', 'recovered']);
    expect(file.retries).toBe(0);
    await file.close(1_000);
  });

  test('closing a file that can not be written gives up in time and says so', async () => {
    const inner = join(directory, 'logs');
    await mkdir(inner);
    const file = await AppendFile.open(join(inner, 'chat.log'), new Witness(), QUICK);
    await rm(inner, { recursive: true });
    let done = false;
    file.append('never\n', () => {
      done = true;
    });
    expect(await file.close(20)).toBe(false);
    expect(done).toBe(false);
  });

  test('another writer of the same file does not tear its lines', async () => {
    const path = join(directory, 'chat.log');
    const file = await AppendFile.open(path, new Witness());
    await append(file, 'ours\n');
    await appendFile(path, 'theirs\n');
    await append(file, 'ours again\n');
    await file.close(1_000);
    expect(await readFile(path, 'utf8')).toBe('ours\ntheirs\nours again\n');
  });
});

describe('a file that may be so large', () => {
  const NINE = '12345678\n';
  const ROTATED = { ...QUICK, bytesMax: 20, filesMax: 2 };
  const path = (): string => join(directory, 'operator.log');
  const names = async (): Promise<string[]> => (await readdir(directory)).toSorted();

  test('gets a number before it would get larger, and the oldest goes', async () => {
    const file = await AppendFile.open(path(), new Witness(), ROTATED);
    for (let n = 1; n <= 9; n++) await append(file, `line ${n}..\n`);
    await file.close(1_000);
    expect(await names()).toEqual(['operator.log', 'operator.log.1', 'operator.log.2']);
    expect(await readFile(path(), 'utf8')).toBe('line 9..\n');
    expect(await readFile(`${path()}.1`, 'utf8')).toBe('line 7..\nline 8..\n');
    expect(await readFile(`${path()}.2`, 'utf8')).toBe('line 5..\nline 6..\n');
  });

  test('whatever is written, and however much of it at once: no file is larger, no line is split or lost', async () => {
    const texts = fc.array(fc.record({ length: fc.integer({ min: 1, max: 14 }), pause: fc.boolean() }), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 16, max: 64 }), async (all, bytesMax) => {
        await rm(path(), { force: true });
        for (const name of await names()) await rm(join(directory, name));
        const file = await AppendFile.open(path(), new Witness(), { ...QUICK, bytesMax, filesMax: 100 });
        const lines = all.map(({ length }, at) => `${String(at).padStart(length, 'é')}\n`.slice(-length - 1));
        for (const [at, { pause }] of all.entries()) {
          const done = append(file, lines[at] ?? '');
          if (pause) await done;
        }
        expect(await file.close(10_000)).toBe(true);
        const files = await names();
        const numbers = files.map((name) => Number(name.split('.')[2] ?? 0)).toSorted((a, b) => b - a);
        let whole = '';
        for (const number of numbers) {
          const text = await readFile(number === 0 ? path() : `${path()}.${number}`, 'utf8');
          whole += text;
          // One that is larger holds one text alone.
          if (Buffer.byteLength(text) > bytesMax) expect(text.match(/\n/g)).toHaveLength(1);
        }
        expect(whole).toBe(lines.join(''));
      }),
      { numRuns: 50 },
    );
  });

  test('goes on at its size after a restart, and behind a link', async () => {
    const real = join(directory, 'real.log');
    await writeFile(real, `${NINE}${NINE}`);
    await symlink(real, path());
    const file = await AppendFile.open(path(), new Witness(), ROTATED);
    await append(file, NINE);
    await file.close(1_000);
    expect(await names()).toEqual(['operator.log', 'real.log', 'real.log.1']);
    expect(await readFile(`${real}.1`, 'utf8')).toBe(`${NINE}${NINE}`);
    expect(await readFile(path(), 'utf8')).toBe(NINE);
  });

  test('takes no file of somebody else for its own', async () => {
    const file = await AppendFile.open(path(), new Witness(), ROTATED);
    await append(file, `${NINE}${NINE}`);
    await rename(path(), join(directory, 'moved'));
    await writeFile(path(), 'theirs\n');
    await append(file, NINE);
    await file.close(1_000);
    expect(await names()).toEqual(['moved', 'operator.log']);
    expect(await readFile(path(), 'utf8')).toBe(`theirs\n${NINE}`);
  });

  test('with none to keep it begins anew; without a size it never does', async () => {
    const none = await AppendFile.open(path(), new Witness(), { ...QUICK, bytesMax: 20, filesMax: 0 });
    for (let n = 1; n <= 3; n++) await append(none, NINE);
    await none.close(1_000);
    const any = await AppendFile.open(path(), new Witness(), { ...QUICK, bytesMax: 0, filesMax: 2 });
    for (let n = 1; n <= 9; n++) await append(any, NINE);
    await any.close(1_000);
    expect(await names()).toEqual(['operator.log']);
    expect(await readFile(path(), 'utf8')).toBe(NINE.repeat(10));
  });

  test('waits when it can get no number, and says so', async () => {
    const witness = new Witness();
    let renames = 0;
    const disk = {
      ...nodeDisk,
      rename: (from: string, to: string) =>
        ++renames <= 3
          ? Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }))
          : nodeDisk.rename(from, to),
    };
    const file = await AppendFile.open(path(), witness, { ...ROTATED, disk });
    for (let n = 1; n <= 3; n++) await append(file, NINE);
    await file.close(1_000);
    expect(witness.told).toEqual(['trouble EACCES', 'recovered']);
    expect(await readFile(`${path()}.1`, 'utf8')).toBe(`${NINE}${NINE}`);
    expect(await readFile(path(), 'utf8')).toBe(NINE);
  });
});

/** What the disk does with one write. */
type Fate =
  | { readonly at: 'whole' }
  | { readonly at: 'part'; readonly bytes: number }
  | { readonly at: 'full' };
/** What somebody does to the file between two writes. */
type Deed = 'nothing' | 'empty' | 'remove';

interface Step {
  readonly fate: Fate;
  readonly deed: Deed;
}

/** A disk that is full at times, and files that others empty and remove. */
class Disk {
  readonly files: string[] = [''];
  readonly #steps: Step[];

  constructor(steps: readonly Step[]) {
    this.#steps = [...steps];
  }

  open(): Promise<DiskFile> {
    const number = this.files.length - 1;
    const content = (): Buffer => Buffer.from(this.files[number] ?? '', 'latin1');
    return Promise.resolve({
      state: () =>
        Promise.resolve({
          id: String(number),
          size: content().length,
          links: number === this.files.length - 1 ? 1 : 0,
          isRegular: true,
        }),
      read: (from, length) => Promise.resolve(content().subarray(from, from + length)),
      write: (bytes) => this.#write(number, bytes),
      truncate: () => Promise.reject(new Error('nobody asks for this')),
      sync: () => Promise.resolve(),
      close: () => Promise.resolve(),
    });
  }

  #write(number: number, bytes: Uint8Array): Promise<number> {
    const { fate, deed } = this.#steps.shift() ?? { fate: { at: 'whole' }, deed: 'nothing' };
    const most =
      fate.at === 'whole' ? bytes.length : fate.at === 'part' ? Math.min(fate.bytes, bytes.length) : 0;
    if (fate.at !== 'full') {
      this.files[number] =
        `${this.files[number] ?? ''}${Buffer.from(bytes.subarray(0, most)).toString('latin1')}`;
    }
    if (deed === 'empty') this.files[number] = '';
    if (deed === 'remove') this.files.push('');
    if (fate.at === 'full') {
      return Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    }
    return Promise.resolve(most);
  }
}

async function write(disk: Disk, all: readonly string[]): Promise<Witness> {
  const witness = new Witness();
  const file = await AppendFile.open('chat.log', witness, {
    disk: { ...nodeDisk, open: () => disk.open() },
    retry: { min: 0, max: 0 },
  });
  await Promise.all(all.map((text) => append(file, text)));
  await file.close(0);
  return witness;
}

describe('a disk that fails', () => {
  const fate: fc.Arbitrary<Fate> = fc.oneof(
    fc.constant({ at: 'whole' } as const),
    fc.constant({ at: 'full' } as const),
    fc.integer({ min: 1, max: 12 }).map((bytes) => ({ at: 'part', bytes }) as const),
  );
  const texts = fc.array(
    fc
      .array(fc.stringMatching(/^[a-z]{0,8}$/), { minLength: 1, maxLength: 4 })
      .map((lines) => `${lines.join('\n')}\n`),
    { minLength: 1, maxLength: 8 },
  );

  test('full at any byte, then not: nothing is missing, nothing doubled', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { maxLength: 20 }), texts, async (fates, all) => {
        const disk = new Disk(fates.map((one) => ({ fate: one, deed: 'nothing' })));
        const { told } = await write(disk, all);
        expect(disk.files).toEqual([all.join('')]);
        expect(told.filter((one) => one === 'recovered').length).toBe(
          told.filter((one) => one === 'trouble ENOSPC').length,
        );
      }),
    );
  });

  test('emptied or removed at any byte: no file ever has the rest of a line where a line starts', async () => {
    const deed = fc.constantFrom<Deed>('nothing', 'empty', 'remove');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ fate, deed }), { maxLength: 20 }), texts, async (steps, all) => {
        const disk = new Disk(steps);
        // Each line of its own, so that a rest of one can not look like another.
        const numbered = all.map((text, at) => text.replace(/^(?=.|\n)/gm, `<${at}>`));
        await write(disk, numbered);
        const lines = new Set(numbered.join('').split('\n'));
        for (const content of disk.files) {
          // The last line of a file that was taken away may be cut; all others are whole.
          for (const line of content.split('\n').slice(0, -1)) expect(lines).toContain(line);
        }
      }),
    );
  });
});
