// `npm run mutants [-- --quick] [-- NAME …]`: plants each bug of test/mutants in a copy of the tree and sees whether
// the tests notice. Fails when a patch no longer applies, when its bug is not caught, or when the tests fail without
// any bug. The tree itself is never touched.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { applyHunks, headerOf, parsePatch } from './patch.ts';

const ROOT = resolve(import.meta.dirname, '..');
const MUTANTS = join(ROOT, 'test/mutants');
/** What the tests below need. */
const COPIED = ['src', 'clients', 'proto', 'test', 'docs', 'package.json', 'tsconfig.json', 'vitest.config.ts', 'scripts'];
/** Looked through in this order until somebody notices. */
const SUITES = ['test/model', 'test/protocol', 'test/core', 'test/clients/sdk', 'test/roomlog'];
const SEEDS = 400;
const SEEDS_QUICK = 120;
const HUNT_MS_MAX = 90_000;
const SUITE_MS_MAX = 60_000;

interface Verdict {
  readonly name: string;
  readonly what: string;
  /** How it was caught; undefined: it was not. */
  readonly caught: string | undefined;
  readonly problem?: string;
}

interface Ran {
  readonly status: number | 'too long';
  readonly output: string;
}

function run(cwd: string, args: readonly string[], msMax: number): Promise<Ran> {
  return new Promise((done) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, msMax);
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('close', (status) => {
      clearTimeout(timer);
      done({ status: late ? 'too long' : (status ?? 1), output });
    });
  });
}

function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'kentongan-mutant-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');
  return copy;
}

/** The simulation first, as it is the widest; then what looks closer. */
async function hunt(copy: string, seeds: number): Promise<string | undefined> {
  const sim = await run(copy, ['test/sim/hunt.ts', String(seeds)], HUNT_MS_MAX);
  if (sim.status === 'too long') return 'simulation: a run does not end';
  if (sim.status !== 0) return `simulation ${sim.output.trim().split('\n').at(-1) ?? ''}`;
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  for (const suite of SUITES) {
    const { status, output } = await run(copy, [vitest, 'run', '--bail=1', suite], SUITE_MS_MAX);
    if (status === 'too long') return `${suite}: a test does not end`;
    if (status !== 0) return `${suite}: ${failingTest(output)}`;
  }
  return undefined;
}

function failingTest(output: string): string {
  // eslint-disable-next-line no-control-regex
  const plain = output.replaceAll(/\u001b\[[0-9;]*m/g, '');
  return /FAIL +(.+)/.exec(plain)?.[1] ?? plain.trim().split('\n').at(-1) ?? '';
}

async function judge(file: string, seeds: number): Promise<Verdict> {
  const name = basename(file, '.patch');
  const patch = readFileSync(file, 'utf8');
  const what = headerOf(patch);
  const copy = copyTree();
  try {
    for (const each of parsePatch(patch)) {
      const path = join(copy, each.file);
      writeFileSync(path, applyHunks(readFileSync(path, 'utf8'), each));
    }
    return { name, what, caught: await hunt(copy, seeds) };
  } catch (error) {
    return { name, what, caught: undefined, problem: error instanceof Error ? error.message : String(error) };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Without a bug nothing may be noticed, or everything would seem caught. */
async function judgeHealthy(seeds: number): Promise<string | undefined> {
  const copy = copyTree();
  try {
    return await hunt(copy, seeds);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function main(args: readonly string[]): Promise<void> {
  const seeds = args.includes('--quick') ? SEEDS_QUICK : SEEDS;
  const wanted = args.filter((arg) => !arg.startsWith('-'));
  const files = readdirSync(MUTANTS)
    .filter((file) => file.endsWith('.patch'))
    .filter((file) => wanted.length === 0 || wanted.includes(basename(file, '.patch')))
    .toSorted()
    .map((file) => join(MUTANTS, file));
  const alarm = await judgeHealthy(SEEDS_QUICK);
  if (alarm !== undefined) {
    console.log(`the tests fail without any bug: ${alarm}`);
    process.exitCode = 1;
    return;
  }
  let failed = 0;
  const report = ({ name, what, caught, problem }: Verdict): void => {
    if (caught === undefined) failed++;
    console.log(`${caught === undefined ? 'NOT CAUGHT' : 'caught    '}  ${name}: ${what}`);
    console.log(`            ${caught ?? problem ?? 'nobody noticed'}`);
  };
  const waiting = [...files];
  const worker = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) report(await judge(file, seeds));
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, worker));
  console.log(`${files.length - failed} caught, ${failed} failed`);
  if (failed > 0 || files.length === 0) process.exitCode = 1;
}

await main(process.argv.slice(2));
