// Owns how the prompt and the line being written are shown in one row of the terminal.
import { characterColumns, columnsOf } from './columns.ts';
import type { Line } from './line.ts';
import { type Span, span } from './paragraph.ts';
import { safeText } from './safe-text.ts';

/** One row, and the column in it where the cursor belongs, from 0. */
export interface PromptRow {
  readonly spans: readonly Span[];
  readonly columns: number;
  readonly cursor: number;
}

/** The line gets at least so much; a longer prompt is cut. */
const LINE_COLUMNS_MIN = 10;
/** Stands where the line goes on to the left or to the right of what is shown. */
const MORE = '…';

/**
 * The prompt, then as much of the line as fits around the cursor. Never wider than `columns - 1`: some
 * terminals go to the next row as soon as the last column is written.
 */
export function promptRow(prompt: readonly Span[], line: Line, columns: number): PromptRow {
  const width = Math.max(columns - 1, LINE_COLUMNS_MIN + 1);
  const shownPrompt = cutSpans(prompt, Math.max(0, width - LINE_COLUMNS_MIN));
  const promptColumns = shownPrompt.reduce((sum, { text }) => sum + columnsOf(text), 0);
  const { text, cursor } = windowOf(line, width - promptColumns);
  return {
    spans: [...shownPrompt, span(text)],
    columns: promptColumns + columnsOf(text),
    cursor: promptColumns + cursor,
  };
}

/** The line as it is shown: what would be invisible or dangerous becomes visible, line ends become ⏎. */
function shown(text: string): string {
  return text.split('\n').map(safeText).join('⏎');
}

function windowOf(line: Line, width: number): { text: string; cursor: number } {
  const before = [...shown(line.text.slice(0, line.cursor))];
  const after = [...shown(line.text.slice(line.cursor))];
  const left = before.reduce((sum, character) => sum + characterColumns(character), 0);
  const right = after.reduce((sum, character) => sum + characterColumns(character), 0);
  // One column stays free for the cursor behind the last character.
  if (left + right < width) return { text: before.join('') + after.join(''), cursor: left };
  // Room for the marks at both ends.
  const room = Math.max(width - 2 * MORE.length - 1, 2);
  const wantedLeft = Math.min(left, Math.max(Math.floor(room / 2), room - right));
  const head = takeWithin(before.toReversed(), wantedLeft).toReversed();
  const headColumns = columnsOf(head.join(''));
  const tail = takeWithin(after, room - headColumns);
  const leftMark = head.length < before.length ? MORE : '';
  const rightMark = tail.length < after.length ? MORE : '';
  return {
    text: leftMark + head.join('') + tail.join('') + rightMark,
    cursor: leftMark.length + headColumns,
  };
}

function takeWithin(characters: readonly string[], columns: number): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const character of characters) {
    used += characterColumns(character);
    if (used > columns) break;
    taken.push(character);
  }
  return taken;
}

function cutSpans(spans: readonly Span[], columns: number): Span[] {
  let free = columns;
  const kept: Span[] = [];
  for (const { text, style } of spans) {
    const taken = takeWithin([...text], free).join('');
    free -= columnsOf(taken);
    if (taken !== '') kept.push(span(taken, style));
    if (taken !== text) break;
  }
  return kept;
}
