// Owns how something to be shown becomes rows of a terminal or one line of a file.
import { characterColumns } from './columns.ts';
import { isolate } from './safe-text.ts';

/** What a piece of text is, not what it looks like. */
export type Style =
  | 'plain'
  | 'quiet'
  | 'strong'
  | 'private'
  | 'alarm'
  | 'own'
  | `name${0 | 1 | 2 | 3 | 4 | 5}`;

/** A piece of a line. The text is safe: it comes from our own tables or through `safeText`. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** Something to be shown: one or more lines, the first of which has what stands before the text. */
export type Paragraph = ReadonlyArray<readonly Span[]>;

export function span(text: string, style: Style = 'plain'): Span {
  return { text, style };
}

/** A paragraph of one line in one style. */
export function remark(text: string, style: Style = 'quiet'): Paragraph {
  return [[span(text, style)]];
}

/** Select Graphic Rendition parameters. Only the eight colours that every palette keeps readable. */
const CODES: Readonly<Record<Style, string>> = {
  plain: '',
  quiet: '2',
  strong: '1',
  private: '35',
  alarm: '1;31',
  own: '1',
  name0: '36',
  name1: '32',
  name2: '33',
  name3: '34',
  name4: '31',
  name5: '35',
};

/** One row for a terminal. Right-to-left text is isolated; `colour: false` adds nothing else. */
export function paint(row: readonly Span[], colour: boolean): string {
  return row
    .map(({ text, style }) => {
      const code = CODES[style];
      return colour && code !== '' ? `\u001b[${code}m${isolate(text)}\u001b[0m` : isolate(text);
    })
    .join('');
}

/** One line for a file or a pipe, whatever the number of lines. */
export function flat(paragraph: Paragraph): string {
  return paragraph.map((line) => paint(line, false)).join(' ⏎ ');
}

/** Rows begin with our own words or with this; nothing that others wrote ever stands in the first column. */
const INDENT = '        ';
const COLUMNS_MIN = INDENT.length + 8;

interface Unit {
  text: string;
  columns: number;
  readonly style: Style;
}

/** Cuts a paragraph into rows of at most `columns`, at spaces where there are any. All but the first are indented. */
export function wrap(paragraph: Paragraph, columns: number): Span[][] {
  const width = Math.max(columns, COLUMNS_MIN);
  const rows: Span[][] = [];
  for (const line of paragraph) {
    let rest = unitsOf(line);
    do {
      const indented = rows.length > 0;
      const take = fitting(rest, indented ? width - INDENT.length : width);
      const row = spansOf(rest.slice(0, take));
      rows.push(indented ? [span(INDENT), ...row] : row);
      rest = rest.slice(take);
      if (rest[0]?.text === ' ') rest = rest.slice(1);
    } while (rest.length > 0);
  }
  return rows;
}

/** A unit is a character with the marks that it carries: what a cut must not part. */
function unitsOf(line: readonly Span[]): Unit[] {
  const units: Unit[] = [];
  for (const { text, style } of line) {
    for (const character of text) {
      const columns = characterColumns(character);
      const last = units.at(-1);
      const joins = columns === 0 || character === '\ufe0f';
      if (joins && last !== undefined && last.style === style) {
        last.text += character;
        last.columns += columns;
      } else {
        units.push({ text: character, columns, style });
      }
    }
  }
  return units;
}

/** How many units fit: all, or those up to the last space, or, in a word that is too long, as many as possible. */
function fitting(units: readonly Unit[], columns: number): number {
  let used = 0;
  let afterSpace = 0;
  for (const [at, unit] of units.entries()) {
    // A space at the very edge needs no room: the row ends there.
    if (unit.text === ' ') afterSpace = at + 1;
    used += unit.columns;
    if (used <= columns) continue;
    if (unit.text === ' ') return at;
    return afterSpace > 0 ? afterSpace : Math.max(at, 1);
  }
  return units.length;
}

function spansOf(units: readonly Unit[]): Span[] {
  const spans: { text: string; style: Style }[] = [];
  for (const { text, style } of units) {
    const last = spans.at(-1);
    if (last?.style === style) last.text += text;
    else spans.push({ text, style });
  }
  return spans;
}
