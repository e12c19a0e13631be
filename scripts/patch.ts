// Applies a unified diff, and is strict about it: what a hunk expects must be there, exactly once.

export interface FilePatch {
  /** Relative to the root of the tree, with `/`. */
  readonly file: string;
  readonly hunks: readonly Hunk[];
}

interface Hunk {
  readonly before: string;
  readonly after: string;
}

/** What stands above the first file: lines of text, without the leading `# `. */
export function headerOf(patch: string): string {
  return patch
    .split('\n')
    .filter((line) => line.startsWith('# '))
    .map((line) => line.slice(2))
    .join(' ');
}

/** Reads a diff as `diff -u a b` and `git diff` write it. Line numbers are not looked at. */
export function parsePatch(patch: string): FilePatch[] {
  const files: Array<{ file: string; hunks: Array<{ before: string[]; after: string[] }> }> = [];
  for (const line of patch.replaceAll('\r\n', '\n').split('\n')) {
    if (line.startsWith('+++ ')) {
      files.push({ file: line.slice(4).replace(/^b\//, '').trim(), hunks: [] });
      continue;
    }
    const hunks = files.at(-1)?.hunks;
    if (line.startsWith('@@')) hunks?.push({ before: [], after: [] });
    const hunk = hunks?.at(-1);
    if (hunk === undefined || line.startsWith('--- ')) continue;
    if (line.startsWith(' ') || line.startsWith('-')) hunk.before.push(line.slice(1));
    if (line.startsWith(' ') || line.startsWith('+')) hunk.after.push(line.slice(1));
  }
  return files.map(({ file, hunks }) => ({
    file,
    hunks: hunks.map(({ before, after }) => ({ before: before.join('\n'), after: after.join('\n') })),
  }));
}

/** @throws Error when a hunk does not apply any more, or could apply in two places */
export function applyHunks(text: string, { file, hunks }: FilePatch): string {
  let patched = `\n${text.replaceAll('\r\n', '\n')}`;
  for (const { before, after } of hunks) {
    const parts = patched.split(`\n${before}\n`);
    if (parts.length !== 2) throw new Error(`${file}: a hunk fits in ${parts.length - 1} places, not in one`);
    patched = parts.join(`\n${after}\n`);
  }
  return patched.slice(1);
}
