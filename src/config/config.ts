// What an operator may set, and where from: flags win over the environment, that over the file, that over
// the defaults.
import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import { DEFAULT_PORT } from '../protocol/index.ts';
import { StartError } from '../texts/start-error.ts';
import { LANGUAGES, type Language } from '../texts/texts.ts';
import {
  chatLogIn,
  dataIn,
  type Engine,
  ENGINE,
  ENGINES,
  GRACE_MS,
  LOG_BYTES,
  LOG_FILES,
  operatorLogIn,
  RESERVE_BYTES,
} from './defaults.ts';
import { ageOf, booleanOf, bytesOf, DAY_MS, durationOf, numberOf } from './values.ts';

/** Everything that `serve` needs to know. Paths are absolute. */
export interface Config {
  /** The address to listen on; absent: all of them. */
  readonly host: string | undefined;
  /** 0: any free one. */
  readonly port: number;
  /** The data directory. */
  readonly data: string;
  /** chat.log */
  readonly log: string;
  readonly logPrivate: boolean;
  /** No file of chat.log gets larger, 0 = any size. */
  readonly logBytes: number;
  /** How many old ones are kept. */
  readonly logFiles: number;
  /** A file, or `-` for standard error. */
  readonly operatorLog: string;
  readonly graceMs: number;
  readonly engine: Engine;
  /** How much of a room is kept at least, and how long; absent: the engine's default. */
  readonly retainBytes: number | undefined;
  readonly retainCount: number | undefined;
  readonly retainAgeMs: number | undefined;
  /** Space on the disk that the log leaves free. */
  readonly reserveBytes: number;
  readonly quiet: boolean;
  readonly lang: Language | undefined;
}

const path = v.pipe(v.string(), v.minLength(1), v.excludes('\0'));

/** A smaller file is full before anybody has said much. */
const LOG_BYTES_MIN = 65_536;

/**
 * One schema per key. A key is written `log-private` in the file, `--log-private` as a flag and
 * `KENTONGAN_LOG_PRIVATE` in the environment.
 */
const SCHEMAS = {
  host: v.pipe(v.string(), v.minLength(1)),
  port: v.pipe(v.union([v.number(), numberOf]), v.integer(), v.minValue(0), v.maxValue(65_535)),
  data: path,
  log: path,
  'log-private': v.union([v.boolean(), booleanOf]),
  'log-size': v.pipe(
    v.union([v.number(), bytesOf]),
    v.integer(),
    v.check((bytes) => bytes === 0 || (bytes >= LOG_BYTES_MIN && bytes <= 2 ** 50)),
  ),
  'log-files': v.pipe(v.union([v.number(), numberOf]), v.integer(), v.minValue(0), v.maxValue(1000)),
  'operator-log': path,
  grace: v.pipe(v.union([secondsOf(), durationOf]), v.minValue(0), v.maxValue(86_400_000)),
  engine: v.picklist(ENGINES),
  retain: v.pipe(v.union([v.number(), bytesOf]), v.integer(), v.minValue(1_048_576), v.maxValue(2 ** 50)),
  'retain-count': v.pipe(v.union([v.number(), numberOf]), v.integer(), v.minValue(1), v.maxValue(1e12)),
  // Days or seconds? A wrong guess deletes what was said.
  'retain-age': v.pipe(ageOf, v.minValue(1000), v.maxValue(36_500 * DAY_MS)),
  reserve: v.pipe(v.union([v.number(), bytesOf]), v.integer(), v.minValue(0), v.maxValue(2 ** 50)),
  quiet: v.union([v.boolean(), booleanOf]),
  lang: v.picklist(LANGUAGES),
} as const;

/** The key of a setting. */
export type Key = keyof typeof SCHEMAS;
/** Every key, in the order of the help. */
export const KEYS = Object.keys(SCHEMAS) as Key[];

type Values = { [K in Key]?: v.InferOutput<(typeof SCHEMAS)[K]> };

/** Settings from one place, not yet checked. */
export interface Source {
  readonly values: Readonly<Record<string, unknown>>;
  /** How the place calls a key: `--port`, `KENTONGAN_PORT`, `port in /etc/kentongan.toml`. */
  name(key: string): string;
  /** Relative paths of this place start here. */
  readonly directory: string;
}

/**
 * Checks all sources, the strongest first, and puts them together.
 * @throws StartError (usage) naming the key and its place, for an unknown key or a bad value anywhere
 */
export function resolveConfig(sources: readonly Source[], cwd: string): Config {
  const values: Values = {};
  for (const source of sources.toReversed()) Object.assign(values, readSource(source));
  const data = values.data ?? dataIn(cwd);
  return {
    host: values.host,
    port: values.port ?? DEFAULT_PORT,
    data,
    log: values.log ?? chatLogIn(data),
    logPrivate: values['log-private'] ?? false,
    logBytes: values['log-size'] ?? LOG_BYTES,
    logFiles: values['log-files'] ?? LOG_FILES,
    operatorLog: values['operator-log'] ?? operatorLogIn(data),
    graceMs: values.grace ?? GRACE_MS,
    engine: values.engine ?? ENGINE,
    retainBytes: values.retain,
    retainCount: values['retain-count'],
    retainAgeMs: values['retain-age'],
    reserveBytes: values.reserve ?? RESERVE_BYTES,
    quiet: values.quiet ?? false,
    lang: values.lang,
  };
}

const PATHS: ReadonlySet<string> = new Set<Key>(['data', 'log', 'operator-log']);

function readSource(source: Source): Values {
  const read: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(source.values)) {
    if (value === undefined) continue;
    if (!isKey(key)) {
      throw new StartError('config.unknown', { where: source.name(key), known: KEYS.join(', ') }, 'usage');
    }
    const result = v.safeParse(SCHEMAS[key], value);
    if (!result.success) {
      const given = typeof value === 'string' ? value : JSON.stringify(value);
      throw new StartError(`config.bad.${key}`, { where: source.name(key), value: given }, 'usage');
    }
    read[key] = PATHS.has(key) ? absolute(result.output as string, source.directory) : result.output;
  }
  return read;
}

function isKey(key: string): key is Key {
  return Object.hasOwn(SCHEMAS, key);
}

function absolute(value: string, directory: string): string {
  return value === '-' ? value : resolve(directory, value);
}

/** The source that the flags are. */
export function flagSource(values: Readonly<Record<string, unknown>>, cwd: string): Source {
  return { values, name: (key) => `--${key}`, directory: cwd };
}

/** The source that the environment is. Variables of other purposes may begin with KENTONGAN_, too. */
export function environmentSource(environment: NodeJS.ProcessEnv, cwd: string): Source {
  const values = KEYS.map((key) => [key, environment[variableOf(key)]] as const);
  return {
    // An empty variable is an unset one, as in most programs.
    values: Object.fromEntries(values.filter(([, value]) => value !== undefined && value !== '')),
    name: variableOf,
    directory: cwd,
  };
}

/** The source that a parsed file is. Its paths are relative to its directory. */
export function fileSource(values: Readonly<Record<string, unknown>>, file: string): Source {
  return { values, name: (key) => `${key} (${file})`, directory: dirname(file) };
}

function variableOf(key: string): string {
  return `KENTONGAN_${key.toUpperCase().replaceAll('-', '_')}`;
}

/** A bare number of seconds, in milliseconds. */
function secondsOf(): v.GenericSchema<unknown, number> {
  return v.pipe(
    v.number(),
    v.transform((seconds) => seconds * 1000),
  );
}
