// SECURITY.md says where each line of its table is tested, and what each flag gives up: these exist.
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { KEYS } from '../../src/config/config.ts';

const ROOT = new URL('../../', import.meta.url);
const text = readFileSync(new URL('SECURITY.md', ROOT), 'utf8');

/** The cells of all rows of the table that begins with this head. */
function rowsOf(head: string): string[][] {
  const lines = text.slice(text.indexOf(head)).split('\n');
  const rows = lines.slice(
    2,
    lines.findIndex((line) => !line.startsWith('|')),
  );
  return rows.map((row) => row.slice(1, -1).split('|'));
}

test('every line of the threat model has five cells, and names tests that exist', () => {
  const rows = rowsOf('| who | can |');
  expect(rows.length).toBeGreaterThanOrEqual(10);
  for (const cells of rows) {
    expect(cells).toHaveLength(5);
    const files = Array.from((cells[4] ?? '').matchAll(/`([^`]+)`/g), ([, file]) => file ?? '');
    expect({ row: cells[0], files }).not.toEqual({ row: cells[0], files: [] });
    expect(files.filter((file) => !existsSync(new URL(file, ROOT)))).toEqual([]);
  }
});

test('every flag of which something is said exists', () => {
  const known = new Set<string>(KEYS.map((key) => `--${key}`));
  const flags = rowsOf('| flag |').flatMap(([first = '']) =>
    Array.from(first.matchAll(/`(--[a-z-]+)/g), ([, flag]) => flag ?? ''),
  );
  expect(flags.length).toBeGreaterThan(15);
  expect(flags.filter((flag) => !known.has(flag))).toEqual([]);
});
