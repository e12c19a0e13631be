// The planted bugs fit the sources as they are, and the runner tells a bug that was caught from everything else.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertSound, hunt, type Result } from '../../scripts/mutants/hunt.ts';
import { type Verdict, verdictOf } from '../../scripts/mutants/judge.ts';
import { parsePatch, PATCHES, type Patch, readPatches } from '../../scripts/mutants/patch.ts';
import { QUICK } from '../../scripts/mutants/quick.ts';
import { trackedFiles, Tree } from '../../scripts/mutants/tree.ts';
import { Vitest } from '../../scripts/mutants/vitest.ts';
import { ROOT } from '../../scripts/tools.ts';

const patches = readPatches(ROOT);

describe('the planted bugs', () => {
  let tree: Tree;
  beforeAll(() => {
    const changed = new Set(patches.flatMap(({ changes }) => changes));
    tree = new Tree(
      ROOT,
      trackedFiles(ROOT).filter((file) => changed.has(file)),
    );
  });
  afterAll(() => tree.remove());

  test.each(patches)('$name fits the sources', (patch) => {
    const before = patch.changes.map((file) => readFileSync(join(tree.root, file), 'utf8'));
    tree.apply(patch.path);
    const planted = patch.changes.map((file) => readFileSync(join(tree.root, file), 'utf8'));
    tree.revert(patch.path);
    const after = patch.changes.map((file) => readFileSync(join(tree.root, file), 'utf8'));
    expect(after).toEqual(before);
    for (const [i, text] of planted.entries()) expect(text).not.toBe(before[i]);
  });

  test.each(patches)('$name is in the product and is left to tests that are there', ({ changes, tests }) => {
    expect(changes.filter((file) => !/^(src|clients\/sdk)\//.test(file))).toEqual([]);
    expect(tests.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    // The widest net comes last.
    expect(tests.slice(0, -1).filter((file) => file.startsWith('test/sim/'))).toEqual([]);
  });

  test('break rules that docs/protocol.md has', () => {
    const protocol = readFileSync(join(ROOT, 'docs', 'protocol.md'), 'utf8');
    const known = new Set(protocol.match(/(?<=^\*\*)KTG-\d+\.\d+/gm));
    const broken = patches.flatMap(({ breaks }) => breaks.match(/KTG-\d+\.\d+/g) ?? []);
    expect(broken.length).toBeGreaterThan(patches.length / 2);
    expect(broken.filter((rule) => !known.has(rule))).toEqual([]);
  });

  test('are many, numbered without a hole, and the quick ones are among them', () => {
    const names = patches.map(({ name }) => name);
    expect(names.length).toBeGreaterThanOrEqual(24);
    const numbers = names.map((name) => Number.parseInt(name, 10)).toSorted((a, b) => a - b);
    expect(numbers).toEqual(names.map((_, i) => i + 1));
    expect(QUICK.filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe('a verdict', () => {
  const failure = (title: string, ...errors: readonly string[]): Verdict =>
    verdictOf({ passed: 3, failures: [{ file: 'test/x.test.ts', title, errors }] });

  test('is that a bug was caught when a statement does not hold', () => {
    expect(failure('adds', 'AssertionError: expected 1 to be 2')).toEqual({
      what: 'caught',
      file: 'test/x.test.ts',
      title: 'adds',
      effort: '',
    });
    const property = 'Error: Property failed after 12 tests\n{ seed: 1 }';
    expect(failure('adds', property, 'AssertionError: no')).toMatchObject({ effort: '12 runs' });
    const seed = 'AssertionError: expected [ …(1) ]\n+   "seed 7: nothing is lost: p1: #3",';
    expect(failure('runs', seed)).toMatchObject({ effort: 'seed 7: nothing is lost: p1: #3' });
  });

  test.each([
    ['', 'AssertionError: a file that says so while it is loaded'],
    ['adds', 'SyntaxError: Unexpected token'],
    ['adds', 'ReferenceError: sum is not defined'],
    ['adds', 'TypeError: sum is not a function'],
    ['adds', 'Error: Property failed after 1 tests', 'TypeError: sum is not a function'],
    ['adds', 'Error: Test timed out in 60000ms.'],
    ['adds', "Error: Cannot find module './sum.ts'"],
  ])('is not that it was caught for %o %o', (title, ...errors) => {
    expect(failure(title, ...errors).what).toBe('broken');
  });

  test('is that it survived when all tests pass', () => {
    expect(verdictOf({ passed: 3, failures: [] })).toEqual({ what: 'survived' });
  });
});

test.each([
  ['no rule', '# Wrong.\n# Tests: test/x.test.ts\n--- a/src/x.ts\n+++ b/src/x.ts\n'],
  ['no tests', '# Wrong.\n# Breaks: KTG-1.1\n--- a/src/x.ts\n+++ b/src/x.ts\n'],
  ['no sentence', '# Breaks: KTG-1.1\n# Tests: test/x.test.ts\n--- a/src/x.ts\n+++ b/src/x.ts\n'],
  ['no change', '# Wrong.\n# Breaks: KTG-1.1\n# Tests: test/x.test.ts\n'],
])('a header with %s is refused', (_, text) => {
  expect(() => parsePatch('01-x.patch', '01-x.patch', text)).toThrow('01-x.patch');
});

describe('a hunt', () => {
  /** A project of one function; inside the checkout, so that vitest is found; build is nobody's source. */
  const folder = join(ROOT, 'build', 'mutants');
  const vitest = new Vitest();
  let tree: Tree;

  const plant = (name: string, was: string, becomes: string): Patch => {
    const path = join(folder, PATCHES, `${name}.patch`);
    const header = '# Wrong.\n# Breaks: KTG-1.1\n# Tests: test/sum.test.ts';
    const text = `${header}\n--- a/src/sum.ts\n+++ b/src/sum.ts\n@@ -1 +1 @@\n-${was}\n+${becomes}\n`;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return parsePatch(`${name}.patch`, path, text);
  };
  const sum = (body: string): string => `export const sum = (a: number, b: number): number => ${body};`;
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), `${text}\n`);
  };

  beforeAll(() => {
    rmSync(folder, { recursive: true, force: true });
    write('src/sum.ts', sum('a + b'));
    write(
      'test/sum.test.ts',
      `import { expect, test } from 'vitest';
import { sum } from '../src/sum.ts';
test('two and three', () => expect(sum(2, 3)).toBe(5));`,
    );
    write(
      'test/wrong.test.ts',
      `import { expect, test } from 'vitest';\ntest('no', () => expect(1).toBe(2));`,
    );
    write('package.json', '{ "type": "module" }');
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    tree = new Tree(folder, ['src/sum.ts', 'test/sum.test.ts', 'test/wrong.test.ts', 'package.json']);
    mkdirSync(join(tree.root, 'scripts'));
    writeFileSync(
      join(tree.root, 'scripts', 'mutants-reporter.ts'),
      readFileSync(join(ROOT, 'scripts', 'mutants-reporter.ts')),
    );
  });
  afterAll(() => {
    tree.remove();
    rmSync(join(folder, 'node_modules'));
    rmSync(folder, { recursive: true });
  });

  const found = async (becomes: string, was = sum('a + b')): Promise<Result['found']> => {
    const result = await hunt(vitest, tree, plant('01-bug', was, becomes));
    expect(readFileSync(join(tree.root, 'src', 'sum.ts'), 'utf8')).toBe(`${sum('a + b')}\n`);
    return result.found;
  };

  test('finds what a test catches', async () => {
    expect(await found(sum('a - b'))).toEqual({
      what: 'caught',
      file: 'test/sum.test.ts',
      title: 'two and three',
      effort: '',
    });
  });

  test('finds what no test catches', async () => {
    expect(await found(sum('Math.abs(a) + b'))).toMatchObject({ what: 'survived' });
  });

  test('takes nothing for caught that does not run, or does not fit', async () => {
    expect(await found('export const summe = 1;')).toMatchObject({ what: 'broken' });
    expect(await found('export const sum = ;')).toMatchObject({ what: 'broken' });
    expect(await found(sum('a - b'), 'a line that is gone')).toMatchObject({
      what: 'broken',
      why: expect.stringContaining('does not apply'),
    });
  });

  test('leaves nothing behind, and takes nothing of what is shared', () => {
    const other = new Tree(folder, ['package.json']);
    expect(existsSync(join(other.root, 'node_modules', 'vitest'))).toBe(true);
    other.remove();
    expect(existsSync(other.root)).toBe(false);
    expect(existsSync(join(ROOT, 'node_modules', 'vitest'))).toBe(true);
  });

  test('leaves nothing behind when it cannot even be copied', () => {
    const within = join(folder, 'temporary');
    mkdirSync(within);
    expect(() => new Tree(folder, ['package.json', 'a file that is gone'], within)).toThrow(
      'a file that is gone',
    );
    expect(readdirSync(within)).toEqual([]);
  });

  test('does not begin while a test fails without any bug', async () => {
    const patch = plant('01-bug', sum('a + b'), sum('a - b'));
    await expect(assertSound(vitest, tree, [patch])).resolves.toBeUndefined();
    const tests = ['test/wrong.test.ts'];
    await expect(assertSound(vitest, tree, [{ ...patch, tests }])).rejects.toThrow('without any bug');
  });
});
