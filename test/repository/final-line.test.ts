import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROOT, runNode } from '../../scripts/tools.ts';

/** Inside the checkout, so that vitest is found; build is nobody's source. */
const folder = join(ROOT, 'build', 'final-line');
const file = (name: string, body: string): void =>
  writeFileSync(join(folder, name), `import { expect, test } from 'vitest';\n${body}\n`);

beforeEach(() => mkdirSync(folder, { recursive: true }));
afterEach(() => rmSync(folder, { recursive: true }));

function run(): { status: number; lastLine: string | undefined } {
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', `--reporter=${join(ROOT, 'scripts', 'final-line-reporter.ts')}`];
  const { status, stdout } = runNode([vitest, 'run', '--root', folder, ...reporters]);
  return { status, lastLine: stdout.trimEnd().split('\n').at(-1) };
}

describe('the last line of a test run', () => {
  test('counts what passed', () => {
    file('a.test.ts', "test('one', () => expect(1).toBe(1));\ntest('two', () => expect(1).toBe(1));");
    expect(run()).toEqual({ status: 0, lastLine: '2 passed, 0 failed' });
  });

  test('counts what failed, files that can not be loaded, and what was skipped', () => {
    file('a.test.ts', "test('one', () => expect(1).toBe(1));\ntest('two', () => expect(1).toBe(2));");
    file('b.test.ts', "throw new Error('no test here');");
    file('c.test.ts', "test.skip('three', () => expect(1).toBe(1));");
    expect(run()).toEqual({ status: 1, lastLine: '1 passed, 3 failed' });
  });

  test('counts an error outside of any test', () => {
    file(
      'a.test.ts',
      "test('one', () => expect(1).toBe(1));\nvoid Promise.reject(new Error('nobody waits'));",
    );
    expect(run()).toEqual({ status: 1, lastLine: '1 passed, 1 failed' });
  });

  test('says that a skipped test is no success', () => {
    file('a.test.ts', "test.skip('one', () => expect(1).toBe(1));");
    expect(run()).toEqual({ status: 1, lastLine: '0 passed, 1 failed' });
  });
});
