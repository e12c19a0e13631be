// What `--help` and `list` print.
import { LOADS } from './loads.ts';
import { SERVERS } from './servers.ts';

export const HELP = `npm run bench -- [LOAD…] [options]       measures; without a load: all but the engine alone
npm run bench -- list                    what loads and servers there are, and what is installed
npm run bench -- report FILE [--publish] Markdown and SVG from a file of results again
npm run bench -- --guard                 ratios to others in the same run, against bench/thresholds.json

  --quick            once and short, in less than a minute: to see that it works. No figures to quote
  --runs N           runs of each server under each load (5; guard: tries, 3)
  --seconds S        how long the measured part of a run is at least (5)
  --only A,B         these servers alone
  --out DIR          where results go (bench/results); of report: beside the file
  --folder DIR       where servers keep their data: the disk that is measured (the system's temporary directory)
  --thresholds FILE  other limits for --guard
  --publish          of report: into docs/performance.md and docs/performance.svg, too

Examples
  npm run bench -- --quick
  npm run bench -- steady saturated --only roofline,kentongan,inspircd
  npm run bench -- append --runs 3 --folder /srv/disk
  npm run bench -- report bench/results/published.json --publish

Needs Linux; a C compiler for the generator; taskset and two cores for rates and latencies that mean something. Servers that
are not installed are listed as such: apt install inspircd ngircd nats-server

Exit codes: 0 everything was measured; 1 a run failed, or the guard; 2 wrong words; 3 nothing can be measured here;
130 stopped by Ctrl-C: every process is ended, every temporary file removed
`;

export function listText(): string {
  const lines = ['Loads (a word of the second column chooses all of its loads):'];
  for (const { name, group, about } of LOADS) lines.push(`  ${name.padEnd(16)} ${group.padEnd(12)} ${about}`);
  lines.push('', 'Servers:');
  for (const server of SERVERS) {
    const found = server.find();
    lines.push(`  ${server.name.padEnd(18)} ${found.kind === 'here' ? found.version : found.reason}`);
    lines.push(`  ${''.padEnd(18)} ${server.about}`);
  }
  return `${lines.join('\n')}\n`;
}
