import { expect, test } from 'vitest';
import { withQr } from '../../src/commands/qr.ts';
import { textsOf } from '../../src/texts/texts.ts';

const LINES = ['  kentongan chat "kentongan://192.0.2.7:7660/lobby#aa"', '  kentongan chat "other"'];
const arranged = (rows: number, columns: number, isWanted = false): string[] =>
  withQr(
    LINES,
    'kentongan://192.0.2.7:7660/lobby#aa',
    { window: { rows, columns }, isWanted },
    textsOf('en'),
  );
const ROWS = arranged(100, 80).length - 1;

test('the code stands above its link, where there is room for both and a prompt', () => {
  for (const lines of [arranged(100, 80), arranged(ROWS + 1, 80)]) {
    expect(lines[0]).toBe(LINES[1]);
    expect(lines[1]).toContain('█');
    expect(lines.slice(-2)).toEqual(['', LINES[0]]);
  }
});

test('a window without that room has the links alone, and is told how much it takes', () => {
  expect(arranged(ROWS, 80)).toEqual([...LINES, expect.stringMatching(`^A window of ${ROWS + 1} rows and`)]);
  // The link is broken into two rows, which have to be there as well.
  expect(arranged(ROWS + 1, 40)[0]).toBe(LINES[0]);
  expect(arranged(ROWS + 2, 40)[0]).toBe(LINES[1]);
  expect(arranged(100, 20)[0]).toBe(LINES[0]);
});

test('it is there when it is wanted, and elsewhere than in a window only then', () => {
  expect(arranged(3, 3, true).slice(-2)).toEqual(['', LINES[0]]);
  const none = { window: undefined, isWanted: false };
  expect(withQr(LINES, 'x', none, textsOf('en'))).toEqual(LINES);
  expect(withQr(LINES, 'x', { ...none, isWanted: true }, textsOf('en')).at(-1)).toBe(LINES[0]);
});
