// What others wrote, made harmless for one line of a file or a terminal.

/**
 * Everything that could end the line, move the cursor, colour, hide or reorder what is shown: control
 * characters (C0, DEL, C1), line and paragraph separators, format characters (the controls of bidirectional
 * text, tags, byte order mark) and whatever else is invisible by design. The joiners and variation selectors
 * that scripts and emoji need stay. The backslash is among them because it is the escape.
 */
const UNSAFE =
  /(?!\u200c|\u200d|[\ufe00-\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\\]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

/**
 * One line that shows the text and can not do anything else. `\n`, `\r`, `\t` and `\\` are what they are in
 * most languages, any other unsafe character is `\u{` hexadecimal code point `}`: nothing is lost by it.
 */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (found) => SHORT[found] ?? codePoint(found));
}

/** As `escapeText`; escapes spaces, too, and the colon, so that the word ends where the grammar says. */
export function escapeWord(word: string): string {
  return escapeText(word).replace(/[\p{Zs}:]/gu, codePoint);
}

/** JSON that is just as harmless, with the same value: what is unsafe becomes JSON's own escapes. */
export function escapeJson(json: string): string {
  return json.replace(UNSAFE, (found) => (found === '\\' ? found : codeUnits(found)));
}

function codeUnits(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
}

function codePoint(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
