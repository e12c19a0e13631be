// What each setting may be. A key is written `log-private` in the file, `--log-private` as a flag and
// `KENTONGAN_LOG_PRIVATE` in the environment.
import * as v from 'valibot';
import { LANGUAGES } from '../texts/texts.ts';
import { DAY_MS, ENGINES, PLAIN_POLICIES } from './defaults.ts';
import { LIMIT_KEYS, type LimitKey, limitOf } from './limits.ts';
import {
  ageOf,
  booleanOf,
  bytesOf,
  durationOf,
  hostNameOf,
  listOf,
  numberOf,
  originOf,
  ratesOf,
} from './values.ts';

const path = v.pipe(v.string(), v.minLength(1), v.excludes('\0'));
const boolean = v.union([v.boolean(), booleanOf]);

/** A bare number of seconds, in milliseconds. */
const secondsOf: v.GenericSchema<unknown, number> = v.pipe(
  v.number(),
  v.transform((seconds) => seconds * 1000),
);

function limitSchema(key: LimitKey): v.GenericSchema<unknown, number> {
  const { unit, min, max } = limitOf(key);
  const range = [v.minValue<number, number>(min), v.maxValue<number, number>(max)] as const;
  switch (unit) {
    case 'count':
      return v.pipe(v.union([v.number(), numberOf]), v.integer(), ...range);
    case 'time':
      return v.pipe(v.union([secondsOf, durationOf]), ...range);
    case 'age':
      return v.pipe(ageOf, ...range);
  }
}

const LIMIT_SCHEMAS = Object.fromEntries(LIMIT_KEYS.map((key) => [key, limitSchema(key)])) as Record<
  LimitKey,
  v.GenericSchema<unknown, number>
>;

/** A smaller file is full before anybody has said much. */
const LOG_BYTES_MIN = 65_536;
const logBytes = v.pipe(
  v.union([v.number(), bytesOf]),
  v.integer(),
  v.check((bytes) => bytes === 0 || (bytes >= LOG_BYTES_MIN && bytes <= 2 ** 50)),
);
const logFiles = v.pipe(v.union([v.number(), numberOf]), v.integer(), v.minValue(0), v.maxValue(1000));

export const SCHEMAS = {
  host: v.pipe(v.string(), v.minLength(1)),
  port: v.pipe(v.union([v.number(), numberOf]), v.integer(), v.minValue(0), v.maxValue(65_535)),
  data: path,
  log: path,
  'log-private': boolean,
  'log-size': logBytes,
  'log-files': logFiles,
  'operator-log': path,
  'operator-log-size': logBytes,
  'operator-log-files': logFiles,
  grace: v.pipe(v.union([secondsOf, durationOf]), v.minValue(0), v.maxValue(DAY_MS)),
  engine: v.picklist(ENGINES),
  retain: v.pipe(v.union([v.number(), bytesOf]), v.integer(), v.minValue(1_048_576), v.maxValue(2 ** 50)),
  'retain-count': v.pipe(v.union([v.number(), numberOf]), v.integer(), v.minValue(1), v.maxValue(1e12)),
  // Days or seconds? A wrong guess deletes what was said.
  'retain-age': v.pipe(ageOf, v.minValue(1000), v.maxValue(36_500 * DAY_MS)),
  reserve: v.pipe(v.union([v.number(), bytesOf]), v.integer(), v.minValue(0), v.maxValue(2 ** 50)),
  plain: v.picklist(PLAIN_POLICIES),
  cert: path,
  key: path,
  names: listOf(hostNameOf),
  origins: listOf(originOf),
  'password-file': path,
  'members-only': boolean,
  lab: boolean,
  'rate-for': ratesOf,
  ...LIMIT_SCHEMAS,
  quiet: boolean,
  lang: v.picklist(LANGUAGES),
} as const;

/** The key of a setting. */
export type Key = keyof typeof SCHEMAS;
/** Every key, in the order of the help. */
export const KEYS = Object.keys(SCHEMAS) as Key[];

/** Settings that are written as paths of files. */
export const PATHS: ReadonlySet<string> = new Set<Key>([
  'data',
  'log',
  'operator-log',
  'cert',
  'key',
  'password-file',
]);

/** Checked settings. */
export type Values = { [K in Key]?: v.InferOutput<(typeof SCHEMAS)[K]> };
