// The load generator, built with the checks of the compiler for undefined behaviour and wrong use of memory: that it
// gets through with servers that are right, and notices whatever one of them gets wrong.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findProgram } from '../../bench/programs.ts';
import { ServerProcess } from '../../bench/process.ts';
import { Process, readyOf } from '../server/processes.ts';
import { Broadcaster, type Fault, frames, irc, nats } from './broadcasters.ts';

const SOURCES = fileURLToPath(new URL('../../bench/load', import.meta.url));
const NAIVE = fileURLToPath(new URL('../../bench/naive.ts', import.meta.url));
const FLAGS = ['-O1', '-g', '-Wall', '-Wextra', '-Werror', '-std=gnu11'];
const CHECKS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
const hasCompiler = process.platform === 'linux' && findProgram('cc') !== undefined;

interface Told {
  readonly code: number | null;
  readonly messages: number;
  readonly deliveries: number;
  readonly missing: number;
  readonly doubled: number;
  readonly disorder: number;
  readonly disconnected: number;
  readonly failed: string | null;
  readonly latencyMs: { readonly p50: number; readonly max: number; readonly counted: number };
}

let build: string;
let folder: string;
let ends: (() => unknown)[] = [];

function compile(name: string, sources: readonly string[]): void {
  const files = sources.map((source) => join(SOURCES, source));
  execFileSync('cc', [...FLAGS, ...CHECKS, '-o', join(build, name), ...files], { stdio: 'pipe' });
}

beforeAll(() => {
  build = mkdtempSync(join(tmpdir(), 'kentongan-test-'));
  if (!hasCompiler) return;
  const sources = readdirSync(SOURCES).filter((name) => name.endsWith('.c') && name !== 'roofline.c');
  compile('load', sources);
  compile('roofline', ['roofline.c']);
});
afterAll(() => rmSync(build, { recursive: true }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kentongan-test-'));
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  ends = [];
  rmSync(folder, { recursive: true });
});

/** @param holds looked at again and again */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await wait(5);
}

/** Runs the generator to its end. @throws Error with what it said when that is no result */
function load(words: string, whileItRuns?: () => unknown): Promise<Told> {
  const child = spawn(join(build, 'load'), words.split(' ').filter(Boolean), {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += String(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += String(chunk);
  });
  void whileItRuns?.();
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      const line = out.split('\n').find((text) => text.startsWith('{'));
      if (line === undefined || errors !== '') reject(new Error(`${code}: ${errors}${out}`));
      else resolve({ ...(JSON.parse(line) as Told), code });
    });
  });
}

async function broadcaster(talk: typeof frames, fault?: Fault): Promise<number> {
  const server = await Broadcaster.start(talk, fault);
  ends.push(() => server.stop());
  return server.port;
}

const NOT_PINNED = { kind: 'free', reason: 'a test' } as const;
let nextPort = 20_000 + (process.pid % 10_000);

async function serverProcess(words: (port: number) => readonly string[]): Promise<number> {
  for (;;) {
    const port = nextPort++;
    try {
      const server = await ServerProcess.start({ words: words(port), port, pinning: NOT_PINNED });
      ends.push(() => server.stop());
      return port;
    } catch (error) {
      if (!String(error).includes('ddress already in use')) throw error;
    }
  }
}
async function kentongan(...words: readonly string[]): Promise<{ port: number; server: Process }> {
  const server = new Process(['serve', '--port', '0', '--data', folder, '--ready', 'json', ...words]);
  ends.push(async () => {
    server.kill('SIGKILL');
    await server.exit;
  });
  const { port } = await readyOf(server);
  return { port, server };
}

const RIGHT = { code: 0, failed: null, missing: 0, doubled: 0, disorder: 0, disconnected: 0 };
const FEW = '--readers 3 --senders 1 --rate 400 --seconds 0.05 --limit-seconds 2';

