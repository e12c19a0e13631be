import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnsOf } from '../../../clients/cli/columns.ts';
import { flat, paint, type Paragraph, span, wrap } from '../../../clients/cli/paragraph.ts';
import { safeText } from '../../../clients/cli/safe-text.ts';
import { runs } from '../../runs.ts';

const rowsOf = (paragraph: Paragraph, columns: number): string[] =>
  wrap(paragraph, columns).map((row) => row.map(({ text }) => text).join(''));

describe('a paragraph in a terminal', () => {
  test('is cut at spaces, and all rows but the first are indented', () => {
    expect(rowsOf([[span('12:00 '), span('alice: ', 'name1'), span('one two three four five')]], 24)).toEqual(
      ['12:00 alice: one two ', '        three four five'],
    );
  });

  test('cuts a word that is too long', () => {
    expect(rowsOf([[span('x'.repeat(50))]], 20)).toEqual([
      'x'.repeat(20),
      `        ${'x'.repeat(12)}`,
      `        ${'x'.repeat(12)}`,
      `        ${'x'.repeat(6)}`,
    ]);
  });

  test('does not part a mark from its character, nor a wide character in the middle', () => {
    expect(rowsOf([[span(`${'a'.repeat(19)}e\u0301${'b'.repeat(5)}`)]], 20)).toEqual([
      `${'a'.repeat(19)}e\u0301`,
      `        ${'b'.repeat(5)}`,
    ]);
    expect(rowsOf([[span(`${'a'.repeat(19)}日本`)]], 20)).toEqual(['a'.repeat(19), '        日本']);
  });

  test('shows further lines below the first, indented', () => {
    expect(rowsOf([[span('12:00 alice: one')], [span('two')], [span('')]], 40)).toEqual([
      '12:00 alice: one',
      '        two',
      '        ',
    ]);
  });

  test('has no row wider than the terminal, loses nothing, and nothing of it stands in a first column but its start', () => {
    const words = fc.oneof(
      fc.constantFrom('日本語', 'e\u0301\u0301', 'สวัสดี', '👩‍👧', ' ', '   ', 'a', 'word', 'x'.repeat(40)),
      fc.string({ unit: 'grapheme' }).map(safeText),
    );
    const text = fc.array(words, { maxLength: 40 }).map((all) => all.join(''));
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 120 }),
        (lines, columns) => {
          const paragraph = lines.map((line, at) => [span(at === 0 ? '12:00 ' : ''), span(line, 'name0')]);
          const rows = rowsOf(paragraph, columns);
          for (const [at, row] of rows.entries()) {
            expect(columnsOf(row)).toBeLessThanOrEqual(Math.max(columns, 16));
            if (at > 0) expect(row.startsWith('        ')).toBe(true);
          }
          const shown = rows.map((row, at) => (at === 0 ? row : row.slice(8))).join('');
          const said = `12:00 ${lines.join('')}`;
          expect(shown.replaceAll(' ', '')).toBe(said.replaceAll(' ', ''));
        },
      ),
      runs(1_000),
    );
  });
});

describe('painting', () => {
  test('gives colours back after each piece', () => {
    expect(paint([span('a', 'alarm'), span('b')], true)).toBe('\u001b[1;31ma\u001b[0mb');
  });

  test('adds no colours where none are wanted', () => {
    expect(paint([span('a', 'alarm'), span('b', 'own')], false)).toBe('ab');
  });
});

test('a paragraph in a file is one line', () => {
  expect(flat([[span('12:00 ', 'quiet'), span('one')], [span('two')]])).toBe('12:00 one ⏎ two');
});
