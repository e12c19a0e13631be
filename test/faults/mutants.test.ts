import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Tree } from '../../scripts/mutants/tree.ts';
import { PATCHES } from './mutants.ts';
import { programFiles } from './program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test.each(readdirSync(PATCHES))('%s fits the sources', (file) => {
  const tree = new Tree(ROOT, programFiles(ROOT));
  try {
    expect(() => tree.apply(join(PATCHES, file))).not.toThrow();
  } finally {
    tree.remove();
  }
});
