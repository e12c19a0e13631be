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
import { self } from './self.ts';

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

/** One line of the report: an attack, or the harness on trial. */
interface Act {
  readonly name: string;
  readonly about: string;
  run(how: How): Promise<Figures>;
  /** How much, for whoever wants to see it again; undefined: it knows that itself. */
  readonly amount: number | undefined;
}

interface How {
  readonly tree: string;
  readonly folder: string;
  readonly seed: number;
  readonly findings: Findings;
}

function actOf(attack: Attack): Act {
  const scale = values.full ? 'full' : 'quick';
  const amount = numberOf(values.amount) ?? attack.amounts[scale];
  const flags = values.serve.flatMap((words) => words.split(' '));
  return {
    ...attack,
    amount,
    run: (how) => play({ ...how, attack, scale, amount, transports: transports(), flags }),
  };
}

const TRIAL: Act = {
  ...self,
  amount: undefined,
  run: (how) => self.run({ ...how, transports: transports(), say: (text) => say(`   ${text}`) }),
};

/** The trial takes as long as all attacks of the quick slice: it runs when it is asked for, or with `--full`. */
function chosen(): readonly Act[] {
  const attacks = ATTACKS.map((attack) => actOf(attack));
  const acts = [TRIAL, ...attacks];
  if (values.only.length === 0) return values.full ? acts : attacks;
  return values.only.map((name) => {
    const found = acts.find((act) => act.name === name);
    if (found !== undefined) return found;
    throw new Error(`there is no attack ${name}: ${acts.map((one) => one.name).join(', ')}`);
  });
}

function transports(): readonly Transport[] {
  return values.over.length === 0 ? TRANSPORTS : TRANSPORTS.filter((one) => values.over.includes(one));
}

/** Prints what was measured, and what was found. True: nothing was. */
function report({ name }: Act, figures: Figures, findings: Findings): boolean {
  const cells = Object.entries(figures).map(([cell, value]) => `${cell} ${value}`);
  say(`| ${name} | ${[...cells, findings.summary].join(' | ')} |`);
  return findings.total === 0;
}

async function runAll(tree: string): Promise<boolean> {
  const seed = numberOf(values.seed) ?? Math.floor(Math.random() * 2 ** 31);
  let passed = 0;
  let failed = 0;
  for (const act of chosen()) {
    const { name, about, amount } = act;
    const words = [
      amount === undefined ? '' : `--amount ${amount} `,
      `--seed ${seed}`,
      values.full ? ' --full' : '',
    ];
    say(`== ${name}: ${about}; seed ${seed}`);
    say(`   again: npm run hostile -- --only ${name} ${words.join('')}`);
    const findings = new Findings((text) => say(`   ${text}`));
    const folder = makeFolder();
    let figures: Figures = {};
    try {
      figures = await act.run({ tree, folder, seed, findings });
    } catch (error) {
      findings.add('stuck', (error as Error).stack ?? String(error));
    }
    removeFolder(folder);
    if (report(act, figures, findings)) passed++;
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
