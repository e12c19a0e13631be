// Results as Markdown: at a glance, then a table for each load.
import { FIGURES, type FigureName } from './figures.ts';
import { shown } from './numbers.ts';
import { type LoadFacts, type Results, type Spread, summarise, type Summary } from './results.ts';

/** The server that is the limit of all others. */
const LIMIT = 'roofline';

export function markdownOf(results: Results): string {
  const parts = [
    factsOf(results),
    glanceOf(results),
    ...results.loads.map((load) => sectionOf(load, results)),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function factsOf(results: Results): string {
  const { machine, begun, commit, runsWanted, seconds, isQuick, pinning } = results;
  const length = isQuick
    ? `${runsWanted} short run${runsWanted === 1 ? '' : 's'}: to see that it works, no figures to quote`
    : `${runsWanted} runs of at least ${seconds} s, medians (least–most)`;
  const lines = [
    `${begun.slice(0, 10)}, commit ${commit}; \`npm run bench -- ${results.words.join(' ')}\`; ${length}`.replace(
      ' -- `',
      '`',
    ),
    `${machine.cores} cores (${machine.model}), ${machine.memoryGib} GiB, ${machine.system}; ${pinning}`,
    `disk: 4 KiB and fdatasync ${machine.fdatasyncUs} µs, a lone SQLite FULL commit ${machine.commitUs} µs${machine.isDiskMemory ? '; **it is memory: nothing here says what fsync costs**' : ''}`,
    ...results.servers.map(
      ({ name, version, missing }) => `${name}: ${version ?? `**${missing ?? 'not there'}**`}`,
    ),
  ];
  return lines.map((line) => `- ${line}`).join('\n');
}

/** The first figure of every load, of all servers. */
function glanceOf(results: Results): string {
  const { loads, servers } = results;
  const rows = loads.flatMap((load) => {
    const [main] = load.figures;
    if (main === undefined) return [];
    const cells = servers.map(({ name, version }) => {
      if (version === undefined) return 'not installed';
      if (load.without.includes(name)) return '–';
      return brief(summarise(results.runs, load.name, name), main);
    });
    return [[load.name, FIGURES[main].head, ...cells]];
  });
  return tableOf([['load', 'figure', ...servers.map(({ name }) => name)], ...rows]);
}

function brief(summary: Summary, figure: FigureName): string {
  const found = summary.figures.get(figure);
  if (found === undefined) return summary.failures > 0 ? 'failed' : 'not run';
  return summary.measured === 0 ? `(${shown(found.median)}, void)` : shown(found.median);
}

function sectionOf(load: LoadFacts, results: Results): string {
  const summaries = results.servers
    .filter(({ name, version }) => version !== undefined && !load.without.includes(name))
    .map(({ name }) => summarise(results.runs, load.name, name));
  const limit = summaries.find(({ server }) => server === LIMIT);
  const ratios = load.figures.filter((name) => RELATIVE.has(name) && limit?.figures.has(name) === true);
  const head = [
    'server',
    ...load.figures.map((name) => FIGURES[name].head),
    ...ratios.map((name) => `${SHORT[name] ?? name} ÷ ${LIMIT}`),
  ];
  const rows = summaries.map((summary) => [
    summary.measured === 0 && summary.voids > 0 ? `${summary.server} (void)` : summary.server,
    ...load.figures.map((name) => cellOf(summary.figures.get(name), summary)),
    ...ratios.map((name) => ratioOf(summary, limit, name)),
  ]);
  const parts = [
    `### ${load.name}\n\n${load.about}.`,
    rows.length === 0 ? 'No server that is here can do it.' : tableOf([head, ...rows]),
  ];
  const notes = notesOf(load, summaries, results);
  return [...parts, ...(notes.length === 0 ? [] : [notes.map((note) => `- ${note}`).join('\n')])].join(
    '\n\n',
  );
}

/** Figures that are shown beside the limit's. */
const RELATIVE: ReadonlySet<FigureName> = new Set(['cpuUs', 'perSecond']);
const SHORT: { readonly [name in FigureName]?: string } = { cpuUs: 'CPU', perSecond: 'deliveries/s' };

function cellOf(found: Spread | undefined, { measured, voids, failures }: Summary): string {
  if (found === undefined) return measured + voids === 0 ? (failures > 0 ? 'failed' : 'not run') : '–';
  const { median, min, max } = found;
  const few = measured === 0 ? voids : measured;
  return few < 2 ? shown(median) : `${shown(median)} (${shown(min)}–${shown(max)})`;
}

function ratioOf(summary: Summary, limit: Summary | undefined, name: FigureName): string {
  const [mine, other] = [summary.figures.get(name)?.median, limit?.figures.get(name)?.median];
  return mine === undefined || other === undefined ? '–' : shown(mine / other);
}

function notesOf(load: LoadFacts, summaries: readonly Summary[], results: Results): string[] {
  const missing = results.servers.filter(({ version }) => version === undefined).map(({ name }) => name);
  return [
    ...summaries.flatMap(({ server, measured, voids, voidReason }) =>
      voids === 0
        ? []
        : [
            `${server}: ${voids} void beside ${measured} that count${voidReason === undefined ? '' : ` (${voidReason})`}`,
          ],
    ),
    ...summaries.flatMap(({ server, failures, failure }) =>
      failures === 0 ? [] : [`${server}: **${failures} failed**: ${oneLine(failure ?? '')}`],
    ),
    ...summaries.flatMap(({ server, skipped }) =>
      skipped === undefined ? [] : [`${server}: skipped: ${skipped}`],
    ),
    ...(load.without.length === 0
      ? []
      : [`can not do this, or are not asked to: ${load.without.join(', ')}`]),
    ...(missing.length === 0 ? [] : [`not measured: ${missing.join(', ')}`]),
  ];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 300);
}

function tableOf(rows: ReadonlyArray<readonly string[]>): string {
  const [head = [], ...body] = rows;
  return [head, head.map((_, n) => (n === 0 ? '---' : '--:')), ...body]
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}
