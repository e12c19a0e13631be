// The file of chat.log on a real disk: what others do to it, rotation, and how often it is saved.
import {
  appendFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ChatFile, type ChatFileOptions, type Found } from '../../src/followers/chat-file.ts';
import { type Disk, type DiskFile, nodeDisk } from '../../src/followers/disk.ts';

const LOG_ID = new Uint8Array(16).fill(1);
const QUICK = { retry: { min: 1, max: 2 }, save: { quiet: 0, interval: 0 }, gatherMs: 0 };

let directory: string;
let path: string;
let file: ChatFile;
let seq: number;
let told: string[];
const dead: ChatFile[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kentongan-'));
  path = join(directory, 'chat.log');
  seq = 0;
  told = [];
});
afterEach(async () => {
  for (const each of [file, ...dead.splice(0)]) await each.close(1_000);
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
});

async function start(options: Partial<ChatFileOptions> = {}, isDurable = true): Promise<Found> {
  const listener = {
    onTrouble: (error: Error) => told.push(`trouble ${(error as NodeJS.ErrnoException).code}`),
    onRecovered: () => told.push('recovered'),
  };
  file = await ChatFile.open(path, listener, { bytesMax: 0, filesMax: 10, ...QUICK, ...options });
  const rooms = (): [{ room: string; logId: Uint8Array; seq: number }] => [
    { room: 'lobby', logId: LOG_ID, seq },
  ];
  file.from({ content: () => ({ rooms: rooms(), logsPrivate: false, isDurable }), saved: () => undefined });
  return file.found;
}

function say(text: string): Promise<void> {
  return new Promise((resolve) => {
    file.append(`${text}\n`, () => {
      seq++;
      resolve();
    });
  });
}

type Failure = 'sync directory' | 'sync' | 'stop behind truncate';

/** Fails as its script says, one after the other. */
class Failing implements Disk {
  script: Failure[] = [];
  readonly stopped: Promise<void>;
  #stop: () => void = () => undefined;
  #isStopped = false;
  readonly state = nodeDisk.state;
  readonly readWhole = nodeDisk.readWhole;
  readonly names = nodeDisk.names;
  readonly rename = nodeDisk.rename;
  readonly remove = nodeDisk.remove;
  readonly resolve = nodeDisk.resolve;

  constructor() {
    this.stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
  }

  async syncDirectory(directoryPath: string): Promise<void> {
    await nodeDisk.syncDirectory(directoryPath);
    this.#fail('sync directory');
  }

  async open(name: string): Promise<DiskFile> {
    if (this.#isStopped) return new Promise(() => undefined);
    const real = await nodeDisk.open(name);
    if (name !== path) return real;
    return {
      state: () => real.state(),
      read: (from, length) => real.read(from, length),
      write: (bytes) => real.write(bytes),
      truncate: async (length) => {
        await real.truncate(length);
        if (this.script[0] === 'stop behind truncate') await this.#end();
      },
      sync: async () => {
        this.#fail('sync');
        await real.sync();
      },
      close: () => real.close(),
    };
  }

  #end(): Promise<void> {
    this.script = [];
    this.#isStopped = true;
    this.#stop();
    return new Promise(() => undefined);
  }

  #fail(what: Failure): void {
    if (this.script[0] !== what) return;
    this.script.shift();
    throw Object.assign(new Error(`${what} fails`), { code: 'EIO' });
  }
}

/** The process is gone: it does nothing more, since its next save is far away. */
function die(): void {
  dead.push(file);
}

const read = (name = ''): Promise<string> => readFile(`${path}${name}`, 'utf8');
const seqOf = (found: Found): number | string =>
  typeof found === 'string' ? found : (found.rooms[0]?.seq ?? 0);
const SELDOM = { save: { quiet: 60_000, interval: 60_000 } };

/** Lines one and two are saved, three is not. */
async function diedBehindTwo(): Promise<void> {
  await start();
  await say('one');
  await say('two');
  await file.close(1_000);
  await start(SELDOM);
  await say('three');
  seq--;
  die();
}

