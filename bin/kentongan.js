#!/usr/bin/env node
// Starts kentongan under a Node.js that can run it. Plain JavaScript for Node.js 20, which can not.
//
// Beside the tests this is the only place that knows both sides: which commands are the server's; everything else is
// the client's.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import nodeModule, { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const SERVER_COMMANDS = new Set(['serve', 'status', 'announce', 'log', 'admin', 'invite', 'names']);
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * How large half of V8's space for new objects may become, MiB. Left alone it grows to 100 MiB when thousands of people
 * come at once, and does not shrink while they stay: half of what 9,000 idle connections cost.
 */
const SERVE_FLAGS = ['--max-semi-space-size=8'];

const words = process.argv.slice(2);
if (isRecent(process.versions.node)) {
  if (typedCommand().command === 'serve') takeFlags();
  await run();
} else relaunch(findNode());

/** 24.15 is the first version whose SQLite needs no warning. */
function isRecent(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 15);
}

/** V8 takes these at the start of a process alone: this one starts anew, as itself. Whoever gives flags knows better. */
function takeFlags() {
  const given = process.execArgv.length > 0 || process.env.NODE_OPTIONS?.includes('semi-space');
  if (given || process.platform === 'win32' || typeof process.execve !== 'function') return;
  process.execve(process.execPath, [process.execPath, ...SERVE_FLAGS, ...process.argv.slice(1)]);
}

/** What is to be done: the command behind `help`, too. */
function typedCommand() {
  // --lang may stand before the command, too.
  const before = words[0] === '--lang' ? 2 : words[0]?.startsWith('--lang=') ? 1 : 0;
  const [language, [first, ...rest]] = [words.slice(0, before), words.slice(before)];
  return { language, first, rest, command: first === 'help' ? rest[0] : first };
}

async function run() {
  const { language, first, rest, command } = typedCommand();
  const isServer = SERVER_COMMANDS.has(command);
  const args = isServer ? [command, ...language, ...(first === 'help' ? ['--help'] : rest)] : words;
  rememberCode();
  const { main } = await import(sourceOf(isServer ? 'src/main' : 'clients/cli/main'));
  process.exitCode = await main(args, typed());
}

/** What people type for `kentongan` where this was started: hints have to work there. */
function typed() {
  const { npm_command, PATH } = process.env;
  if (npm_command) return 'npx kentongan';
  const windows = process.platform === 'win32';
  const name = windows ? 'kentongan.cmd' : 'kentongan';
  if ((PATH ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, name))))
    return 'kentongan';
  const file = fileURLToPath(import.meta.url);
  const near = relative(process.cwd(), file);
  const shown = near.startsWith('..') || isAbsolute(near) ? file : near;
  return /^[\w./\\:+,@-]+$/.test(shown) ? `node ${shown}` : `node "${shown}"`;
}

/**
 * Compiled code is kept for the next start, which then takes a third of the time. In the user's own cache, since
 * whoever can write there decides what runs. Where there is none, every start is a first one.
 */
function rememberCode() {
  const { XDG_CACHE_HOME, LOCALAPPDATA, NODE_COMPILE_CACHE, NODE_DISABLE_COMPILE_CACHE } = process.env;
  if (NODE_COMPILE_CACHE || NODE_DISABLE_COMPILE_CACHE) return;
  try {
    const base = process.platform === 'win32' ? LOCALAPPDATA : XDG_CACHE_HOME || join(homedir(), '.cache');
    if (!base) return;
    const { directory } = nodeModule.enableCompileCache(join(base, 'kentongan', 'code'));
    // Threads look for it here.
    if (directory !== undefined) process.env.NODE_COMPILE_CACHE = join(base, 'kentongan', 'code');
  } catch {
    // No home, no cache.
  }
}

/** A checkout has the sources, an installed package the compiled files: Node.js strips no types there. */
function sourceOf(module) {
  const source = new URL(`../${module}.ts`, import.meta.url);
  const installed = /[\\/]node_modules[\\/]/.test(fileURLToPath(import.meta.url));
  return installed || !existsSync(source)
    ? new URL(`../dist/${module}.js`, import.meta.url).href
    : source.href;
}

/** The Node.js that npm installed for this platform, if it did. */
function findNode() {
  const windows = process.platform === 'win32';
  const name = `node-${windows ? 'win' : process.platform}-${process.arch}/bin/node${windows ? '.exe' : ''}`;
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return undefined;
  }
}

/** Becomes a shadow of the same program under another Node.js: passes signals down and the end up. */
function relaunch(node) {
  if (node === undefined) {
    console.error(
      `kentongan needs Node.js 24.15 or newer; this is ${process.version}. Install it from https://nodejs.org/`,
    );
    process.exitCode = 1;
    return;
  }
  const flags = typedCommand().command === 'serve' ? SERVE_FLAGS : [];
  const child = spawn(node, [...flags, fileURLToPath(import.meta.url), ...words], { stdio: 'inherit' });
  const listeners = FORWARDED.map((signal) => [
    signal,
    () => {
      // On Windows the console tells all its processes, and a kill is no signal but the end.
      if (process.platform !== 'win32') child.kill(signal);
    },
  ]);
  for (const [signal, listener] of listeners) process.on(signal, listener);
  child.on('error', (error) => {
    console.error(`kentongan: ${node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    for (const [name, listener] of listeners) process.off(name, listener);
    if (signal === null) process.exitCode = code ?? 1;
    else process.kill(process.pid, signal);
  });
}
