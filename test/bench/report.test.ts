import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chartOf } from '../../bench/chart.ts';
import { markdownOf } from '../../bench/markdown.ts';
import { replaceFigures, writeReport } from '../../bench/report.ts';
import { readResults, spreadOf, summarise, writeResults } from '../../bench/results.ts';
import { measuredOf, resultsOf, runOf } from './pure.ts';

const RUNS = [
  ...[1, 3, 2].map((cpuUs, n) =>
    runOf('steady', 'roofline', measuredOf({ cpuUs, perSecond: 100_000, p99Ms: 1 }), n),
  ),
  ...[6, 4, 5].map((cpuUs, n) =>
    runOf('steady', 'kentongan', measuredOf({ cpuUs, perSecond: 50_000, p99Ms: 2 }), n),
  ),
  runOf('steady', 'ngircd', {
    kind: 'void',
    reason: 'the generator was busy for 99 %',
    figures: { cpuUs: 7 },
  }),
  runOf('append-1', 'kentongan', { kind: 'failed', reason: 'the server ended (SIGKILL):\nno | more' }),
];

function section(text: string, load: string): string {
  return text.split('\n### ').find((part) => part.startsWith(`${load}\n`)) ?? '';
}

describe('the sum of runs', () => {
  it('is a median with its spread', () => {
    expect(spreadOf([5, 1, 9, 3, 7])).toEqual({ median: 5, min: 1, max: 9 });
    expect(summarise(RUNS, 'steady', 'kentongan').figures.get('cpuUs')).toEqual({
      median: 5,
      min: 4,
      max: 6,
    });
  });

  it('takes void runs only where there are no others, and says so', () => {
    const alone = summarise(RUNS, 'steady', 'ngircd');
    expect(alone).toMatchObject({ measured: 0, voids: 1, voidReason: 'the generator was busy for 99 %' });
    expect(alone.figures.get('cpuUs')?.median).toBe(7);
    const more = [...RUNS, runOf('steady', 'ngircd', measuredOf({ cpuUs: 2 }))];
    expect(summarise(more, 'steady', 'ngircd')).toMatchObject({ measured: 1, voids: 1 });
    expect(summarise(more, 'steady', 'ngircd').figures.get('cpuUs')).toEqual({ median: 2, min: 2, max: 2 });
  });

  it('does not count what was not found out', () => {
    const runs = [
      runOf('steady', 'kentongan', measuredOf({ cpuUs: Number.NaN, p99Ms: undefined, perSecond: 1 })),
    ];
    expect([...summarise(runs, 'steady', 'kentongan').figures.keys()]).toEqual(['perSecond']);
  });
});

describe('the tables', () => {
  const text = markdownOf(resultsOf(RUNS));

  it('have medians, spreads and the ratio to the roofline', () => {
    const row = section(text, 'steady')
      .split('\n')
      .find((line) => line.startsWith('| kentongan'));
    expect(row).toBe(
      '| kentongan | 5.00 (4.00–6.00) | 50,000 (50,000–50,000) | 2.00 (2.00–2.00) | 2.50 | 0.50 |',
    );
  });

  it('mark what is void, and show what failed with its reason in one line', () => {
    expect(section(text, 'steady')).toContain('| ngircd (void) | 7.00 |');
    expect(section(text, 'steady')).toContain(
      '- ngircd: 1 void beside 0 that count (the generator was busy for 99 %)',
    );
    expect(section(text, 'append-1')).toContain('| kentongan | failed |');
    expect(section(text, 'append-1')).toContain('**1 failed**: the server ended (SIGKILL): no | more');
    expect(section(text, 'append-1')).toContain('can not do this, or are not asked to: roofline, ngircd');
  });

  it('never leave out a server that is not installed', () => {
    const servers = resultsOf([]).servers.map((server) =>
      server.name === 'ngircd' ? { ...server, version: undefined, missing: 'not installed' } : server,
    );
    const without = markdownOf(resultsOf(RUNS, { servers }));
    expect(without).toContain('- ngircd: **not installed**');
    expect(section(without, 'steady')).toContain('- not measured: ngircd');
    expect(without.split('\n').find((line) => line.startsWith('| steady'))).toMatch(/\| not installed \|$/);
  });

  it('say that short runs are none to quote, and that memory is no disk', () => {
    const { machine } = resultsOf([]);
    const quick = markdownOf(resultsOf(RUNS, { isQuick: true, machine: { ...machine, isDiskMemory: true } }));
    expect(quick).toContain('no figures to quote');
    expect(quick).toContain('nothing here says what fsync costs');
    expect(text).not.toContain('quote');
  });
});

