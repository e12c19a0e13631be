// The C programs of the benchmark, compiled when their sources are newer.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from './programs.ts';

const SOURCES = fileURLToPath(new URL('./load', import.meta.url));
const BUILD = fileURLToPath(new URL('./build', import.meta.url));
const FLAGS = ['-O2', '-Wall', '-Wextra', '-Werror', '-std=gnu11'];
const ROOFLINE_SOURCE = 'roofline.c';

/** The load generator. */
export const LOAD = join(BUILD, 'load');
/** The limit: a program that does nothing but the sends. */
export const ROOFLINE = join(BUILD, 'roofline');

export type Built = { readonly kind: 'built' } | { readonly kind: 'not built'; readonly reason: string };

/** @returns why there are none, when there are none: then only loads that our own client makes are possible */
export function buildPrograms(): Built {
  if (!existsSync(SOURCES)) return { kind: 'not built', reason: 'bench/load is not there' };
  const sources = readdirSync(SOURCES).filter((name) => name.endsWith('.c'));
  const others = sources.filter((name) => name !== ROOFLINE_SOURCE);
  if (others.length === 0) return { kind: 'not built', reason: 'bench/load has no C sources' };
  const programs = [
    { to: LOAD, from: others },
    ...(sources.includes(ROOFLINE_SOURCE) ? [{ to: ROOFLINE, from: [ROOFLINE_SOURCE] }] : []),
  ].filter(({ to }) => !isNew(to));
  if (programs.length === 0) return { kind: 'built' };
  const compiler = findProgram('cc');
  if (compiler === undefined)
    return { kind: 'not built', reason: 'no C compiler (apt install gcc libc6-dev)' };
  mkdirSync(BUILD, { recursive: true });
  for (const { to, from } of programs) {
    // Under another name first: somebody may build, or run, the same at the same time.
    const made = `${to}.${process.pid}`;
    try {
      const files = from.map((name) => join(SOURCES, name));
      execFileSync(compiler, [...FLAGS, '-o', made, ...files], { encoding: 'utf8', stdio: 'pipe' });
      renameSync(made, to);
    } catch (error) {
      return { kind: 'not built', reason: `${basename(to)} does not compile: ${complaint(error)}` };
    }
  }
  return { kind: 'built' };
}

/** Newer than every source and header. */
function isNew(program: string): boolean {
  if (!existsSync(program)) return false;
  const made = statSync(program).mtimeMs;
  return readdirSync(SOURCES).every((name) => statSync(join(SOURCES, name)).mtimeMs <= made);
}

function complaint(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
  return text.split('\n').find((line) => line.includes('error')) ?? text.slice(0, 300);
}
