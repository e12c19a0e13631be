// `npm run hostile`: attackers in processes of their own against a real server with its default limits, while
// twenty honest people chat and are timed. Without words: a slice of every attack. `--only NAME`, once or more:
// these. `--over TRANSPORT`, once or more: over these alone. `--full`: the figures that are told. `--amount N`: how much of it. `--seed N`: the choices of an earlier run.
// The last line: `N passed, N failed`.
import { parseArgs } from 'node:util';
import { type Transport, TRANSPORTS } from '../../bench/link.ts';
import { Tree } from '../../scripts/mutants/tree.ts';
import { programFiles } from '../faults/program.ts';
import { killAll } from '../faults/server.ts';
import { makeFolder, removeAll, removeFolder } from '../faults/world.ts';
import type { Attack } from './attack.ts';
import { ATTACKS } from './attacks.ts';
import { Findings } from './finding.ts';
import { type Figures, play } from './play.ts';
import { killChildren } from './scene.ts';

const ROOT = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    amount: { type: 'string' },
    full: { type: 'boolean', default: false },
    over: { type: 'string', multiple: true, default: [] },
    serve: { type: 'string', multiple: true, default: [] },
    tree: { type: 'string', default: ROOT },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${text} is no number`);
  return number;
}

function chosen(): readonly Attack[] {
  if (values.only.length === 0) return ATTACKS;
  return values.only.map((name) => {
    const found = ATTACKS.find((attack) => attack.name === name);
    if (found !== undefined) return found;
    throw new Error(`there is no attack ${name}: ${ATTACKS.map((one) => one.name).join(', ')}`);
  });
}

function transports(): readonly Transport[] {
  return values.over.length === 0 ? TRANSPORTS : TRANSPORTS.filter((one) => values.over.includes(one));
}

/** Prints what was measured, and what was found. True: nothing was. */
function report(attack: Attack, figures: Figures, findings: Findings): boolean {
  const cells = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  say(`| ${attack.name} | ${[...cells, findings.summary].join(' | ')} |`);
  return findings.total === 0;
}

async function runAll(tree: string): Promise<boolean> {
  const seed = numberOf(values.seed) ?? Math.floor(Math.random() * 2 ** 31);
  const scale = values.full ? 'full' : 'quick';
  let passed = 0;
  let failed = 0;
  for (const attack of chosen()) {
    const amount = numberOf(values.amount) ?? attack.amounts[scale];
    say(`== ${attack.name}: ${attack.about}; seed ${seed}, ${amount}`);
    say(
      `   again: npm run hostile -- --only ${attack.name} --amount ${amount} --seed ${seed}${values.full ? ' --full' : ''}`,
    );
    const findings = new Findings((text) => say(`   ${text}`));
    const folder = makeFolder();
    let figures: Figures = {};
    try {
      const flags = values.serve.flatMap((words) => words.split(' '));
      figures = await play({
        tree,
        folder,
        attack,
        scale,
        seed,
        amount,
        transports: transports(),
        findings,
        flags,
      });
    } catch (error) {
      findings.add('stuck', (error as Error).stack ?? String(error));
    }
    removeFolder(folder);
    if (report(attack, figures, findings)) passed++;
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
    void killChildren();
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
