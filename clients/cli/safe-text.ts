// Owns the one way by which what others wrote reaches a terminal.

/** Marks and joiners that a base character may carry; more would paint over the lines around it. */
const MARKS_PER_BASE_MAX = 8;

/**
 * What must not reach a terminal as it is: control characters (Cc: C0, DEL, C1), format characters (Cf:
 * bidirectional controls, tags, byte order mark), everything else that is invisible by design, line and
 * paragraph separators, lone surrogates and noncharacters.
 */
const DANGEROUS =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

/** The exceptions, which many scripts and emoji are written with: two joiners and the variation selectors. */
function isHarmless(code: number): boolean {
  return code === 0x200c || code === 0x200d || (code >= 0xfe00 && code <= 0xfe0f);
}

const STACK = new RegExp(
  `([\\p{Mn}\\p{Me}\\u200c\\u200d]{${MARKS_PER_BASE_MAX}})[\\p{Mn}\\p{Me}\\u200c\\u200d]+`,
  'gu',
);
const STARTS_WITH_MARK = /^[\p{M}\u200c\u200d]/u;

const SHORT: Readonly<Record<string, string>> = {
  '\t': '    ',
  '\n': '\\n',
  '\r': '\\r',
  '\u001b': '\\e',
};

/**
 * One line of text that can not control a terminal, hide anything, or reorder or overpaint its surroundings.
 * Dangerous characters become visible escapes such as `\e`, `\x07`, `\u202e`; a tabulator becomes spaces.
 * Everything that somebody else wrote passes here, also names and rooms, before it is shown.
 * A text of several lines comes out as one, with `\n` where the lines end; see `safeLines`.
 */
export function safeText(text: string): string {
  const safe = text.replace(DANGEROUS, escapeOf).replace(STACK, '$1…');
  return STARTS_WITH_MARK.test(safe) ? `◌${safe}` : safe;
}

/** As `safeText`, for a caller that shows each line of the text as a line of its own. */
export function safeLines(text: string): string[] {
  return text.split(/\r\n|\n/).map(safeText);
}

/** JSON that is just as harmless: the same value, with the same characters written as JSON's own escapes. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(DANGEROUS, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

function escapeOf(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (isHarmless(code)) return character;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${hex.padStart(4, '0')}`;
  return `\\u{${hex}}`;
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const FIRST_STRONG_ISOLATE = '\u2068';
const POP_DIRECTIONAL_ISOLATE = '\u2069';

/**
 * Keeps text that is written from right to left from turning round what stands beside it. Other text comes
 * back as it is: not every terminal draws the isolates as nothing.
 */
export function isolate(safe: string): string {
  return RIGHT_TO_LEFT.test(safe) ? `${FIRST_STRONG_ISOLATE}${safe}${POP_DIRECTIONAL_ISOLATE}` : safe;
}
