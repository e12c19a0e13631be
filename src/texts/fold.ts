// Texts in a window: no word is cut in two.

/** A word, or a command in quotes, which is typed as a whole. */
const WORDS = /"[^"]*"\S*|\S+/g;

/**
 * A line as rows of at most `columns` characters, but for words that are longer; those behind the first begin with
 * `indent`. A line that begins with a space is to be typed or compared: it stays as it is.
 */
export function fold(line: string, columns: number, indent = ''): string[] {
  if (line.length <= columns || line.startsWith(' ')) return [line];
  const rows: string[] = [];
  let row = '';
  for (const [word] of line.matchAll(WORDS)) {
    if (row === '') row = word;
    else if (row.length + 1 + word.length <= columns) row += ` ${word}`;
    else {
      rows.push(row);
      row = indent + word;
    }
  }
  return [...rows, row];
}

/** Lines as people are shown them; `columns` undefined: there is no window. */
export function foldAll(lines: readonly string[], columns: number | undefined): string[] {
  // The last column of some terminals is not to be written to.
  return columns === undefined ? [...lines] : lines.flatMap((line) => fold(line, columns - 1));
}