describe('a process that comes after another', () => {
  test('begins with the first entry where there is nothing', async () => {
    expect(await start()).toBe('new');
    if (process.platform !== 'win32') {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect((await stat(`${path}.position`)).mode & 0o777).toBe(0o600);
    }
  });

  test('continues behind what one has saved that ended well', async () => {
    await start();
    await say('one');
    expect(await file.close(1_000)).toBe(true);
    expect(seqOf(await start())).toBe(1);
    await say('two');
    expect(await read()).toBe('one\ntwo\n');
  });

  test('cuts what one that died had not saved', async () => {
    await diedBehindTwo();
    expect(await read()).toBe('one\ntwo\nthree\n');
    expect(seqOf(await start())).toBe(2);
    expect(await read()).toBe('one\ntwo\n');
  });

  test('cuts nothing where the entries ended with the process', async () => {
    await start({}, false);
    await say('one');
    await file.close(1_000);
    await start(SELDOM, false);
    await say('two');
    die();
    await appendFile(path, 'thr');
    await start({}, false);
    await say('again');
    expect(await read()).toBe('one\ntwo\nthr\nagain\n');
  });

  test('knows the file when it was copied', async () => {
    await diedBehindTwo();
    await cp(directory, `${directory}-copy`, { recursive: true });
    path = join(`${directory}-copy`, 'chat.log');
    expect(seqOf(await start())).toBe(2);
    expect(await read()).toBe('one\ntwo\n');
    await file.close(1_000);
    await rm(`${directory}-copy`, { recursive: true });
  });

  test.each(['missing', 'cut', 'altered', 'of another version'])(
    'says that the position is lost: %s',
    async (how) => {
      await diedBehindTwo();
      const sidecar = `${path}.position`;
      if (how === 'missing') await rm(sidecar);
      else if (how === 'cut') await truncate(sidecar, 50);
      else {
        const text = await readFile(sidecar, 'utf8');
        const altered = how === 'altered' ? text.replace('"length":8', '"length":9') : text.replace('1', '2');
        expect(altered).not.toBe(text);
        await writeFile(sidecar, altered);
      }
      expect(await start()).toBe('lost');
      expect(await read()).toBe('one\ntwo\nthree\n');
    },
  );

  test('continues a file that somebody has shortened', async () => {
    await diedBehindTwo();
    await truncate(path, 5);
    expect(seqOf(await start())).toBe(2);
    await say('new');
    expect(await read()).toBe('one\nt\nnew\n');
  });

  test('leaves another file as it is, and cuts its own where it was moved to', async () => {
    await diedBehindTwo();
    await rename(path, `${path}-20261122`);
    await writeFile(path, 'a file of somebody else, long enough\n');
    expect(seqOf(await start())).toBe(2);
    await say('three');
    expect(await read()).toBe('a file of somebody else, long enough\nthree\n');
    expect(await read('-20261122')).toBe('one\ntwo\n');
  });

  test('goes on in a new file when the old one is gone', async () => {
    await diedBehindTwo();
    await rm(path);
    expect(seqOf(await start())).toBe(2);
    await say('three');
    expect(await read()).toBe('three\n');
  });

  test('takes the place of the rebuilt file that one which died had begun to use', async () => {
    await diedBehindTwo();
    // The position is already of the new file; the name is not.
    await rename(path, `${path}.rebuilt`);
    await writeFile(path, 'the old one\n');
    expect(seqOf(await start())).toBe(2);
    expect(await read()).toBe('one\ntwo\n');
  });

  test('does not begin before it has looked for its own file', async () => {
    await diedBehindTwo();
    await rename(path, `${path}.old`);
    const disk: Disk = { ...nodeDisk, names: () => Promise.reject(new Error('not now')) };
    await expect(start({ disk })).rejects.toThrow('not now');
    await start();
    expect(await read('.old')).toBe('one\ntwo\n');
  });

  test('finds the positions of what is in the file, though the last ones were said to have failed', async () => {
    const disk = new Failing();
    await start({ disk, save: { quiet: 5, interval: 0 } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    // The position gets its name, but nobody knows whether for good; then the file fails, and is cut.
    disk.script = ['sync directory', 'sync', 'stop behind truncate'];
    await say('one');
    await disk.stopped;
    dead.push(file);
    seq = 0;
    expect(seqOf(await start())).toBe((await read()) === '' ? 0 : 1);
  });

  test('refuses a position that it can not read', async () => {
    await diedBehindTwo();
    await rm(`${path}.position`);
    await mkdir(`${path}.position`);
    await expect(start()).rejects.toMatchObject({ code: 'EISDIR' });
  });
});

describe('a file that others touch', () => {
  test('is followed where it is moved until asked to reopen; a crash then costs nothing', async () => {
    await start(SELDOM);
    await say('one');
    await rename(path, `${path}.old`);
    await say('two');
    file.reopen();
    await say('three');
    expect(await read('.old')).toBe('one\ntwo\n');
    expect(await read()).toBe('three\n');
    die();
    // Two was saved when the file changed; three was not.
    expect(seqOf(await start())).toBe(2);
    expect(await read('.old')).toBe('one\ntwo\n');
    expect(await read()).toBe('');
  });

  test('is made again when it is removed', async () => {
    await start();
    await say('one');
    await rm(path);
    await say('two');
    expect(await read()).toBe('two\n');
  });

  test('is continued when it is emptied, or when somebody else writes to it', async () => {
    await start();
    await say('one');
    await truncate(path, 0);
    await say('two');
    await appendFile(path, 'hello');
    await say('three');
    expect(await read()).toBe('two\nhello\nthree\n');
    await file.close(1_000);
    expect(seqOf(await start())).toBe(3);
  });

  test('whose directory is gone makes its lines wait; trouble is told once, and so is its end', async () => {
    path = join(directory, 'inner', 'chat.log');
    await mkdir(join(directory, 'inner'));
    await start();
    await say('one');
    await file.close(1_000);
    await start();
    await rm(join(directory, 'inner'), { recursive: true, maxRetries: 5 });
    let written = false;
    const waiting = say('two').then(() => {
      written = true;
      return undefined;
    });
    while (file.retries < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(written).toBe(false);
    await mkdir(join(directory, 'inner'));
    await waiting;
    while (file.retries > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(await read()).toBe('two\n');
    expect(told).toEqual(['trouble ENOENT', 'recovered']);
  });

  test('that is no file takes lines and has no position', async () => {
    await symlink('/dev/null', path);
    expect(await start()).toBe('stream');
    await say('one');
    await say('two');
    expect(await file.close(1_000)).toBe(true);
    expect(await readdir(directory)).toEqual(['chat.log']);
  });
});

describe('rotation', () => {
  const line = (number: number): string => `line ${String(number).padStart(4, '0')}`;

  test('keeps every line whole, every file small, and so many old ones', async () => {
    await start({ bytesMax: 50, filesMax: 3 });
    await writeFile(`${path}.7`, 'not ours\n');
    for (let i = 0; i < 40; i++) await say(line(i));
    await file.close(1_000);
    expect((await readdir(directory)).toSorted()).toEqual(
      ['', '.1', '.2', '.3', '.7', '.position'].map((end) => `chat.log${end}`),
    );
    const all = `${await read('.3')}${await read('.2')}${await read('.1')}${await read()}`;
    expect(all).toBe(Array.from({ length: 20 }, (_, i) => `${line(20 + i)}\n`).join(''));
    for (const end of ['', '.1', '.2', '.3']) expect((await read(end)).length).toBe(50);
    expect(await read('.7')).toBe('not ours\n');
  });

  test('loses nothing when all are kept, however the lines come', async () => {
    await start({ bytesMax: 64, filesMax: 1000 });
    const texts = Array.from({ length: 60 }, (_, i) => line(i).padEnd(1 + ((i * 37) % 90), 'x'));
    await Promise.all(texts.map(say));
    await file.close(1_000);
    const count = (await readdir(directory)).length - 2;
    const old = await Promise.all(Array.from({ length: count }, (_, i) => read(`.${count - i}`)));
    expect(`${old.join('')}${await read()}`).toBe(texts.map((text) => `${text}\n`).join(''));
  });

  test('fills a number that is missing before an old one goes', async () => {
    await start({ bytesMax: 10, filesMax: 3 });
    await writeFile(`${path}.1`, 'one\n');
    await writeFile(`${path}.3`, 'three\n');
    await say(line(0));
    await say(line(1));
    expect([await read('.1'), await read('.2'), await read('.3')]).toEqual([
      `${line(0)}\n`,
      'one\n',
      'three\n',
    ]);
  });

  test('keeps none when told so', async () => {
    await start({ bytesMax: 10, filesMax: 0 });
    for (let i = 0; i < 5; i++) await say(line(i));
    expect((await readdir(directory)).toSorted()).toEqual(['chat.log', 'chat.log.position']);
    expect(await read()).toBe(`${line(4)}\n`);
  });

  test('gives no number to a file of somebody else', async () => {
    await start({ bytesMax: 20, filesMax: 3 });
    await say(line(0));
    await say(line(1));
    await rename(path, `${path}.away`);
    await writeFile(path, 'theirs\n');
    await say(line(2));
    expect((await readdir(directory)).toSorted()).toEqual(['chat.log', 'chat.log.away', 'chat.log.position']);
    expect(await read()).toBe(`theirs\n${line(2)}\n`);
  });

  test('of a file that can not be renamed makes the lines wait', async () => {
    await start({ bytesMax: 10, filesMax: 1 });
    await say(line(0));
    await mkdir(`${path}.1`);
    const waiting = say(line(1));
    while (file.retries < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(await read()).toBe(`${line(0)}\n`);
    await rm(`${path}.1`, { recursive: true });
    await waiting;
    expect(await read('.1')).toBe(`${line(0)}\n`);
    expect(told[0]).toBe('trouble EISDIR');
  });
});

test('under load it is saved seldom, when it is quiet soon, and at the end', async () => {
  let saves = 0;
  const counting: Disk = {
    ...nodeDisk,
    rename: (from, to) => {
      if (to.endsWith('.position')) saves++;
      return nodeDisk.rename(from, to);
    },
  };
  const quietMs = 100;
  await start({ disk: counting, save: { quiet: quietMs, interval: 300 } });
  await new Promise((resolve) => setTimeout(resolve, 3 * quietMs));
  const before = saves;
  const from = performance.now();
  for (let lines = 0; lines < 400; lines++) {
    await say('line');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  // However slow the machine is: between two of them lies the shorter one of the two times.
  expect(saves - before).toBeGreaterThanOrEqual(1);
  expect(saves - before).toBeLessThanOrEqual(1 + (performance.now() - from) / quietMs);
  // The last ones are saved without another line, and closing has nothing left to do.
  const under = saves;
  await new Promise((resolve) => setTimeout(resolve, 10 * quietMs));
  expect(saves - under).toBeLessThanOrEqual(1);
  const quiet = saves;
  await file.close(1_000);
  expect(saves).toBe(quiet);
  expect(seqOf(await start())).toBe(seq);
});

describe('writes', () => {
  // Nothing that waits for the time alone comes within a test.
  const NEVER = { gatherMs: 600_000, save: { quiet: 600_000, interval: 600_000 } };
  let writes: number;
  const counting: Disk = {
    ...nodeDisk,
    open: async (at) => {
      const opened = await nodeDisk.open(at);
      if (!at.endsWith('.log')) return opened;
      const write = opened.write.bind(opened);
      return Object.assign(opened, {
        write: (bytes: Uint8Array): Promise<number> => {
          writes++;
          return write(bytes);
        },
      });
    },
  };
  beforeEach(async () => {
    writes = 0;
    await start({ disk: counting, ...NEVER });
  });

  test('the first line comes at once, and those that follow share a write', async () => {
    await say('first');
    const rest = Array.from({ length: 100 }, (_, i) => say(`line ${i}`));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await read()).toBe('first\n');
    expect(await file.close(5_000)).toBe(true);
    await Promise.all(rest);
    expect(writes).toBe(2);
    expect((await read()).split('\n')).toHaveLength(102);
  });

  test('much is written at once', async () => {
    await say('first');
    const [waiting, much] = [say('line'), say('x'.repeat(40_000))];
    await Promise.all([waiting, much]);
    expect(writes).toBe(2);
  });

  test('who asks for a new file does not wait', async () => {
    await say('first');
    const waiting = say('second');
    await rename(path, `${path}.1`);
    file.reopen();
    while (!(await readdir(directory)).includes('chat.log'))
      await new Promise((resolve) => setTimeout(resolve, 1));
    await file.close(5_000);
    await waiting;
    expect(await read('.1')).toBe('first\n');
    expect(await read()).toBe('second\n');
  });
});