describe.runIf(hasCompiler)('with a server that is right', () => {
  it('gets all through the roofline', async () => {
    const port = await serverProcess((free) => [join(build, 'roofline'), '--port', String(free)]);
    const paced = await load(
      `--protocol frames --port ${port} --readers 50 --senders 4 --rate 500 --seconds 0.5`,
    );
    expect(paced).toMatchObject({ ...RIGHT, messages: 250, deliveries: 12_500 });
    expect(paced.latencyMs.counted).toBe(12_500);
    expect(paced.latencyMs.max).toBeGreaterThanOrEqual(paced.latencyMs.p50);
    expect(paced.latencyMs.p50).toBeGreaterThan(0);
    const closed = await load(
      `--protocol frames --port ${port} --readers 50 --senders 3 --window 40 --messages 4000 --warm-up 100`,
    );
    expect(closed).toMatchObject({ ...RIGHT, messages: 4_000, deliveries: 200_000 });
  });

  it('gets all through the naive broadcaster', async () => {
    const port = await serverProcess((free) => [process.execPath, NAIVE, '--port', String(free)]);
    expect(
      await load(`--protocol frames --port ${port} --readers 20 --senders 4 --window 16 --messages 500`),
    ).toMatchObject({ ...RIGHT, messages: 500, deliveries: 10_000 });
  });

  it.each([
    ['frames', frames],
    ['irc', irc],
    ['nats', nats],
  ] as const)('puts %s together from pieces', async (protocol, talk) => {
    const port = await broadcaster(talk);
    expect(await load(`--protocol ${protocol} --port ${port} ${FEW} --warm-up 3`)).toMatchObject({
      ...RIGHT,
      messages: 20,
      deliveries: 60,
    });
  });

  it('stops at both marks until it may go on', async () => {
    const port = await broadcaster(frames);
    const child = spawn(join(build, 'load'), `--protocol frames --port ${port} ${FEW}`.split(' '), {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'pipe'],
    });
    const [, out, , marks, go] = child.stdio as unknown as [null, Readable, null, Readable, Writable];
    let said = '';
    for (const [from, what] of [
      [marks, 'mark'],
      [out, 'out'],
    ] as const)
      from.on('data', (chunk: Buffer) => {
        said += what === 'mark' ? String(chunk) : 'result';
      });
    await until(() => said !== '');
    await wait(200);
    expect(said).toBe('begin\n');
    go.write('.');
    await until(() => said !== 'begin\n');
    await wait(100);
    expect(said).toBe('begin\nend\n');
    go.end('.');
    await until(() => said.includes('result'));
  });
});

/** A frame of the n-th message with another number in its text. */
function renumbered(frame: Buffer, digits: string): Buffer {
  const copy = Buffer.from(frame);
  const at = copy.indexOf(' ') + 1;
  copy.write(digits, at, 'latin1');
  return copy;
}

describe.runIf(hasCompiler)('with a server that gets something wrong, it notices', () => {
  let late: Buffer;
  const faults: readonly [string, Fault, string, Partial<Told>][] = [
    [
      'a message that is left out',
      (f, n) => (n === 5 ? [] : [f]),
      'message 6 of sender 0 when 5',
      { missing: 1 },
    ],
    ['the last one left out', (f, n) => (n === 19 ? [] : [f]), '1 deliveries missing', { missing: 1 }],
    [
      'a message said twice',
      (f, n) => (n === 5 ? [f, f] : [f]),
      'message 5 of sender 0 twice',
      { doubled: 1 },
    ],
    [
      'an old one said again',
      (f, n) => ((late = n === 2 ? f : late), n === 9 ? [f, late] : [f]),
      'message 2 of sender 0 twice',
      { doubled: 1 },
    ],
    [
      'two in the wrong order',
      (f, n) => (n === 5 ? ((late = f), []) : n === 6 ? [f, late] : [f]),
      'message 6 of sender 0 when 5',
      { disorder: 1, missing: 0 },
    ],
    [
      'a reader that is cut off',
      (f, n) => (n === 5 ? null : [f]),
      'was cut off after 5 messages',
      { disconnected: 1 },
    ],
    [
      'a message that nobody said',
      (f, n) => (n === 5 ? [renumbered(f, '0000ffff')] : [f]),
      'message 65535 of sender 0, which nobody has said',
      {},
    ],
    [
      'a message of another size',
      (f, n) => (n === 5 ? [Buffer.from('000000051a030a0141', 'hex')] : [f]),
      'a frame that nobody has said',
      {},
    ],
    [
      'a length that no frame has',
      (f, n) => (n === 5 ? [Buffer.from('00010001', 'hex')] : [f]),
      'a frame of 65537 bytes',
      {},
    ],
  ];

  it.each(faults)('%s', async (_, fault, reason, counts) => {
    const port = await broadcaster(frames, fault);
    const told = await load(`--protocol frames --port ${port} ${FEW}`);
    expect(told.failed).toContain(reason);
    expect(told).toMatchObject({ code: 1, doubled: 0, disorder: 0, disconnected: 0, ...counts });
  });

  it('also while as many as fit are under way', async () => {
    const port = await broadcaster(frames, (f, n) => (n === 500 ? [] : [f]));
    const told = await load(
      `--protocol frames --port ${port} --readers 3 --senders 2 --window 8 --messages 1000`,
    );
    expect(told).toMatchObject({
      code: 1,
      messages: 1_000,
      deliveries: 2_999,
      missing: 1,
      doubled: 0,
      disorder: 0,
    });
  });

  it.each([
    ['irc', irc],
    ['nats', nats],
  ] as const)('in %s, too', async (protocol, talk) => {
    const port = await broadcaster(talk, (unit, n) => (n === 5 ? [] : n === 8 ? [unit, unit] : [unit]));
    const told = await load(`--protocol ${protocol} --port ${port} ${FEW}`);
    expect(told).toMatchObject({ code: 1, missing: 1, doubled: 1, disorder: 0 });
  });

  it('that nobody is there', async () => {
    const port = await broadcaster(frames);
    for (const end of ends.splice(0)) end();
    const told = await load(`--protocol frames --port ${port} ${FEW}`);
    expect(told).toMatchObject({ code: 1, messages: 0 });
    expect(told.failed).toContain('could not connect to 127.0.0.1');
  });

  it('that nobody is welcomed', async () => {
    const port = await broadcaster(() => () => undefined);
    const told = await load(`--protocol kentongan --port ${port} ${FEW} --limit-seconds 0.3`);
    expect(told.failed).toBe('after 0.3 s 0 of 4 connections had joined');
  });
});

