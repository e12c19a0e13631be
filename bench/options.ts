// The words of `npm run bench -- …`: one wish, or what is wrong with them.
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { chooseLoads, type Load, LOADS } from './loads.ts';
import { chooseServers, type ServerKind } from './servers.ts';

interface Run {
  /** What was asked for, without what is only about this machine's directories. */
  readonly words: readonly string[];
  readonly loads: readonly Load[];
  readonly servers: readonly ServerKind[];
  /** No load was named. */
  readonly isUsual: boolean;
  readonly runs: number;
  readonly seconds: number;
  readonly isQuick: boolean;
  readonly out: string;
  /** Data directories lie there: the disk that is measured. */
  readonly folder: string;
}

export type Wish =
  | { readonly kind: 'help' }
  | { readonly kind: 'list' }
  | ({ readonly kind: 'run' } & Run)
  | { readonly kind: 'guard'; readonly thresholds: string; readonly folder: string; readonly tries: number }
  | {
      readonly kind: 'report';
      readonly file: string;
      readonly out: string | undefined;
      readonly publish: boolean;
    }
  | { readonly kind: 'wrong'; readonly reason: string };

const DEFAULT_OUT = new URL('./results', import.meta.url).pathname;
const THRESHOLDS = new URL('./thresholds.json', import.meta.url).pathname;
/** Not part of a benchmark of servers unless they are asked for. */
const APART: ReadonlySet<string> = new Set(['engine']);
const TRIES = 3;
/** Options that decide what is measured. */
const ASKED = ['runs', 'seconds', 'only'] as const;

const OPTIONS = {
  help: { type: 'boolean', short: 'h', default: false },
  quick: { type: 'boolean', default: false },
  guard: { type: 'boolean', default: false },
  publish: { type: 'boolean', default: false },
  runs: { type: 'string' },
  seconds: { type: 'string' },
  only: { type: 'string', multiple: true },
  out: { type: 'string' },
  folder: { type: 'string' },
  thresholds: { type: 'string' },
} as const;

type Values = ReturnType<typeof parse>['values'];

function parse(words: readonly string[]) {
  return parseArgs({ args: [...words], allowPositionals: true, options: OPTIONS });
}

export function wishOf(words: readonly string[]): Wish {
  try {
    const { values, positionals } = parse(words);
    if (values.help || positionals[0] === 'help') return { kind: 'help' };
    if (positionals[0] === 'list') return { kind: 'list' };
    if (positionals[0] === 'report') return report(positionals.slice(1), values);
    if (values.guard) return guard(positionals, values);
    return run(positionals, values);
  } catch (error) {
    return { kind: 'wrong', reason: error instanceof Error ? error.message : String(error) };
  }
}

function report(files: readonly string[], { out, publish }: Values): Wish {
  const [file, ...more] = files;
  if (file === undefined || more.length > 0)
    return { kind: 'wrong', reason: 'report needs one file of results' };
  return { kind: 'report', file, out, publish };
}

function guard(loads: readonly string[], values: Values): Wish {
  if (loads.length > 0)
    return { kind: 'wrong', reason: '--guard takes its loads from the file of thresholds' };
  const { thresholds = THRESHOLDS, folder = tmpdir(), runs } = values;
  return { kind: 'guard', thresholds, folder, tries: runs === undefined ? TRIES : numberOf('--runs', runs) };
}

function run(words: readonly string[], values: Values): Wish {
  const isQuick = values.quick;
  const { loads: named, unknown: unknownLoads } = chooseLoads(words);
  const only = (values.only ?? []).flatMap((list) => list.split(',')).filter((name) => name !== '');
  const { servers, unknown } = chooseServers(only);
  const [stranger] = [...unknownLoads, ...unknown];
  if (stranger !== undefined)
    return { kind: 'wrong', reason: `there is no load or server ${stranger}; \`list\` shows them` };
  const usual = LOADS.filter((load) => (isQuick ? load.isQuick : !APART.has(load.group)));
  return {
    kind: 'run',
    words: [
      ...words,
      ...ASKED.flatMap((name) => (values[name] === undefined ? [] : [`--${name}`, String(values[name])])),
      ...(isQuick ? ['--quick'] : []),
    ],
    loads: words.length === 0 ? usual : named,
    servers,
    isUsual: words.length === 0,
    isQuick,
    runs: values.runs === undefined ? (isQuick ? 1 : 5) : numberOf('--runs', values.runs),
    seconds: values.seconds === undefined ? (isQuick ? 1 : 5) : numberOf('--seconds', values.seconds),
    out: values.out ?? DEFAULT_OUT,
    folder: values.folder ?? tmpdir(),
  };
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new Error(`${name} ${text}: a whole number from 1 is needed`);
  return number;
}
