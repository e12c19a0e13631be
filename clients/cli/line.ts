// Owns what editing does to one line of text. Pure: every function gives a new line.

/** A text and the place in it where typing goes, counted in UTF-16 units, never inside a character. */
export interface Line {
  readonly text: string;
  readonly cursor: number;
}

export const EMPTY_LINE: Line = { text: '', cursor: 0 };

const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** A line with the cursor at its end. */
export function lineOf(text: string): Line {
  return { text, cursor: text.length };
}

export function insert({ text, cursor }: Line, piece: string): Line {
  return { text: text.slice(0, cursor) + piece + text.slice(cursor), cursor: cursor + piece.length };
}

/** Replaces what stands between `from` and the cursor. */
export function replaceBack({ text, cursor }: Line, from: number, piece: string): Line {
  return { text: text.slice(0, from) + piece + text.slice(cursor), cursor: from + piece.length };
}

/** The start of the character before `at`, as people see characters. */
function before(text: string, at: number): number {
  if (at === 0) return 0;
  // Segments can be long chains; the start of the text is far enough back for all but nonsense.
  const start = Math.max(0, at - 200);
  let found = start;
  for (const { index } of GRAPHEMES.segment(text.slice(start, at))) found = start + index;
  return found;
}

function after(text: string, at: number): number {
  for (const { segment } of GRAPHEMES.segment(text.slice(at, at + 200))) return at + segment.length;
  return text.length;
}

const WORD = /[\p{L}\p{M}\p{N}_]/u;

function wordBefore(text: string, at: number): number {
  let start = at;
  while (start > 0 && !WORD.test(text.slice(before(text, start), start))) start = before(text, start);
  while (start > 0 && WORD.test(text.slice(before(text, start), start))) start = before(text, start);
  return start;
}

function wordAfter(text: string, at: number): number {
  let end = at;
  while (end < text.length && !WORD.test(text.slice(end, after(text, end)))) end = after(text, end);
  while (end < text.length && WORD.test(text.slice(end, after(text, end)))) end = after(text, end);
  return end;
}

export function left({ text, cursor }: Line): Line {
  return { text, cursor: before(text, cursor) };
}

export function right({ text, cursor }: Line): Line {
  return { text, cursor: after(text, cursor) };
}

export function wordLeft({ text, cursor }: Line): Line {
  return { text, cursor: wordBefore(text, cursor) };
}

export function wordRight({ text, cursor }: Line): Line {
  return { text, cursor: wordAfter(text, cursor) };
}

export function toStart({ text }: Line): Line {
  return { text, cursor: 0 };
}

export function toEnd({ text }: Line): Line {
  return lineOf(text);
}

/** A line from which something was cut, and what it was. */
export interface Cut {
  readonly line: Line;
  readonly cut: string;
}

function cutOut(text: string, from: number, to: number): Cut {
  return { line: { text: text.slice(0, from) + text.slice(to), cursor: from }, cut: text.slice(from, to) };
}

export function cutBack({ text, cursor }: Line): Cut {
  return cutOut(text, before(text, cursor), cursor);
}

export function cutForward({ text, cursor }: Line): Cut {
  return cutOut(text, cursor, after(text, cursor));
}

export function cutWordBack({ text, cursor }: Line): Cut {
  return cutOut(text, wordBefore(text, cursor), cursor);
}

export function cutWordForward({ text, cursor }: Line): Cut {
  return cutOut(text, cursor, wordAfter(text, cursor));
}

export function cutToStart({ text, cursor }: Line): Cut {
  return cutOut(text, 0, cursor);
}

export function cutToEnd({ text, cursor }: Line): Cut {
  return cutOut(text, cursor, text.length);
}
