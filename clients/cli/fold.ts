// Owns how texts become lines that fit into a window, without a word that is cut in two.

/** What stands before its meaning, in a table: `  seq       the number of the entry`. */
const ROW = /^( *\S.*? {2,})(?=\S)/;
/** A longer one, a command, is alone on its line, and its meaning below it. */
const HEAD_COLUMNS_MAX = 16;
const BELOW = ' '.repeat(6);

/** Lines of at most `columns`; what is to be typed stays whole. */
export function foldHelp(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => (line.length <= columns ? [line] : folded(line, columns)))
    .join('\n');
}

function folded(line: string, columns: number): string[] {
  const head = ROW.exec(line)?.[1] ?? '';
  if (head === '') return line.startsWith(' ') ? [line] : foldWords(line, columns);
  const meaning = line.slice(head.length);
  if (head.length <= HEAD_COLUMNS_MAX) return foldWords(meaning, columns, head, ' '.repeat(head.length));
  return [head.trimEnd(), ...foldWords(meaning, columns, BELOW, BELOW)];
}

/** Rows of at most `columns`, but for words that are longer. What stands before the first one, and before the others. */
export function foldWords(text: string, columns: number, first = '', indent = ''): string[] {
  const rows: string[] = [];
  let row = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (isEmpty) row += word;
    else if (row.length + 1 + word.length <= columns) row += ` ${word}`;
    else {
      rows.push(row);
      row = indent + word;
    }
    isEmpty = false;
  }
  return [...rows, row];
}
