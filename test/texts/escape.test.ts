import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeText, escapeWord } from '../../src/texts/escape.ts';
import { unescapeText } from '../support/unescape.ts';

/** What may never reach a line, written down a second time, as numbers. */
const FORBIDDEN: ReadonlyArray<readonly [number, number]> = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0x061c, 0x061c],
  [0x200b, 0x200b],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xe0000, 0xe007f],
];

const forbidden = fc.oneof(...FORBIDDEN.map(([min, max]) => fc.integer({ min, max })));
const hostile = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
      forbidden.map((code) => String.fromCodePoint(code)),
      fc.constantFrom(
        '\\',
        '\\n',
        '\\u{1b}',
        '\r\n2026-11-22T19:03:11.245+07:00 lobby #1 join root',
        '\u001b[31m',
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

function isForbidden(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return FORBIDDEN.some(([min, max]) => code >= min && code <= max);
}

describe('escapeText', () => {
  test('no text keeps a character that ends a line, colours, hides or reorders', () => {
    fc.assert(fc.property(hostile, (text) => [...escapeText(text)].every((one) => !isForbidden(one))));
  });

  test('every text can be read back', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(unescapeText(escapeText(text))).toBe(text);
      }),
    );
  });

  test('every single forbidden character becomes visible ASCII', () => {
    for (const [min, max] of FORBIDDEN) {
      for (let code = min; code <= max; code++) {
        expect(escapeText(String.fromCodePoint(code))).toMatch(/^\\(n|r|t|u\{[0-9a-f]+\})$/);
      }
    }
  });

  test('what people write stays as it is', () => {
    for (const text of ['halo', 'ä ö ü', '木鱼', 'नमस्ते', '👨‍👩‍👧', '❤️', 'a: b #1', "it's", '«да»']) {
      expect(escapeText(text)).toBe(text);
    }
  });
});

describe('escapeWord', () => {
  test('a word has neither space nor colon, and can be read back', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.constantFrom('a b', 'a:b', ': ', '\u00a0\u3000')), (text) => {
        const word = escapeWord(text);
        expect(word).not.toMatch(/[\s:]/u);
        expect(unescapeText(word)).toBe(text);
      }),
    );
  });
});

test('a backslash that nobody escaped stays', () => {
  expect(unescapeText('\\q \\u{110000} \\u{} \\')).toBe('\\q \\u{110000} \\u{} \\');
});
