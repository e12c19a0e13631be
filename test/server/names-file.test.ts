import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BoundName, NameFailure } from '../../src/core/ports.ts';
import { type Disk, nodeDisk } from '../../src/followers/disk.ts';
import { NamesFile } from '../../src/server/names-file.ts';
import { StartError } from '../../src/texts/start-error.ts';
import { textsOf } from '../../src/texts/texts.ts';
import { CrashDisk } from '../followers/crash-disk.ts';
import { Random } from '../support/random.ts';

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'kentongan-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

function bound(name: string, byte = 1): BoundName {
  return { name, key: new Uint8Array(32).fill(byte), boundAt: 5, usedAt: 7, source: '2001:db8::/64' };
}

function put(names: NamesFile, name: BoundName): Promise<NameFailure | undefined> {
  return new Promise((resolve) => {
    names.put(name, resolve);
  });
}

function remove(names: NamesFile, name: string): Promise<NameFailure | undefined> {
  return new Promise((resolve) => {
    names.remove(name, resolve);
  });
}

describe('names.json', () => {
  test('keeps what was put, by folded name, for its owner alone', async () => {
    const names = await NamesFile.open(data, nodeDisk);
    expect(names.all()).toEqual([]);
    expect(readdirSync(data)).toEqual([]);
    expect(await put(names, bound('Budi'))).toBeUndefined();
    expect(await put(names, bound('алиса', 2))).toBeUndefined();
    expect(await put(names, { ...bound('Budi'), usedAt: 9, releasedAt: 11 })).toBeUndefined();
    const again = await NamesFile.open(data, nodeDisk);
    expect(again.all()).toStrictEqual([{ ...bound('Budi'), usedAt: 9, releasedAt: 11 }, bound('алиса', 2)]);
    expect(statSync(join(data, 'names.json')).mode & 0o777).toBe(
      process.platform === 'win32' ? 0o666 : 0o600,
    );
    expect(await remove(again, 'BUDI')).toBeUndefined();
    expect((await NamesFile.open(data, nodeDisk)).all()).toEqual([bound('алиса', 2)]);
  });

  test('never calls back from within a call, and in the order of the calls', async () => {
    const names = await NamesFile.open(data, nodeDisk);
    const told: string[] = [];
    for (const name of ['a', 'b', 'c']) names.put(bound(name), () => told.push(name));
    names.remove('b', () => told.push('-b'));
    expect(told).toEqual([]);
    await names.close();
    expect(told).toEqual(['a', 'b', 'c', '-b']);
    expect(names.all().map(({ name }) => name)).toEqual(['a', 'c']);
  });

  test('what comes while one write runs goes into the next, however much that is', async () => {
    let syncs = 0;
    const counting: Disk = {
      ...nodeDisk,
      syncDirectory: async (path) => {
        syncs++;
        await nodeDisk.syncDirectory(path);
      },
    };
    const names = await NamesFile.open(data, counting);
    const first = put(names, bound('first'));
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    const rest = Array.from({ length: 500 }, (_, n) => put(names, bound(`n${n}`)));
    expect(await first).toBeUndefined();
    expect(await Promise.all(rest)).toEqual(rest.map(() => undefined));
    expect(syncs).toBe(2);
    expect((await NamesFile.open(data, nodeDisk)).all()).toHaveLength(501);
  });

  test.each([
    ['ENOSPC', 'STORAGE_FULL'],
    ['EDQUOT', 'STORAGE_FULL'],
    ['EIO', 'STORAGE_READ_ONLY'],
    ['EROFS', 'STORAGE_READ_ONLY'],
  ])('%s is %s, and what failed is not there later', async (code, failure) => {
    let fails = false;
    const failing: Disk = {
      ...nodeDisk,
      open: async (path) => {
        if (fails) throw Object.assign(new Error(code), { code });
        return await nodeDisk.open(path);
      },
    };
    const names = await NamesFile.open(data, failing);
    await put(names, bound('a'));
    fails = true;
    expect(await put(names, bound('b'))).toBe(failure);
    expect(await remove(names, 'a')).toBe(failure);
    fails = false;
    expect(await put(names, bound('c'))).toBeUndefined();
    expect((await NamesFile.open(data, nodeDisk)).all().map(({ name }) => name)).toEqual(['a', 'c']);
  });

  test.each([
    ['nothing', ''],
    ['another format', '{"names":[]}'],
    ['null', 'null'],
    ['zeros', '\0\0\0\0'],
    ['an array', '[]'],
  ])('%s in it refuses the start, and says what to do', async (_what, text) => {
    writeFileSync(join(data, 'names.json'), text);
    await expectRefused('start.names-damaged');
  });

  test('any changed byte refuses the start, or changes nothing', async () => {
    const names = await NamesFile.open(data, nodeDisk);
    await put(names, bound('budi'));
    const path = join(data, 'names.json');
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length - 1; at++) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 0x01;
      writeFileSync(path, bytes);
      const opened = await NamesFile.open(data, nodeDisk).catch((error: unknown) => error);
      if (opened instanceof NamesFile) expect(opened.all(), `byte ${at}`).toEqual([bound('budi')]);
      else expect(opened).toBeInstanceOf(StartError);
    }
    for (const length of [1, whole.length >> 1, whole.length - 2]) {
      writeFileSync(path, whole.subarray(0, length));
      await expectRefused('start.names-damaged');
    }
  });

  test('that of a newer version refuses the start', async () => {
    const names = await NamesFile.open(data, nodeDisk);
    await put(names, bound('budi'));
    const path = join(data, 'names.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"version":1', '"version":2'));
    await expectRefused('start.names-newer');
  });
});

