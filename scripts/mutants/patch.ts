// A planted bug: a patch file whose header says what is wrong, which rule it breaks and who should notice.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the patches are, from the root. */
export const PATCHES = join('test', 'mutants');

export interface Patch {
  /** The file's name without `.patch`: two digits or more, then what the bug is. */
  readonly name: string;
  readonly path: string;
  /** What is wrong, in a sentence or two. */
  readonly about: string;
  /** The rules of docs/protocol.md, or the invariants, that it breaks. */
  readonly breaks: string;
  /** Test files, or folders of them, from the root: those that should notice, the cheapest first. */
  readonly tests: readonly string[];
  /** The files that it changes, from the root. */
  readonly changes: readonly string[];
}

/** All planted bugs below `root`, in the order of their names. @throws Error for a header that says too little */
export function readPatches(root: string): Patch[] {
  const folder = join(root, PATCHES);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.patch'))
    .toSorted()
    .map((file) => parsePatch(file, join(folder, file), readFileSync(join(folder, file), 'utf8')));
}

/**
 * ```text
 * # What is wrong.
 * # Breaks: KTG-1.2, or the invariant in words
 * # Tests: test/core/x.test.ts test/sim
 * --- a/src/…
 * ```
 */
export function parsePatch(file: string, path: string, text: string): Patch {
  const lines = text.split(/\r?\n/);
  const header = lines.filter((line) => line.startsWith('# ')).map((line) => line.slice(2));
  const valueOf = (key: string): string => {
    const line = header.find((one) => one.startsWith(`${key}: `));
    if (line === undefined) throw new Error(`${file}: the header has no "# ${key}: …"`);
    return line.slice(key.length + 2).trim();
  };
  const breaks = valueOf('Breaks');
  const tests = valueOf('Tests').split(/\s+/);
  const about = header.filter((line) => !/^(Breaks|Tests): /.test(line)).join(' ');
  if (about === '') throw new Error(`${file}: the header does not say what is wrong`);
  const changes = lines.flatMap((line) => /^\+\+\+ b\/(\S+)/.exec(line)?.[1] ?? []);
  if (changes.length === 0) throw new Error(`${file}: it changes nothing`);
  return { name: file.replace(/\.patch$/, ''), path, about, breaks, tests, changes };
}
