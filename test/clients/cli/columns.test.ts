import { describe, expect, test } from 'vitest';
import { columnsOf } from '../../../clients/cli/columns.ts';

describe('the columns of a text', () => {
  test.each([
    ['', 0],
    ['halo', 4],
    ['日本語', 6],
    ['한국', 4],
    ['ｆｕｌｌ', 8],
    ['é', 1],
    ['e\u0301', 1],
    ['นี้', 1],
    ['👍', 2],
    ['…→⏎', 3],
    ['─', 1],
    ['\u{2a700}', 2],
  ])('%j takes %i', (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });

  test('are never fewer than a terminal needs that does not join emoji', () => {
    expect(columnsOf('👩\u200d👧')).toBe(4);
    expect(columnsOf('❤\ufe0f')).toBe(2);
  });
});
