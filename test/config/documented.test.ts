// Every limit is in the help of both languages and in docs/operator.md, with its default.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { serveCommand } from '../../src/commands/serve-program.ts';
import { KEYS } from '../../src/config/config.ts';
import { LIMIT_KEYS, limitOf, limitText } from '../../src/config/limits.ts';
import { textsOf } from '../../src/texts/texts.ts';

const OPERATOR = readFileSync(new URL('../../docs/operator.md', import.meta.url), 'utf8');

describe.each(['en', 'id'] as const)('the help of serve in %s', (language) => {
  const texts = textsOf(language);
  const help = serveCommand(async () => undefined, texts)
    .configureHelp({ helpWidth: 1_000 })
    .helpInformation();

  test.each(LIMIT_KEYS)('has --%s with its default', (key) => {
    const line = help.split('\n').find((one) => one.trim().startsWith(`--${key} <`)) ?? '';
    const { default: usual, lab } = limitOf(key);
    expect(line).toContain(`: ${limitText(key, usual)}`);
    if (lab !== undefined) expect(line).toContain(`--lab ${limitText(key, lab)})`);
  });

  test('has a flag for each setting, in groups', () => {
    for (const key of KEYS) expect(help).toMatch(new RegExp(`^ +--${key}( |$)`, 'm'));
    for (const group of ['help.group.access', 'help.group.limits'] as const) {
      expect(help).toContain(`\n${texts[group]}\n`);
    }
  });
});

test.each(LIMIT_KEYS)('docs/operator.md has --%s with its default', (key) => {
  const row = OPERATOR.split('\n').find((line) => line.startsWith(`| \`--${key}\` |`)) ?? '';
  const { default: usual, lab } = limitOf(key);
  const [, , said = ''] = row.split('|').map((cell) => cell.trim());
  expect(said).toBe(
    lab === undefined ? limitText(key, usual) : `${limitText(key, usual)} (lab ${limitText(key, lab)})`,
  );
});

test('docs/operator.md links to headings that exist', () => {
  const headings = new Set(
    Array.from(OPERATOR.matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
  const anchors = Array.from(OPERATOR.matchAll(/\]\(#([^)]+)\)/g), ([, anchor]) => anchor);
  expect(anchors.length).toBeGreaterThan(15);
  expect(anchors.filter((anchor) => !headings.has(anchor ?? ''))).toEqual([]);
});
