// What a text would do to a terminal or to the text around it, found without the code under test.

/** Everything in a text that is not plainly visible or a space, as code points in hexadecimal. */
export function findControls(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at) ?? 0;
    if (isControl(code)) found.push(code.toString(16));
    if (code > 0xffff) at++;
  }
  return found;
}

const RANGES: ReadonlyArray<readonly [number, number]> = [
  [0x00, 0x1f], // C0, with tabulator, line feed, carriage return and escape
  [0x7f, 0x9f], // DEL and C1, with CSI, OSC, DCS and NEL in one byte of Latin-1
  [0xad, 0xad], // soft hyphen
  [0x61c, 0x61c], // Arabic letter mark
  [0x115f, 0x1160], // fillers that show nothing
  [0x180e, 0x180e],
  [0x200b, 0x200b], // zero width space
  [0x200e, 0x200f], // direction marks
  [0x2028, 0x202e], // line and paragraph separators, embeddings and overrides
  [0x2060, 0x206f], // invisible operators, isolates, deprecated format characters
  [0x3164, 0x3164],
  [0xd800, 0xdfff], // halves of characters
  [0xfeff, 0xfeff], // byte order mark
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb], // interlinear annotation
  [0xfffe, 0xffff], // noncharacters
  [0xe0000, 0xe0fff], // tags and supplementary variation selectors: text that nobody sees
];

function isControl(code: number): boolean {
  return RANGES.some(([first, last]) => code >= first && code <= last);
}

/** The longest run of characters that are drawn over the one before them. */
export function longestStack(text: string): number {
  let longest = 0;
  let run = 0;
  for (const character of text) {
    run = /^[\p{Mn}\p{Me}\u200c\u200d]$/u.test(character) ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}
