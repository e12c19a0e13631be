// `npm run faults`: real servers on a real disk are killed, deprived of power, filled up and damaged; whatever
// anybody had a receipt for must be there afterwards. Without words: a slice of every campaign. With the name of
// a campaign, or several: these. `--cycles N`, `--full`: how much. `--seed N`: the choices of an earlier run.
// The last line: `N passed, N failed`.
import { parseArgs } from 'node:util';
import { trackedFiles, Tree } from '../../scripts/mutants/tree.ts';
import { Random } from '../support/random.ts';
import type { Campaign, Figures } from './campaign.ts';
import { Findings } from './finding.ts';
import { kill } from './kill.ts';
import { power } from './power.ts';
import { self } from './self.ts';
import { killAll } from './server.ts';
import { stop } from './stop.ts';
import { makeFolder, removeAll, removeFolder } from './world.ts';

const CAMPAIGNS: readonly Campaign[] = [self, kill, power, stop];
/** What a server consists of. */
const PROGRAM = /^(bin|src|clients)\/|^package\.json$/;
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
  for (const text of findings.texts) say(`  ${text}`);
  return findings.total === 0;
}

async function runAll(tree: string): Promise<void> {
  const seed = numberOf(values.seed) ?? Math.floor(Math.random() * 2 ** 31);
  let passed = 0;
  let failed = 0;
  for (const campaign of chosen()) {
    const cycles = numberOf(values.cycles) ?? (values.full ? campaign.full : campaign.quick);
    say(`== ${campaign.name}: ${campaign.about}; seed ${seed}, ${cycles} cycles`);
    say(`   again: npm run faults -- ${campaign.name} --cycles ${cycles} --seed ${seed}`);
    const findings = new Findings();
    const folder = makeFolder();
    let figures: Figures = {};
    try {
      figures = await campaign.run({
        seed,
        random: new Random(seed, CAMPAIGNS.indexOf(campaign)),
        findings,
        tree,
        cycles,
        folder,
        options: {
          perDirectory: numberOf(values['per-directory']) ?? 20,
          allowSkip: values['allow-skip'],
          flags: values.serve.flatMap((words) => words.split(' ')),
        },
      });
    } catch (error) {
      findings.add('stuck', (error as Error).stack ?? String(error));
    }
    removeFolder(folder);
    if (report(campaign, figures, findings)) passed++;
    else failed++;
  }
  say(`${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

// A copy, so that all servers of a run are the same program, whatever happens to the checkout meanwhile.
const tree = new Tree(
  values.tree,
  trackedFiles(values.tree).filter((file) => PROGRAM.test(file)),
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    killAll();
    removeAll();
    tree.remove();
    process.exit(130);
  });
}
try {
  await runAll(tree.root);
} finally {
  tree.remove();
}
