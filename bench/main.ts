// `npm run bench`: this project and others under the same loads, in the same run. `--help` tells the rest.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { clearAll, clearWhenStopped, trackFolder } from './alive.ts';
import { buildPrograms } from './build.ts';
import { estimate, partakers, type Plan, runAll } from './campaign.ts';
import { guard, readThresholds, verdictLine } from './guard.ts';
import { HELP, listText } from './help.ts';
import { largeLogIn } from './large-log.ts';
import { type Load, LOADS } from './loads.ts';
import { machineHere } from './machine.ts';
import { measure } from './measure.ts';
import { type Wish, wishOf } from './options.ts';
import { pinningHere, pinningText } from './pinning.ts';
import { publish, writeReport } from './report.ts';
import { readResults, type Results, type Run, type ServerFacts, writeResults } from './results.ts';
import { type ServerKind, SERVERS } from './servers.ts';
import type { Setup } from './setup.ts';

const [OK, FAILED, WRONG, IMPOSSIBLE] = [0, 1, 2, 3];
/** `--quick` alone ends within a minute, on a busy machine, too: nothing is begun after that. */
const QUICK_MS = 50_000;
const GUARD_SECONDS = 1;

/** Loads that our own client makes: they need no C compiler. */
const OWN_CLIENT: ReadonlySet<string> = new Set(['append', 'replay', 'startup', 'transport', 'engine']);

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(wish: Wish): Promise<number> {
  switch (wish.kind) {
    case 'help':
      process.stdout.write(HELP);
      return OK;
    case 'list':
      process.stdout.write(listText());
      return OK;
    case 'wrong':
      say(`${wish.reason}\nnpm run bench -- --help tells what there is`);
      return WRONG;
    case 'report':
      return report(wish);
    case 'guard':
      return watch(wish);
    case 'run':
      return run(wish);
  }
}

function report({ file, out, publish: isPublished }: Extract<Wish, { kind: 'report' }>): number {
  const results = readResults(file);
  const files = [...writeReport(file, results, out), ...(isPublished ? publish(file, results) : [])];
  process.stdout.write(`${files.join('\n')}\n`);
  return OK;
}

async function run(wish: Extract<Wish, { kind: 'run' }>): Promise<number> {
  const begun = new Date();
  const setup = prepare(wish);
  if (setup === undefined) return IMPOSSIBLE;
  const [loads, servers] = [
    possible(wish.loads),
    wish.servers.filter((server) => server.find().kind === 'here'),
  ];
  const until = wish.isQuick && wish.isUsual ? performance.now() + QUICK_MS : Number.POSITIVE_INFINITY;
  const plan: Plan = { loads, servers, runs: wish.runs, until };
  if (!loads.some((load) => partakers(load, servers).length > 0)) {
    say('Nothing is left to measure: none of these servers can do any of these loads here');
    return IMPOSSIBLE;
  }
  say(
    `About ${timeText(estimate(plan, setup))}: ${loads.length} loads, ${servers.length} servers, ${wish.runs} runs of each. ${pinningText(setup.pinning)}`,
  );
  const machine = machineHere(setup.folder);
  if (machine.isDiskMemory)
    say(`${wish.folder} is memory: what is stored there costs no fsync. --folder DIR on a disk`);
  if (machine.load > 0.5)
    say(`The machine is busy (load ${machine.load.toFixed(1)}): others take part of what is measured`);
  const runs = await runAll(plan, setup, say, measure);
  const results: Results = {
    format: 1,
    begun: begun.toISOString(),
    ended: new Date().toISOString(),
    commit: commitHere(),
    words: wish.words,
    isQuick: wish.isQuick,
    runsWanted: wish.runs,
    seconds: wish.seconds,
    machine,
    pinning: pinningText(setup.pinning),
    servers: wish.servers.map(factsOf),
    loads: loads.map((load) => ({
      ...{ name: load.name, about: load.about, figures: load.figures },
      without: wish.servers
        .filter((server) => partakers(load, [server]).length === 0)
        .map(({ name }) => name),
    })),
    runs,
  };
  return keep(results, wish.out);
}

