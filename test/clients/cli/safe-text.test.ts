import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isolate, safeJson, safeLines, safeText } from '../../../clients/cli/safe-text.ts';
import { runs } from '../../runs.ts';
import { findControls, longestStack } from './control-scanner.ts';

const codePoints = (...ranges: ReadonlyArray<readonly [number, number]>): fc.Arbitrary<string> =>
  fc.oneof(...ranges.map(([min, max]) => fc.integer({ min, max }))).map((code) => String.fromCodePoint(code));

/** Text that an attacker would write: much of what is dangerous, some of what is not. */
const hostileText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\u001b[2J',
        '\u001b]0;title\u0007',
        '\u009b31m',
        '\r',
        '\n',
        '\t',
        '\b',
        '\u0085',
        '\u2028',
      ),
      fc.constantFrom(
        '\u202e',
        '\u2066',
        '\u200f',
        '\u{e0041}',
        '\ufeff',
        '\u00ad',
        '\ud800',
        '\udc00',
        '\uffff',
      ),
      fc.constantFrom('e\u0301', '\u0301', '\u200d', '👩‍👧', 'שלום', '日本', 'halo', ' '),
      codePoints([0, 0x2ff], [0x2000, 0x206f], [0xe000, 0xffff], [0xe0000, 0xe0200]),
      fc.string({ unit: 'binary' }),
    ),
    { maxLength: 60 },
  )
  .map((pieces) => pieces.join(''));

describe('text that others wrote', () => {
  test.each([
    ['\u001b[31mred', '\\e[31mred'],
    ['a\nb', 'a\\nb'],
    ['a\r12:00 bob: fake', 'a\\r12:00 bob: fake'],
    ['\u0007', '\\x07'],
    ['\u009b2J', '\\x9b2J'],
    ['\u007f', '\\x7f'],
    ['abc\u202edef', 'abc\\u202edef'],
    ['a\u2028b', 'a\\u2028b'],
    ['\u{e0068}\u{e0069}', '\\u{e0068}\\u{e0069}'],
    ['a\tb', 'a    b'],
    ['\ud800', '\\ud800'],
    ['\u0301x', '◌\u0301x'],
  ])('%j is shown as %j', (text, shown) => {
    expect(safeText(text)).toBe(shown);
  });

  test.each([
    'halo dunia',
    'Ñandú – „ja“ €',
    '日本語',
    'สวัสดี',
    'नमस्ते',
    'می‌خواهم',
    '👩‍👧‍👦',
    '❤️',
    '🇮🇩',
    'e\u0301',
  ])('%j stays as it is', (text) => {
    expect(safeText(text)).toBe(text);
  });

  test('has at most eight marks on a character', () => {
    const shown = safeText(`Z${'\u0335'.repeat(500)}algo`);
    expect(longestStack(shown)).toBe(8);
    expect(shown.endsWith('…algo')).toBe(true);
  });

  test('can control nothing, hide nothing and paint over nothing, whatever it is', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const shown = safeText(text);
        expect(findControls(shown)).toEqual([]);
        expect(longestStack(shown)).toBeLessThanOrEqual(8);
        expect(shown).not.toMatch(/^\p{M}/u);
      }),
      runs(3_000),
    );
  });

  test('becomes no other text when it is made safe twice', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(safeText(safeText(text))).toBe(safeText(text));
      }),
      runs(500),
    );
  });

  test('keeps its lines only where they are asked for', () => {
    expect(safeLines('one\r\ntwo\nthree\rfour')).toEqual(['one', 'two', 'three\\rfour']);
  });
});

describe('text written from right to left', () => {
  test('is isolated from what stands beside it', () => {
    expect(isolate('שלום')).toBe('\u2068שלום\u2069');
    expect(isolate('سلام 12')).toBe('\u2068سلام 12\u2069');
  });

  test('is the only text that is', () => {
    expect(isolate('halo 日本 é')).toBe('halo 日本 é');
  });
});

describe('JSON', () => {
  test('says the same with nothing dangerous in it', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const json = safeJson({ text });
        expect(findControls(json)).toEqual([]);
        // A half of a character is no text; JSON.stringify escapes it, too.
        expect(JSON.parse(json)).toEqual({ text });
      }),
      runs(1_000),
    );
  });
});
