// Reads back what the server escaped (src/texts/escape.ts): nobody but the tests has to.

/** What `escapeText` or `escapeWord` was given. A backslash that neither has written stays as it is. */
export function unescapeText(line: string): string {
  return line.replace(/\\(?:([nrt\\])|u\{([0-9a-f]{1,6})\})/g, (found, short: string, hex: string) => {
    switch (short) {
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case '\\':
        return '\\';
    }
    const value = Number.parseInt(hex, 16);
    return value <= 0x10ffff ? String.fromCodePoint(value) : found;
  });
}
