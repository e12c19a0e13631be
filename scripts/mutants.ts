// `npm run mutants`: plants the bugs of test/mutants one by one in a copy of the checkout; the tests must catch
// each of them. `--quick`: some that stand for all. `--only NAME`: those whose name holds NAME. `--tests PATH`: asks
// these tests instead, to see how much one suite notices.
// The last line: `N passed, N failed`; passed means caught.
import { parseArgs } from 'node:util';
import { assertSound, hunt, type Result } from './mutants/hunt.ts';
import { type Patch, readPatches } from './mutants/patch.ts';
import { QUICK } from './mutants/quick.ts';
import { trackedFiles, Tree } from './mutants/tree.ts';
import { Vitest } from './mutants/vitest.ts';
import { ROOT } from './tools.ts';

function chosen(): Patch[] {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      tests: { type: 'string', multiple: true },
    },
  });
  const { quick, only, tests } = values;
  const patches = readPatches(ROOT)
    .filter(({ name }) => !quick || QUICK.includes(name))
    .filter(({ name }) => only === undefined || name.includes(only))
    .map((patch) => ({ ...patch, tests: tests ?? patch.tests }));
  if (patches.length === 0) throw new Error(`no planted bug is called ${only}`);
  return patches;
}

function rowOf({ patch, found, seconds }: Result): string {
  const who =
    found.what === 'caught'
      ? `${found.file} > ${found.title}${found.effort === '' ? '' : ` (${found.effort})`}`
      : found.why;
  const what = { caught: 'caught  ', survived: 'SURVIVED', broken: 'BROKEN  ' }[found.what];
  return `${what}  ${seconds.toFixed(1).padStart(5)} s  ${patch.name.padEnd(38)}  ${who.replaceAll('\n', ' ')}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const patches = chosen();
const vitest = new Vitest();
const tree = new Tree(ROOT, trackedFiles(ROOT));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    vitest.stop();
    tree.remove();
    process.exit(130);
  });
}
let caught = 0;
let missed = 0;
try {
  const since = performance.now();
  await assertSound(vitest, tree, patches);
  say(
    `sound     ${((performance.now() - since) / 1_000).toFixed(1).padStart(5)} s  without any bug all of these tests pass`,
  );
  for (const patch of patches) {
    const result = await hunt(vitest, tree, patch);
    if (result.found.what === 'caught') caught++;
    else missed++;
    say(rowOf(result));
    if (result.found.what !== 'caught') say(`          ${patch.about} Breaks ${patch.breaks}.`);
  }
} catch (error) {
  missed++;
  process.stderr.write(`${(error as Error).message}\n`);
} finally {
  tree.remove();
}
say(`${caught} passed, ${missed} failed`);
if (missed > 0) process.exitCode = 1;
