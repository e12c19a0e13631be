// `npm run bench -- NAME…`: measurements with real servers, on a real disk, over loopback; tables for
// docs/results.md. Without a name: what there is. `--quick`: once and short, to see whether it works. `--folder DIR`: on
// another disk. `--keep DIR`: makes the large log there, or uses the one that is there. `--profile DIR`: CPU profiles.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench, Setup } from './bench.ts';
import { engine } from './engine.ts';
import { machineLines } from './machine.ts';
import { sends } from './sends.ts';
import { replay } from './replay.ts';
import { killAll } from './server.ts';
import { start } from './start.ts';
import { transports } from './transports.ts';

const BENCHES: readonly Bench[] = [sends, replay, start, transports, engine];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    repeats: { type: 'string' },
    entries: { type: 'string' },
    folder: { type: 'string', default: tmpdir() },
    keep: { type: 'string' },
    profile: { type: 'string' },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

const chosen = BENCHES.filter(({ name }) => positionals.includes(name));
const unknown = positionals.filter((name) => !BENCHES.some((bench) => bench.name === name));
if (chosen.length === 0 || unknown.length > 0) {
  for (const name of unknown) say(`there is no ${name}`);
  for (const { name, about } of BENCHES) say(`${name.padEnd(10)} ${about}`);
  process.exitCode = 2;
}

for (const bench of chosen) {
  const folder = mkdtempSync(join(values.folder, 'kentongan-bench-'));
  const setup: Setup = {
    folder,
    repeats: Number(values.repeats ?? (values.quick ? 1 : 3)),
    spanMs: values.quick ? 2_000 : 6_000,
    entries: Number(values.entries ?? (values.quick ? 100_000 : 1_000_000)),
    kept: values.keep,
    profiles: values.profile,
    say,
  };
  try {
    const machine = machineLines(folder);
    const tables = await bench.run(setup);
    say(`\n## ${bench.name} (commit ${commit()}, ${setup.repeats} runs, medians)\n`);
    for (const line of machine) say(`- ${line}`);
    for (const table of tables) say(`\n${table}`);
  } finally {
    killAll();
    rmSync(folder, { recursive: true, force: true });
  }
}