function keep(results: Results, out: string): number {
  mkdirSync(out, { recursive: true });
  const file = join(out, `${results.begun.slice(0, 19).replaceAll(':', '')}.json`);
  writeResults(file, results);
  const files = [file, ...writeReport(file, results)];
  process.stdout.write(`${files.join('\n')}\n`);
  const failed = results.runs.filter(({ outcome }) => outcome.kind === 'failed').length;
  if (failed > 0) say(`${failed} of ${results.runs.length} runs failed`);
  return failed > 0 ? FAILED : OK;
}

async function watch(wish: Extract<Wish, { kind: 'guard' }>): Promise<number> {
  const thresholds = readThresholds(wish.thresholds);
  const setup = prepare({ folder: wish.folder, isQuick: false, seconds: GUARD_SECONDS });
  if (setup === undefined) return IMPOSSIBLE;
  const verdicts = await guard(thresholds, wish.tries, async (open) => {
    const all: Run[] = [];
    for (const load of possible(
      LOADS.filter(({ name }) => open.some((threshold) => threshold.load === name)),
    )) {
      const names = open
        .filter((threshold) => threshold.load === load.name)
        .flatMap(({ server, against }) => [server, against]);
      const servers = SERVERS.filter(
        (server) => names.includes(server.name) && server.find().kind === 'here',
      );
      const plan = { loads: [load], servers, runs: 1, until: Number.POSITIVE_INFINITY };
      all.push(...(await runAll(plan, setup, say, measure)));
    }
    return all;
  });
  for (const [threshold, verdict] of verdicts) process.stdout.write(`${verdictLine(threshold, verdict)}\n`);
  const passed = [...verdicts.values()].filter(({ kind }) => kind === 'passed').length;
  process.stdout.write(`${passed} passed, ${verdicts.size - passed} failed\n`);
  return passed === verdicts.size ? OK : FAILED;
}

/** Undefined, and said why, where nothing can be measured. */
function prepare({
  folder: above,
  isQuick,
  seconds,
}: {
  folder: string;
  isQuick: boolean;
  seconds: number;
}): Setup | undefined {
  if (!existsSync('/proc/self/stat')) {
    say('CPU times are read from /proc, which Linux has: nothing can be measured here');
    return undefined;
  }
  if (!existsSync(above)) {
    say(`${above} is not there`);
    return undefined;
  }
  clearWhenStopped();
  const folder = trackFolder(mkdtempSync(join(above, 'kentongan-bench-')));
  // Servers that do not want to be root have to get at what is theirs in it.
  chmodSync(folder, 0o711);
  const pinning = pinningHere();
  return {
    folder,
    pinning,
    seconds,
    isQuick,
    paces: new Map(),
    largeLog: largeLogIn(folder, isQuick, pinning),
  };
}

/** Those for which there is a generator; says which are not. */
function possible(loads: readonly Load[]): readonly Load[] {
  const built = buildPrograms();
  if (built.kind === 'built') return loads;
  const without = loads.filter(({ measure: { how } }) => !OWN_CLIENT.has(how));
  if (without.length > 0)
    say(`No load generator (${built.reason}): not measured: ${without.map(({ name }) => name).join(', ')}`);
  return loads.filter((load) => !without.includes(load));
}

function factsOf(server: ServerKind): ServerFacts {
  const found = server.find();
  const { name, about } = server;
  return found.kind === 'here'
    ? { name, about, version: found.version, missing: undefined }
    : { name, about, version: undefined, missing: found.reason };
}

function git(...words: string[]): string {
  const how = { encoding: 'utf8', cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'ignore'] } as const;
  return execFileSync('git', words, { ...how, stdio: [...how.stdio] }).trim();
}

/** With a + when something was not committed. */
function commitHere(): string {
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '--', '../src', '../bin') === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
}

function timeText(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

try {
  process.exitCode = await main(wishOf(process.argv.slice(2)));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = FAILED;
} finally {
  clearAll();
}
