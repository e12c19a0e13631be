// bin/kentongan.js as an installed package has it, under a Node.js that says it is an old one.
import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const OLD =
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.1.0"}})';
/** Tells what it is and lives until a signal; the second SIGINT ends it at once. */
const SERVER = `
export async function main(args) {
  if (args[1] === 'die') process.kill(process.pid, 'SIGKILL');
  if (args[1] !== 'stay') {
    console.log(JSON.stringify(['server', ...args]));
    return Number(args[1] ?? 0);
  }
  const alive = setInterval(() => {}, 1000);
  return await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => {
        console.log(signal);
        if (signal !== 'SIGHUP') { clearInterval(alive); resolve(7); }
      });
    }
    console.log(JSON.stringify({ pid: process.pid, flags: process.execArgv }));
  });
}
`;
const CLIENT = `export async function main(args, typed) {
  console.log(JSON.stringify(args[0] === 'typed' ? typed : ['client', ...args]));
  return 3;
}`;

let directory: string;
let bin: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'kentongan-')));
  const home = join(directory, 'node_modules/kentongan');
  bin = join(home, 'bin/kentongan.js');
  await cp(fileURLToPath(new URL('../../bin/kentongan.js', import.meta.url)), bin);
  await mkdir(join(home, 'dist/src'), { recursive: true });
  await mkdir(join(home, 'dist/clients/cli'), { recursive: true });
  // Sources that no installed package may run.
  await mkdir(join(home, 'src'));
  await writeFile(join(home, 'src/main.ts'), 'throw new Error("these are the sources");');
  await writeFile(join(home, 'package.json'), '{"type":"module"}');
  await writeFile(join(home, 'dist/src/main.js'), SERVER);
  await writeFile(join(home, 'dist/clients/cli/main.js'), CLIENT);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

/** The Node.js that npm would have installed: this one. */
async function bundleNode(): Promise<void> {
  const windows = process.platform === 'win32';
  const name = `node-${windows ? 'win' : process.platform}-${process.arch}`;
  const folder = join(directory, 'node_modules', name, 'bin');
  await mkdir(folder, { recursive: true });
  await symlink(process.execPath, join(folder, windows ? 'node.exe' : 'node'));
}

interface Run {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  readonly exit: Promise<number | NodeJS.Signals | null>;
}

function start(words: readonly string[], old: boolean, environment: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(process.execPath, [...(old ? ['--import', OLD] : []), bin, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: '', ...environment },
  });
  children.push(child);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
  return { child, out: () => out, err: () => err, exit };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}

describe.each([
  ['a recent Node.js', false],
  ['an old one, beside which npm has put a recent one', true],
])('under %s', (_name, old) => {
  beforeEach(async () => {
    if (old) await bundleNode();
  });

  test.each([
    [['serve', '5'], ['server', 'serve', '5'], 5],
    [['status'], ['server', 'status'], 0],
    [['announce', '0', 'a b'], ['server', 'announce', '0', 'a b'], 0],
    [['help', 'serve'], ['server', 'serve', '--help'], undefined],
    [['--lang', 'id', 'serve', '5'], ['server', 'serve', '--lang', 'id', '5'], undefined],
    [['--lang=id', 'help', 'serve'], ['server', 'serve', '--lang=id', '--help'], undefined],
    [['--lang', 'id', 'chat'], ['client', '--lang', 'id', 'chat'], 3],
    [['chat', 'alice@host', '--x'], ['client', 'chat', 'alice@host', '--x'], 3],
    [['--help'], ['client', '--help'], 3],
    [[], ['client'], 3],
    [['help', 'chat'], ['client', 'help', 'chat'], 3],
  ])('%j goes to the right side, and its exit code comes back', async (words, told, code) => {
    const run = start(words, old);
    const exit = await run.exit;
    expect(JSON.parse(run.out())).toEqual(told);
    if (code !== undefined) expect(exit).toBe(code);
  });

  test('signals go down, the end comes up', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const run = start(['serve', 'stay'], old);
      await until(() => run.out().includes('pid'));
      run.child.kill('SIGHUP');
      await until(() => run.out().includes('SIGHUP'));
      run.child.kill(signal);
      expect(await run.exit).toBe(7);
      expect(run.out()).toContain(signal);
    }
  });

  test.skipIf(process.platform === 'win32')('V8 is told how large the server may let it grow', async () => {
    const run = start(['serve', 'stay'], old, { NODE_OPTIONS: '' });
    await until(() => run.out().includes('pid'));
    expect(JSON.parse(run.out())).toMatchObject({ flags: ['--max-semi-space-size=8'] });
  });

  test('a program that a signal has ended ends the launcher by the same', async () => {
    expect(await start(['serve', 'die'], old).exit).toBe('SIGKILL');
  });
});

test('under an old Node.js without a recent one it says what is needed', async () => {
  const run = start(['serve'], true);
  expect(await run.exit).toBe(1);
  expect(run.err()).toMatch(
    /^kentongan needs Node\.js 24\.15 or newer; this is v\d+\.\d+\.\d+\. Install it from /,
  );
  expect(run.out()).toBe('');
});

describe('hints tell people to type', () => {
  const typed = async (environment: NodeJS.ProcessEnv): Promise<unknown> => {
    const run = start(['typed'], false, environment);
    await run.exit;
    return JSON.parse(run.out());
  };

  test('npx kentongan, where npm or npx has started it', async () => {
    for (const command of ['exec', 'start', 'run-script']) {
      expect(await typed({ npm_command: command })).toBe('npx kentongan');
    }
  });

  test('kentongan, where a shell finds it', async () => {
    const folder = join(directory, 'path');
    await mkdir(folder);
    await writeFile(join(folder, process.platform === 'win32' ? 'kentongan.cmd' : 'kentongan'), '');
    expect(await typed({ npm_command: '', PATH: `/nowhere${delimiter}${folder}` })).toBe('kentongan');
  });

  test('how it was started, where it is found by its path alone', async () => {
    expect(await typed({ npm_command: '', PATH: '/nowhere' })).toBe(`node ${bin}`);
  });
});

describe('compiled code', () => {
  test('is kept in the cache of the user', async () => {
    const cache = join(directory, 'cache');
    const { exit } = start(['serve'], false, { XDG_CACHE_HOME: cache, LOCALAPPDATA: cache });
    expect(await exit).toBe(0);
    expect((await readdir(join(cache, 'kentongan/code'), { recursive: true })).length).toBeGreaterThan(1);
  });

  test('is not kept where that can not be, and nothing is said of it', async () => {
    const cache = join(bin, 'no directory');
    const { exit, out, err } = start(['serve'], false, { XDG_CACHE_HOME: cache, LOCALAPPDATA: cache });
    expect([await exit, out(), err()]).toEqual([0, '["server","serve"]\n', '']);
  });
});
