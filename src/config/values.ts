// How settings are written as text: in flags, in the environment, and in the file where TOML has no type.
import { isIP } from 'node:net';
import * as v from 'valibot';
import { isName } from '../protocol/index.ts';
import { DAY_MS } from './defaults.ts';

/** `7660` */
export const numberOf: v.GenericSchema<unknown, number> = v.pipe(
  v.string(),
  v.regex(/^\d{1,15}$/),
  v.transform(Number),
);

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
};

/** `true`, `yes`, `on`, `1`, or the contrary. */
export const booleanOf: v.GenericSchema<unknown, boolean> = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.check((text) => Object.hasOwn(BOOLEANS, text)),
  v.transform((text) => BOOLEANS[text] === true),
);

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: DAY_MS,
  '': 1000,
};

/** `30s`, `2m`, `500ms`, `1h`, `30d`; without a unit seconds. In milliseconds. */
export const durationOf: v.GenericSchema<unknown, number> = measured(
  /^(\d+(?:\.\d+)?)(ms|s|m|h|d|)$/,
  DURATION_UNITS,
);

/** As `durationOf`, and never without a unit. */
export const ageOf: v.GenericSchema<unknown, number> = measured(
  /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/,
  DURATION_UNITS,
);

const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1000,
  ki: 1024,
  m: 1_000_000,
  mi: 1_048_576,
  g: 1_000_000_000,
  gi: 1_073_741_824,
  t: 1_000_000_000_000,
  ti: 1_099_511_627_776,
};

/** `64MiB`, `64M`, `2TiB`, `67108864`. In bytes. */
export const bytesOf: v.GenericSchema<unknown, number> = measured(
  /^(\d+(?:\.\d+)?)([kmgt]i?|)b?$/,
  BYTE_UNITS,
);

function measured(shape: RegExp, units: Readonly<Record<string, number>>): v.GenericSchema<unknown, number> {
  return v.pipe(
    v.string(),
    v.transform((text) => text.toLowerCase().replaceAll(' ', '')),
    v.regex(shape),
    v.transform((text) => {
      const [, amount = '', unit = ''] = shape.exec(text) ?? [];
      return Math.round(Number(amount) * (units[unit] ?? 1));
    }),
  );
}

/** `a,b`, or a list of TOML. Spaces around the parts and empty parts do not count. */
export function listOf(one: v.GenericSchema<string, string>): v.GenericSchema<unknown, string[]> {
  const parts = v.pipe(
    v.string(),
    v.transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    ),
  );
  return v.pipe(v.union([v.array(v.string()), parts]), v.array(one));
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*$/;

/** A host name or an IP address, in lower case. */
export const hostNameOf: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.check((text) => HOST_NAME.test(text) || isIP(text) !== 0),
);

/** Where a page comes from, as browsers write it (RFC 6454 §6.2): `https://chat.example` and nothing behind it. */
export const originOf: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.transform((text) => (URL.canParse(text) ? new URL(text) : undefined)),
  v.check((url) => url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`),
  v.transform((url) => url?.origin ?? ''),
);

const RATE_MAX = 1_000_000;
const rate = v.pipe(v.union([v.number(), numberOf]), v.integer(), v.minValue(0), v.maxValue(RATE_MAX));
const name = v.pipe(
  v.string(),
  v.check((text) => isName(text.normalize('NFKC'))),
);

/** `bot=1000,guru=500`, or a table of TOML: who may send how many messages a second. */
export const ratesOf: v.GenericSchema<unknown, ReadonlyMap<string, number>> = v.pipe(
  v.union([
    v.pipe(
      v.record(v.string(), v.unknown()),
      v.transform((table) => Object.entries(table)),
    ),
    v.pipe(
      listOf(v.string()),
      v.transform((pairs) => pairs.map((pair) => splitAt(pair, pair.lastIndexOf('=')))),
    ),
  ]),
  v.array(v.tuple([name, rate])),
  v.transform((pairs) => new Map(pairs)),
);

/** What stands before and behind one character. */
function splitAt(text: string, at: number): [string, string] {
  return [text.slice(0, Math.max(0, at)).trim(), text.slice(at + 1).trim()];
}
