// How scripts run the project's tools: always with this Node, never through a shell, so on Windows, too.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

const require = createRequire(import.meta.url);

/** The folder of the checkout. */
export const ROOT = join(import.meta.dirname, '..');

const ENTRIES = {
  biome: '@biomejs/biome/bin/biome',
  buf: '@bufbuild/buf/bin/buf',
  knip: 'node_modules/knip/bin/knip.js',
  oxlint: 'node_modules/oxlint/bin/oxlint',
  publint: 'node_modules/publint/src/cli.js',
  tsc: 'node_modules/typescript/bin/tsc',
} as const;

export type Tool = keyof typeof ENTRIES | 'npm';

export interface Result {
  readonly status: number;
  readonly stdout: string;
  /** stdout, then stderr. */
  readonly output: string;
}

function entryOf(tool: Tool): string {
  if (tool === 'npm') {
    // Set by npm for everything that it starts.
    const npm = process.env['npm_execpath'];
    if (npm === undefined) throw new Error('Run this through npm: npm run …');
    return npm;
  }
  const entry = ENTRIES[tool];
  return entry.startsWith('node_modules/') ? join(ROOT, entry) : require.resolve(entry);
}

/** Runs JavaScript or TypeScript with this Node and waits for it. */
export function runNode(args: readonly string[], cwd: string = ROOT): Result {
  const bin = join(ROOT, 'node_modules', '.bin');
  const ran = spawnSync(process.execPath, [...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` },
  });
  if (ran.error !== undefined) throw ran.error;
  return { status: ran.status ?? 1, stdout: ran.stdout, output: `${ran.stdout}${ran.stderr}` };
}

/** Runs one of the project's tools and waits for it. */
export function runTool(tool: Tool, args: readonly string[], cwd: string = ROOT): Result {
  return runNode([entryOf(tool), ...args], cwd);
}

/** As `runTool`, but a failure ends the script with what the tool said. */
export function mustRun(tool: Tool, args: readonly string[], cwd: string = ROOT): string {
  const { status, output } = runTool(tool, args, cwd);
  if (status === 0) return output;
  process.stderr.write(output);
  throw new Error(`${tool} ${args.join(' ')} ended with ${status}`);
}