async function expectRefused(key: string): Promise<void> {
  const error: unknown = await NamesFile.open(data, nodeDisk).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ key, exitCode: 1 });
  for (const language of ['en', 'id'] as const) {
    expect((error as StartError).text(textsOf(language))).toContain('names.json');
  }
}

/** What the file may say: what was told, and what was begun since and not told to be done. */
class Model {
  readonly told = new Map<string, number | undefined>();
  #begun: Array<{ name: string; byte: number | undefined }> = [];

  begin(name: string, byte: number | undefined): void {
    this.#begun.push({ name, byte });
  }

  /** What was told to fail, or begun before, is not in what is written now. */
  done(name: string, byte: number | undefined): void {
    this.told.set(name, byte);
    this.#begun = this.#begun.filter((one) => one.name !== name);
  }

  /** What is not as it may be. From here on what was found is what was told. */
  wrong(found: readonly BoundName[]): string[] {
    const have = new Map(found.map(({ name, key }) => [name, key[0]]));
    const wrong = [...new Set([...have.keys(), ...this.told.keys()])].flatMap((name) => {
      const begun = this.#begun.filter((one) => one.name === name).map(({ byte }) => byte);
      const allowed = [this.told.get(name), ...begun];
      return allowed.includes(have.get(name))
        ? []
        : [`${name} is ${have.get(name)}, not of ${allowed.join()}`];
    });
    this.told.clear();
    for (const [name, byte] of have) this.told.set(name, byte);
    this.#begun = [];
    return wrong;
  }
}

test.each(Array.from({ length: 60 }, (_, seed) => seed + 1))(
  'a process that dies at any operation, with its power or without, on a disk that fails: seed %i',
  async (seed) => {
    const random = new Random(seed);
    const disk = new CrashDisk(mkdtempSync(join(data, 'disk-')), random);
    const model = new Model();
    try {
      for (let life = 0; life < 6; life++) {
        await disk.begin({ dieAt: random.between(2, 60), failing: random.chance(0.5) ? 0.1 : 0 });
        await live(disk, model, random);
        if (random.chance(0.5)) disk.cutPower();
        await disk.begin({ dieAt: Number.POSITIVE_INFINITY, failing: 0 });
        const wrong = model.wrong((await NamesFile.open(disk.directory, disk)).all());
        expect(wrong, disk.journal.join('\n')).toEqual([]);
      }
    } finally {
      await disk.end();
    }
  },
);

async function live(disk: CrashDisk, model: Model, random: Random): Promise<void> {
  const opened = await Promise.race([NamesFile.open(disk.directory, disk).catch(() => undefined), disk.died]);
  if (opened === undefined) return;
  for (let step = 0; step < 15 && !disk.isDead; step++) {
    const changes = Array.from({ length: random.between(1, 4) }, async () => {
      const name = `n${random.below(6)}`;
      const byte = random.chance(0.3) ? undefined : random.between(1, 255);
      model.begin(name, byte);
      const failure = await (byte === undefined ? remove(opened, name) : put(opened, bound(name, byte)));
      if (failure === undefined) model.done(name, byte);
    });
    await Promise.race([Promise.all(changes), disk.died]);
  }
  // A process that is dead does nothing later.
  await Promise.race([opened.close(), disk.died]);
}

test('a real process that is killed at any moment keeps what it was told of', async () => {
  const writer = fileURLToPath(new URL('names-writer.ts', import.meta.url));
  let have = 0;
  for (let round = 0; round < 12; round++) {
    const child = spawn(process.execPath, [writer, data, String(have)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    const ended = new Promise((resolve) => {
      child.on('close', resolve);
    });
    while (!out.includes('name')) {
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
    }
    await new Promise((resolve) => {
      setTimeout(resolve, round * 7);
    });
    child.kill('SIGKILL');
    await ended;
    const told = out
      .split('\n')
      .slice(0, -1)
      .filter((line) => line !== 'open');
    const kept = new Set((await NamesFile.open(data, nodeDisk)).all().map(({ name }) => name));
    for (const name of told) expect(kept).toContain(name);
    expect(told.length).toBeGreaterThan(0);
    have = kept.size;
  }
  expect(have).toBeGreaterThan(12);
});