describe.runIf(hasCompiler)('as a client of ours', () => {
  const PEOPLE = '--protocol kentongan --readers 20 --senders 4';

  it('is let through as fast as the limits of a server say', async () => {
    const { port } = await kentongan();
    // Two bursts of 400 a sender are more than a server takes at once: the rest comes at 200 a second (KTG-11.11).
    const told = await load(`${PEOPLE} --port ${port} --window 400 --messages 2000`);
    expect(told).toMatchObject({ ...RIGHT, messages: 2_000, deliveries: 40_000 });
    expect(await load(`${PEOPLE} --port ${port} --rate 200 --seconds 0.5 --stopped 3`)).toMatchObject({
      ...RIGHT,
      messages: 100,
      deliveries: 2_000,
    });
  });

  it('says everything in its own room, and hears nothing of others', async () => {
    const { port } = await kentongan();
    const told = await load(
      `--protocol kentongan --port ${port} --readers 10 --senders 20 --rooms 5 --window 50 --messages 1000 --join-at-once`,
    );
    expect(told).toMatchObject({ ...RIGHT, messages: 1_000, deliveries: 2_000 });
  });

  it('answers the pings of a server while it says nothing', async () => {
    const { port } = await kentongan('--ping-interval', '1s', '--stall', '2s');
    const child = spawn(join(build, 'load'), `${PEOPLE} --port ${port} --hold`.split(' '));
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += String(chunk);
    });
    await until(() => out.includes('ready\n'));
    await wait(4_000);
    child.stdin.end();
    await until(() => out.includes('}\n'));
    expect(JSON.parse(out.replace('ready\n', ''))).toMatchObject({ failed: null, disconnected: 0 });
  });

  it('tells what a server refuses', async () => {
    const { port } = await kentongan('--connections-per-address', '10');
    const told = await load(`${PEOPLE} --port ${port} --rate 10 --seconds 1`);
    expect(told.code).toBe(1);
    expect(told.failed).toMatch(/^reader \d+ was refused: fault 3003, /);
  });

  it.each([
    ['SIGTERM', /was sent a Draining: the server stops$/],
    ['SIGKILL', / was cut off/],
  ] as const)('tells that a server was ended by %s', async (signal, reason) => {
    const { port, server } = await kentongan();
    const told = await load(`${PEOPLE} --port ${port} --rate 100 --seconds 20`, async () => {
      await wait(1_500);
      server.kill(signal);
    });
    expect(told.code).toBe(1);
    expect(told.failed).toMatch(reason);
  });
});

describe.runIf(hasCompiler)('words that make no sense', () => {
  it.each([
    ['', '--window and --hold is needed'],
    ['--hold', '--protocol is missing'],
    ['--protocol frames --rate 1 --window 1 --messages 1', 'one of --rate, --window and --hold'],
    ['--protocol frames --port 1 --senders 1 --readers 1 --rate 1', '--seconds or --until-stdin'],
    ['--protocol frames --port 1 --senders 1 --readers 1 --rate 1 --seconds x', 'a number above 0, not "x"'],
    ['--protocol frames --port 70000 --hold', 'at most 65535, not "70000"'],
    ['--protocol smtp --port 1 --readers 1 --hold', 'no protocol "smtp"'],
    [
      '--protocol frames --port 1 --senders 1 --readers 1 --window 1 --messages 1 --rooms 2',
      'needs a reader',
    ],
    ['--protocol irc --port 1 --readers 1 --hold --payload 351', '30 to 350 bytes with irc'],
    ['--protocol irc --port 1 --readers 1 --hold --host localhost', 'an IPv4 address, not "localhost"'],
    ['--protocol irc --port 1 --readers 1 --hold --fast', '--fast is no option'],
    ['--protocol irc --port 1 --readers 1 --hold --rooms', '--rooms needs a value'],
    ['--protocol irc --port 1 --readers 1 --hold now', '"now" is no option'],
  ])('%j', async (words, text) => {
    await expect(load(words)).rejects.toThrow(text);
  });
});
