// How many columns of a terminal a text takes.

/** East Asian Wide and Fullwidth, first and last code points, ascending (Unicode's EastAsianWidth.txt, merged). */
const WIDE: ReadonlyArray<readonly [number, number]> = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18df2],
  [0x1aff0, 0x1b2fb],
  [0x1d300, 0x1d376],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
];
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const PICTURE = /^[\p{Emoji_Presentation}\p{Cn}]$/u;
const VARIATION_SELECTOR_16 = '\ufe0f';

/**
 * The columns that a text takes at most. Terminals disagree about joined emoji and about characters newer
 * than they are; this never says less than they do, so that a line cut by it never runs over the edge.
 * Control characters count as one.
 */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += characterColumns(character);
  return columns;
}

/** The columns that one code point takes at most: 0, 1 or 2. */
export function characterColumns(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  // It may widen the character before it from one column to two.
  if (character === VARIATION_SELECTOR_16) return 1;
  if (ZERO.test(character)) return 0;
  return isWide(code) || PICTURE.test(character) ? 2 : 1;
}

function isWide(code: number): boolean {
  for (const [first, last] of WIDE) {
    if (code < first) return false;
    if (code <= last) return true;
  }
  return false;
}
