// Results as a drawing: for each load of the fan-out, CPU per delivery and deliveries a second, beside the limit.
import { FIGURES, type FigureName } from './figures.ts';
import { shown } from './numbers.ts';
import { type Results, summarise } from './results.ts';

const LIMIT = 'roofline';
const PANELS: readonly FigureName[] = ['cpuUs', 'perSecond'];
const WIDTH = 860;
const MARGIN = 16;
const NAMES = 140;
const LABELS = 120;
const GAP = 20;
const BAR = 14;
const STEP = 20;
const GROUP_HEAD = 30;
const HEAD = 58;
const PANEL = (WIDTH - 2 * MARGIN - NAMES - GAP) / 2;

/** Colours of both schemes: text, weak text, lines, our bars, others' bars, the limit's bars, background. */
const STYLE = `
  svg { --text: #1f2328; --weak: #59636e; --line: #d1d9e0; --ours: #b5480f; --other: #8c96a0; --limit: #3d7d4f; --ground: #ffffff }
  @media (prefers-color-scheme: dark) {
    svg { --text: #f0f6fc; --weak: #9198a1; --line: #3d444d; --ours: #f08a4b; --other: #7d8590; --limit: #57ab6e; --ground: #0d1117 }
  }
  text { font: 12px system-ui, sans-serif; fill: var(--text) }
  .title { font-weight: 600; font-size: 15px } .head { font-weight: 600 } .weak { fill: var(--weak) }
  .ground { fill: var(--ground) } .ours { fill: var(--ours) } .other { fill: var(--other) } .limit { fill: var(--limit) }
  .line { stroke: var(--line) }`;

interface Bar {
  readonly server: string;
  readonly values: ReadonlyMap<FigureName, number>;
}

interface Group {
  readonly load: string;
  readonly about: string;
  readonly bars: readonly Bar[];
}

/** @returns an SVG that needs nothing else; of results without a fan-out, one that says so */
export function chartOf(results: Results): string {
  const groups = groupsOf(results);
  const height = HEAD + groups.reduce((sum, { bars }) => sum + GROUP_HEAD + bars.length * STEP + 8, 0) + 30;
  const body: string[] = [];
  let y = HEAD;
  for (const group of groups) {
    body.push(...drawGroup(group, y));
    y += GROUP_HEAD + group.bars.length * STEP + 8;
  }
  const { begun, commit, machine, runsWanted } = results;
  const foot = `${begun.slice(0, 10)}, commit ${commit}, ${machine.cores} cores, ${machine.system}; medians of ${runsWanted} run${runsWanted === 1 ? '' : 's'}; × is relative to the roofline`;
  const title =
    groups.length === 0
      ? 'No fan-out was measured'
      : 'One message to many: what a delivery costs, and how many a second';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title">
<title id="title">${escapeXml(title)}</title>
<style>${STYLE}
</style>
<rect class="ground" width="${WIDTH}" height="${height}" rx="6"/>
${text(MARGIN, 26, title, 'title')}
${PANELS.map((name, n) => text(panelX(n), 48, `${FIGURES[name].head} (${FIGURES[name].better} is better)`, 'weak')).join('\n')}
${body.join('\n')}
${text(MARGIN, height - 12, foot, 'weak')}
</svg>
`;
}

function groupsOf({ loads, servers, runs }: Results): Group[] {
  return loads
    .filter(
      ({ figures, without }) => !without.includes(LIMIT) && PANELS.every((name) => figures.includes(name)),
    )
    .map(({ name, about }) => ({
      load: name,
      about,
      bars: servers.flatMap(({ name: server }): Bar[] => {
        const { figures, measured } = summarise(runs, name, server);
        if (measured === 0) return [];
        return [
          { server, values: new Map(PANELS.map((figure) => [figure, figures.get(figure)?.median ?? 0])) },
        ];
      }),
    }))
    .filter(({ bars }) => bars.length > 0);
}

function drawGroup({ load, about, bars }: Group, y: number): string[] {
  const lines = [
    `<line class="line" x1="${MARGIN}" x2="${WIDTH - MARGIN}" y1="${y + 4}" y2="${y + 4}"/>`,
    text(MARGIN, y + 22, load, 'head'),
    text(MARGIN + NAMES, y + 22, about, 'weak'),
  ];
  bars.forEach((bar, n) => {
    const top = y + GROUP_HEAD + n * STEP;
    lines.push(text(MARGIN, top + BAR - 2, bar.server));
    for (const [panel, figure] of PANELS.entries())
      lines.push(...drawBar(bar, { figure, bars, x: panelX(panel), top }));
  });
  return lines;
}

interface At {
  readonly figure: FigureName;
  readonly bars: readonly Bar[];
  readonly x: number;
  readonly top: number;
}

function drawBar({ server, values }: Bar, { figure, bars, x, top }: At): string[] {
  const value = values.get(figure) ?? 0;
  const most = Math.max(...bars.map((bar) => bar.values.get(figure) ?? 0));
  const limit = bars.find((bar) => bar.server === LIMIT)?.values.get(figure);
  const width = most === 0 ? 0 : Math.max(1, (value / most) * (PANEL - LABELS));
  const ratio = limit === undefined || limit === 0 ? '' : ` · ${shown(value / limit)}×`;
  const kind = server === LIMIT ? 'limit' : server.startsWith('kentongan') ? 'ours' : 'other';
  return [
    `<rect class="${kind}" x="${x}" y="${top}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>`,
    text(x + width + 6, top + BAR - 2, `${short(value)}${ratio}`),
  ];
}

function panelX(panel: number): number {
  return MARGIN + NAMES + panel * (PANEL + GAP);
}

/** 12.3 M, 410 k, 2.71. */
function short(value: number): string {
  if (value >= 1e6) return `${shown(value / 1e6)} M`;
  return value >= 10_000 ? `${shown(value / 1e3)} k` : shown(value);
}

function text(x: number, y: number, words: string, kind = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y}"${kind === '' ? '' : ` class="${kind}"`}>${escapeXml(words)}</text>`;
}

function escapeXml(words: string): string {
  return words
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
