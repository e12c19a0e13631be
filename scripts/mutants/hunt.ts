// Plants one bug after the other and sees who notices.
import { type Verdict, verdictOf } from './judge.ts';
import type { Patch } from './patch.ts';
import type { Tree } from './tree.ts';
import type { Vitest } from './vitest.ts';

export type Found =
  | Exclude<Verdict, { what: 'survived' }>
  | { readonly what: 'survived'; readonly why: string };

export interface Result {
  readonly patch: Patch;
  readonly found: Found;
  readonly seconds: number;
}

/**
 * Without a bug all tests that may catch one pass, or catching means nothing.
 * @throws Error that says which one does not
 */
export async function assertSound(vitest: Vitest, tree: Tree, patches: readonly Patch[]): Promise<void> {
  const files = [...new Set(patches.flatMap(({ tests }) => tests))].toSorted();
  const { failures } = await vitest.run(tree.root, files);
  const [failure] = failures;
  if (failure === undefined) return;
  throw new Error(`fails without any bug: ${failure.file} > ${failure.title}\n${failure.errors.join('\n')}`);
}

/** Plants one bug, asks the tests one after the other, takes the bug out again. */
export async function hunt(vitest: Vitest, tree: Tree, patch: Patch): Promise<Result> {
  const since = performance.now();
  const found = await find(vitest, tree, patch);
  return { patch, found, seconds: (performance.now() - since) / 1_000 };
}

async function find(vitest: Vitest, tree: Tree, patch: Patch): Promise<Found> {
  try {
    tree.apply(patch.path);
  } catch (error) {
    return { what: 'broken', why: `does not apply: ${(error as Error).message}` };
  }
  try {
    for (const test of patch.tests) {
      const verdict = verdictOf(await vitest.run(tree.root, [test]));
      if (verdict.what !== 'survived') return verdict;
    }
    return { what: 'survived', why: `${patch.tests.join(' ')} noticed nothing` };
  } catch (error) {
    return { what: 'broken', why: (error as Error).message };
  } finally {
    tree.revert(patch.path);
  }
}
