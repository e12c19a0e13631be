import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isName,
  isPrivateRoom,
  isPublicRoom,
  limits,
  recipientOf,
  utf8Bytes,
} from '../../src/protocol/index.ts';
import { runs } from '../runs.ts';

describe('a name', () => {
  test.each([
    'alice',
    'Alice',
    'a',
    '7',
    'budi.santoso_2-b',
    'Ñandú',
    '田中',
    'สมชาย',
    'ᮊᮔ᮪ᮛᮦᮔ᮪',
    'n'.repeat(limits.NAME_CODE_POINTS_MAX),
    '\u{20000}'.repeat(24), // four bytes each: 96
  ])('may be %j', (name) => {
    expect(isName(name)).toBe(true);
  });

  test.each([
    ['', 'empty'],
    ['a b', 'a space'],
    ['_a', 'begins with no letter or digit'],
    ['.a', 'begins with a dot'],
    ['-a', 'begins with a dash'],
    ['@a', 'a reserved sign'],
    ['~a', 'a reserved sign'],
    ['#a', 'a reserved sign'],
    ['a@b', 'a reserved sign inside'],
    ['a/b', 'a slash'],
    ['a:b', 'a colon'],
    ['a\n', 'a newline'],
    ['a\u0000', 'NUL'],
    ['a\u001b[31m', 'an escape'],
    ['a\u200d', 'a joiner'],
    ['a\u202e', 'a change of direction'],
    ['a\u034f', 'a mark that nobody sees'],
    ['a\u1160', 'a letter that nobody sees'],
    ['a\ufe0f', 'a variation that nobody sees'],
    ['a\u00a0b', 'a space that does not look like one'],
    ['🥁', 'a picture'],
    ['\u0301a', 'begins with a mark'],
    ['e\u0301', 'not in normal form: é has a letter of its own'],
    ['ﬁ', 'not in normal form: a ligature'],
    ['Ａ', 'not in normal form: full width'],
    ['n'.repeat(limits.NAME_CODE_POINTS_MAX + 1), 'one code point too many'],
    ['\u{20000}'.repeat(25), 'more than 96 bytes'],
  ])('may not be %j (%s)', (name) => {
    expect(isName(name)).toBe(false);
  });

  test('is in normal form, within its limits, and holds nothing that a terminal or a path obeys', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
        if (!isName(name)) return;
        expect(name.normalize('NFKC')).toBe(name);
        expect([...name].length).toBeLessThanOrEqual(limits.NAME_CODE_POINTS_MAX);
        expect(utf8Bytes(name)).toBeLessThanOrEqual(limits.NAME_BYTES_MAX);
        expect(name).not.toMatch(/[\p{C}\p{Z}/\\:@~#*?"'<>|&;$`()[\]{}!=+,%^]/u);
      }),
      runs(20_000),
    );
  });
});

describe('a room', () => {
  test('is public when it is a name in lower case', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'B', 'é', 'É', '1', '_', ' '), maxLength: 8 }),
        (room) => {
          expect(isPublicRoom(room)).toBe(isName(room) && room === room.toLowerCase());
        },
      ),
    );
  });

  test.each([
    [`~${'a'.repeat(26)}`, true],
    [`~${'z'.repeat(13)}${'7'.repeat(13)}`, true],
    [`~${'a'.repeat(25)}`, false],
    [`~${'a'.repeat(27)}`, false],
    [`~${'A'.repeat(26)}`, false],
    [`~${'1'.repeat(26)}`, false],
    [`~${'8'.repeat(26)}`, false],
    [`~${'a'.repeat(26)}\n`, false],
    ['a'.repeat(27), false],
  ])('%j is private: %j', (room, is) => {
    expect(isPrivateRoom(room)).toBe(is);
    if (is) expect(isPublicRoom(room)).toBe(false);
  });

  test('is never public, private and a user at once', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('~', '@', 'a', '2', 'b'), maxLength: 30 }), (room) => {
        const kinds = [isPublicRoom(room), isPrivateRoom(room), recipientOf(room) !== undefined];
        expect(kinds.filter(Boolean).length).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('that begins with @ names a user', () => {
    expect(recipientOf('@alice')).toBe('alice');
    expect(recipientOf('@')).toBe('');
    expect(recipientOf('alice')).toBeUndefined();
    expect(recipientOf('a@b')).toBeUndefined();
  });
});

test('the length of a text is that of its UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(utf8Bytes(text)).toBe(
        [...text].reduce((sum, letter) => {
          const code = letter.codePointAt(0) ?? 0;
          return sum + (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
        }, 0),
      );
    }),
  );
});
