// Files that people look at, made of results.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { chartOf } from './chart.ts';
import { markdownOf } from './markdown.ts';
import type { Results } from './results.ts';

const PAGE = new URL('../docs/performance.md', import.meta.url).pathname;
const CHART = new URL('../docs/performance.svg', import.meta.url).pathname;
const PUBLISHED = new URL('./results/published.json', import.meta.url).pathname;

const PICTURE = '![CPU per delivery and deliveries a second, beside the roofline](performance.svg)';
const BEGIN = '<!-- figures: made by `npm run bench -- report FILE --publish` -->';
const END = '<!-- end of figures -->';

/** Writes FILE.md and FILE.svg for FILE.json; returns their names. */
export function writeReport(file: string, results: Results, out = dirname(file)): readonly string[] {
  mkdirSync(out, { recursive: true });
  const stem = join(out, basename(file).replace(/\.json$/, ''));
  writeFileSync(`${stem}.md`, markdownOf(results));
  writeFileSync(`${stem}.svg`, chartOf(results));
  return [`${stem}.md`, `${stem}.svg`];
}

/** Puts them where README and docs show them, and keeps the runs behind them. */
export function publish(file: string, results: Results): readonly string[] {
  writeFileSync(PAGE, replaceFigures(readFileSync(PAGE, 'utf8'), `${PICTURE}\n\n${markdownOf(results)}`));
  writeFileSync(CHART, chartOf(results));
  mkdirSync(dirname(PUBLISHED), { recursive: true });
  if (resolve(file) !== PUBLISHED) copyFileSync(file, PUBLISHED);
  return [PAGE, CHART, PUBLISHED];
}

/** The page with other figures between its two markers. @throws Error when it does not have them */
export function replaceFigures(page: string, figures: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`the page needs the lines ${BEGIN} and ${END}`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${figures}\n${page.slice(to)}`;
}
