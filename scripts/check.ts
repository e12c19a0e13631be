// `npm run check`: everything about the sources that no test says. Runs every step, also after a failure;
// the last line sums them: `N passed, N failed`.
import { type Result, runNode, runTool } from './tools.ts';

const STEPS: ReadonlyArray<readonly [name: string, run: () => Result]> = [
  ['types', () => runTool('tsc', ['--noEmit'])],
  [
    'types without Node: protocol, core, memory log, SDK',
    () => runTool('tsc', ['-p', 'tsconfig.browser.json']),
  ],
  ['lint and the layer law', () => runTool('oxlint', ['--type-aware', '--deny-warnings'])],
  ['format', () => runTool('biome', ['format', '.'])],
  ['schema: lint', () => runTool('buf', ['lint'])],
  ['schema: format', () => runTool('buf', ['format', '--diff', '--exit-code'])],
  ['schema: nothing broken', () => runTool('buf', ['breaking', '--against', 'proto/baseline.binpb'])],
  ['generated code is what the schema makes', () => runNode(['scripts/gen.ts', '--check'])],
  ['nothing unused', () => runTool('knip', ['--no-progress'])],
  ['lock file', () => runTool('npm', ['ci', '--dry-run', '--offline', '--ignore-scripts'])],
];

let failed = 0;
for (const [name, run] of STEPS) {
  const { status, output } = run();
  if (status !== 0) {
    failed++;
    process.stdout.write(`${output}\n`);
  }
  process.stdout.write(`${status === 0 ? 'ok    ' : 'FAILED'}  ${name}\n`);
}
process.stdout.write(`${STEPS.length - failed} passed, ${failed} failed\n`);
if (failed > 0) process.exitCode = 1;
