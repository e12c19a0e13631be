// `npm run faults`: real servers on a real disk are killed, deprived of power, filled up and damaged; whatever
// anybody had a receipt for must be there afterwards. Without words: a slice of every campaign. With the name of
// a campaign, or several: these. `--cycles N`, `--full`: how much. `--seed N`: the choices of an earlier run.
// The last line: `N passed, N failed`.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Tree } from '../../scripts/mutants/tree.ts';
import { Random } from '../support/random.ts';
import type { Campaign, Figures } from './campaign.ts';
import { Findings } from './finding.ts';
import { clock } from './clock.ts';
import { flip } from './flip.ts';
import { fsync } from './fsync.ts';
import { full } from './full.ts';
import { kill } from './kill.ts';
import { mutants } from './mutants.ts';
import { power } from './power.ts';
import { programFiles } from './program.ts';
import { self } from './self.ts';
import { killAll } from './server.ts';
import { stop } from './stop.ts';
import { makeFolder, removeAll, removeFolder } from './world.ts';

const CAMPAIGNS: readonly Campaign[] = [self, kill, power, fsync, full, flip, stop, clock, mutants];
const MEMORY_DISK = '/dev/shm';
const ROOT = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string' },
    cycles: { type: 'string' },
    full: { type: 'boolean', default: false },
    'per-directory': { type: 'string', default: '20' },
    'allow-skip': { type: 'boolean', default: false },
    serve: { type: 'string', multiple: true, default: [] },
    tree: { type: 'string', default: ROOT },
  },
});

function chosen(): readonly Campaign[] {
  if (positionals.length === 0) return CAMPAIGNS;
  return positionals.map((name) => {
    const found = CAMPAIGNS.find((campaign) => campaign.name === name);
    if (found !== undefined) return found;
    throw new Error(`there is no campaign ${name}: ${CAMPAIGNS.map((one) => one.name).join(', ')}`);
  });
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${text} is no number`);
  return number;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints what was measured as rows of a table, and what was found. True: nothing was. */
function report(campaign: Campaign, figures: Figures, findings: Findings): boolean {
  say(
    `| ${campaign.name} | ${Object.entries(figures)
      .map(([name, value]) => `${name} ${value}`)
      .join(' | ')} | ${findings.summary} |`,
  );
  return findings.total === 0;
}

async function runAll(tree: string): Promise<boolean> {
  const seed = numberOf(values.seed) ?? Math.floor(Math.random() * 2 ** 31);
  let passed = 0;
  let failed = 0;
  for (const campaign of chosen()) {
    const cycles = numberOf(values.cycles) ?? (values.full ? campaign.full : campaign.quick);
    say(`== ${campaign.name}: ${campaign.about}; seed ${seed}, ${cycles} cycles`);
    say(`   again: npm run faults -- ${campaign.name} --cycles ${cycles} --seed ${seed}`);
    const findings = new Findings((text) => say(`   ${text}`));
    const folder = makeFolder();
    const fast = makeFolder(existsSync(MEMORY_DISK) ? MEMORY_DISK : undefined);
    let figures: Figures = {};
    const since = performance.now();
    try {
      figures = await campaign.run({
        seed,
        random: new Random(seed, CAMPAIGNS.indexOf(campaign)),
        findings,
        tree,
        cycles,
        folder,
        fast,
        options: {
          perDirectory: numberOf(values['per-directory']) ?? 20,
          allowSkip: values['allow-skip'],
          flags: values.serve.flatMap((words) => words.split(' ')),
        },
      });
    } catch (error) {
      findings.add('stuck', (error as Error).stack ?? String(error));
    }
    figures = { ...figures, seconds: Math.round((performance.now() - since) / 1_000) };
    removeFolder(folder);
    removeFolder(fast);
    if (report(campaign, figures, findings)) passed++;
    else failed++;
  }
  say(`${passed} passed, ${failed} failed`);
  return failed === 0;
}

// A copy, so that all servers of a run are the same program, whatever happens to the checkout meanwhile.
const tree = new Tree(values.tree, programFiles(values.tree));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    killAll();
    removeAll();
    tree.remove();
    process.exit(130);
  });
}
let isGood = false;
try {
  isGood = await runAll(tree.root);
} finally {
  tree.remove();
}
// Whatever hangs has been reported and must not hold the end up.
process.exit(isGood ? 0 : 1);
