// What an operator may set, and where from: flags win over the environment, that over the file, that over
// the defaults.
import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import { DEFAULT_PORT } from '../protocol/index.ts';
import { StartError } from '../texts/start-error.ts';
import type { Language } from '../texts/texts.ts';
import {
  chatLogIn,
  dataIn,
  type Engine,
  ENGINE,
  GRACE_MS,
  LAB_RETAIN_AGE_MS,
  LOG_BYTES,
  LOG_FILES,
  operatorLogIn,
  PLAIN,
  type PlainPolicy,
  RESERVE_BYTES,
} from './defaults.ts';
import { LIMIT_KEYS, type LimitKey, limitOf, limitText, type LimitValues, limitValues } from './limits.ts';
import { type Key, KEYS, PATHS, SCHEMAS, type Values } from './schemas.ts';

export { type Key, KEYS } from './schemas.ts';

/** Everything that `serve` needs to know. Paths are absolute. */
export interface Config extends LimitValues {
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
  /** As of chat.log. */
  readonly operatorLogBytes: number;
  readonly operatorLogFiles: number;
  readonly graceMs: number;
  readonly engine: Engine;
  /** How much of a room is kept at least, and how long; absent: the engine's default. */
  readonly retainBytes: number | undefined;
  readonly retainCount: number | undefined;
  readonly retainAgeMs: number | undefined;
  /** Space on the disk that the log leaves free. */
  readonly reserveBytes: number;
  /** From where unencrypted connections are taken. */
  readonly plain: PlainPolicy;
  /** The operator's own certificate and its key, PEM; absent: those in the data directory. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** Host names of this server beside those that its machine has. */
  readonly names: readonly string[];
  /** Pages from elsewhere that may connect. */
  readonly origins: readonly string[];
  /** Its first line is asked of everybody. */
  readonly passwordFile: string | undefined;
  readonly membersOnly: boolean;
  /** For a room of learners: an invite code on the board, a day of history, many behind one address. */
  readonly lab: boolean;
  /** Messages a second by name, in place of `rate`. */
  readonly rateFor: ReadonlyMap<string, number>;
  readonly quiet: boolean;
  readonly lang: Language | undefined;
}

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
  const lab = values.lab ?? false;
  return {
    ...limitValues(values, lab),
    host: values.host,
    port: values.port ?? DEFAULT_PORT,
    data,
    ...logsOf(values, data),
    graceMs: values.grace ?? GRACE_MS,
    engine: values.engine ?? ENGINE,
    retainBytes: values.retain,
    retainCount: values['retain-count'],
    retainAgeMs: values['retain-age'] ?? (lab ? LAB_RETAIN_AGE_MS : undefined),
    reserveBytes: values.reserve ?? RESERVE_BYTES,
    ...accessOf(values),
    lab,
    quiet: values.quiet ?? false,
    lang: values.lang,
  };
}

type Logs =
  | 'log'
  | 'logPrivate'
  | 'logBytes'
  | 'logFiles'
  | 'operatorLog'
  | 'operatorLogBytes'
  | 'operatorLogFiles';

function logsOf(values: Values, data: string): Pick<Config, Logs> {
  return {
    log: values.log ?? chatLogIn(data),
    logPrivate: values['log-private'] ?? false,
    logBytes: values['log-size'] ?? LOG_BYTES,
    logFiles: values['log-files'] ?? LOG_FILES,
    operatorLog: values['operator-log'] ?? operatorLogIn(data),
    operatorLogBytes: values['operator-log-size'] ?? LOG_BYTES,
    operatorLogFiles: values['operator-log-files'] ?? LOG_FILES,
  };
}

type Access = 'plain' | 'cert' | 'key' | 'names' | 'origins' | 'passwordFile' | 'membersOnly' | 'rateFor';

function accessOf(values: Values): Pick<Config, Access> {
  return {
    plain: values.plain ?? PLAIN,
    cert: values.cert,
    key: values.key,
    names: values.names ?? [],
    origins: values.origins ?? [],
    passwordFile: values['password-file'],
    membersOnly: values['members-only'] ?? false,
    rateFor: values['rate-for'] ?? new Map(),
  };
}

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
      throw badValue(key, source.name(key), given);
    }
    read[key] = PATHS.has(key) ? absolute(result.output as string, source.directory) : result.output;
  }
  return read;
}

function badValue(key: Key, where: string, value: string): StartError {
  if (!isLimit(key)) return new StartError(`config.bad.${key}`, { where, value }, 'usage');
  const { unit, min, max } = limitOf(key);
  const range = { min: limitText(key, min), max: limitText(key, max) };
  return new StartError(`config.bad-limit.${unit}`, { where, value, ...range }, 'usage');
}

function isLimit(key: Key): key is LimitKey {
  return (LIMIT_KEYS as readonly string[]).includes(key);
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
