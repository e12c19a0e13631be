// The command itself, with real servers, for a few seconds.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readResults, summarise } from '../../bench/results.ts';
import { findProgram } from '../../bench/programs.ts';

const MAIN = new URL('../../bench/main.ts', import.meta.url).pathname;
const LOAD = new URL('../../bench/load', import.meta.url).pathname;
const hasGenerator =
  ['load.c', 'roofline.c'].every((name) => existsSync(join(LOAD, name))) && findProgram('cc') !== undefined;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kentongan-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function start(...words: string[]): { child: ChildProcess; errors: () => string; out: () => string } {
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += String(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += String(chunk);
  });
  return { child, out: () => out, errors: () => errors };
}

async function codeOf({ child }: { child: ChildProcess }): Promise<unknown> {
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

/** Command lines of processes that have something to do with a directory. */
function processesIn(directory: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return [];
      }
    })
    .filter((line) => line.includes(`${directory}/kentongan-bench-`));
}

describe.runIf(process.platform === 'linux')('npm run bench', () => {
  it('starts a server, and leaves results alone behind', async () => {
    const out = join(folder, 'out');
    const run = start('startup', '--quick', '--only', 'kentongan-memory', '--out', out, '--folder', folder);
    expect(await codeOf(run)).toBe(0);
    expect(run.errors()).toMatch(/^About \d+ s: /);
    expect(run.errors()).toContain('startup, kentongan-memory, run 1/1');
    expect(readdirSync(folder)).toEqual(['out']);
    expect(processesIn(folder)).toEqual([]);
    const [json = '', markdown = '', svg = ''] = run.out().trim().split('\n');
    expect([markdown, svg].every(existsSync)).toBe(true);
    const results = readResults(json);
    const { figures } = summarise(results.runs, 'startup', 'kentongan-memory');
    expect(figures.get('welcomeMs')?.median).toBeGreaterThan(figures.get('connectMs')?.median ?? Number.NaN);
    expect(figures.get('startCpuMs')?.median).toBeGreaterThan(10);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'leaves nothing behind when it is stopped with %s',
    async (signal) => {
      const run = start(
        'append-20',
        '--runs',
        '5',
        '--seconds',
        '60',
        '--folder',
        folder,
        '--out',
        join(folder, 'out'),
      );
      while (processesIn(folder).length === 0) await wait(20);
      const [inside = ''] = readdirSync(folder);
      expect(inside).toMatch(/^kentongan-bench-/);
      run.child.kill(signal);
      expect(await codeOf(run)).toBe(signal === 'SIGINT' ? 130 : 143);
      while (processesIn(folder).length > 0) await wait(20);
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it.each([
    [['stedy'], 2, 'there is no load or server stedy'],
    [['report', 'nowhere.json'], 1, 'nowhere.json'],
    [['steady', '--folder', '/nowhere/at/all'], 3, 'is not there'],
    [['append', '--only', 'naive'], 3, 'Nothing is left to measure'],
  ])('%j ends with %d', async (words, code, text) => {
    const run = start(...words, '--out', join(folder, 'out'));
    expect(await codeOf(run)).toBe(code);
    expect(run.errors()).toContain(text);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('prints what there is, installed or not', async () => {
    const run = start('list');
    expect(await codeOf(run)).toBe(0);
    for (const name of [
      'steady',
      'slow-reader',
      'wss-flood',
      'roofline',
      'inspircd',
      'nats-server',
      'naive',
    ]) {
      expect(run.out()).toContain(`\n  ${name} `);
    }
  });

  it.runIf(hasGenerator)('measures a fan-out beside the roofline', async () => {
    const words = [
      'steady',
      'saturated',
      '--quick',
      '--only',
      'roofline,kentongan-memory',
      '--folder',
      folder,
    ];
    const run = start(...words, '--out', join(folder, 'out'));
    const code = await codeOf(run);
    expect({ code, errors: run.errors() }).toMatchObject({ code: 0 });
    const results = readResults(run.out().split('\n')[0] ?? '');
    for (const load of ['steady', 'saturated']) {
      for (const server of ['roofline', 'kentongan-memory']) {
        // A busy machine may make a paced run void; its figures are there all the same.
        const { figures } = summarise(results.runs, load, server);
        expect(figures.get('cpuUs')?.median).toBeGreaterThan(0);
        expect(figures.get('perSecond')?.median).toBeGreaterThan(1_000);
      }
    }
    expect(readdirSync(folder)).toEqual(['out']);
  });
});