describe('the drawing', () => {
  const svg = chartOf(resultsOf(RUNS));

  it('has a bar for each figure of what was measured, and none for what was not', () => {
    expect([...svg.matchAll(/<rect class="ours"/g)]).toHaveLength(2);
    expect([...svg.matchAll(/<rect class="limit"/g)]).toHaveLength(2);
    expect(svg).not.toContain('>ngircd<');
    expect(svg).toContain('5.00 · 2.50×');
    expect(svg).toContain('50.0 k · 0.50×');
  });

  it('draws the longest bar of a figure as far as it goes, and the others in proportion', () => {
    const widths = [...svg.matchAll(/<rect class="(ours|limit)" x="[\d.]+" y="\d+" width="([\d.]+)"/g)].map(
      (found) => Number(found[2]),
    );
    const [limitCpu = 0, limitRate = 0, ourCpu = 0, ourRate = 0] = widths;
    expect(limitCpu / ourCpu).toBeCloseTo(2 / 5, 2);
    expect(ourRate / limitRate).toBeCloseTo(1 / 2, 2);
  });

  it('is one well-formed picture for light and dark that needs nothing else', () => {
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox/);
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg.replaceAll(/xmlns="[^"]*"/g, '')).not.toMatch(/https?:|<script|<image/);
    const stack: string[] = [];
    for (const [, close, name = '', isEmpty] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
      if (close === '/') expect(stack.pop()).toBe(name);
      else if (isEmpty !== '/') stack.push(name);
    }
    expect(stack).toEqual([]);
  });

  it('escapes what has a meaning', () => {
    expect(chartOf(resultsOf(RUNS, { commit: '<b>&"' }))).toContain('commit &lt;b&gt;&amp;&quot;');
  });

  it('says when there is nothing to draw', () => {
    expect(chartOf(resultsOf([]))).toContain('No fan-out was measured');
  });
});

describe('files', () => {
  it('come back as they were, one line a run, and give the same report', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kentongan-test-'));
    try {
      const file = join(folder, 'some.json');
      const results = resultsOf(RUNS);
      writeResults(file, results);
      expect(readResults(file)).toEqual(JSON.parse(JSON.stringify(results)));
      expect(
        readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line.includes('"outcome"')),
      ).toHaveLength(RUNS.length);
      const [markdown = '', svg = ''] = writeReport(file, readResults(file));
      expect(readFileSync(markdown, 'utf8')).toBe(markdownOf(results));
      expect(readFileSync(svg, 'utf8')).toBe(chartOf(results));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are refused when they are something else', () => {
    expect(() => readResults(new URL('../../package.json', import.meta.url).pathname)).toThrow(
      'has no results',
    );
  });

  it('replace what stands between the markers, and nothing else', () => {
    const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8');
    const once = replaceFigures(page, 'one\n');
    const twice = replaceFigures(once, 'two\n');
    expect(once).toContain('\n\none\n\n<!-- end');
    expect(twice).not.toContain('\none\n');
    expect(replaceFigures(twice, 'one\n')).toBe(once);
    expect(() => replaceFigures('no markers', '')).toThrow('the page needs the lines');
  });
});
