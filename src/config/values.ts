// How settings are written as text: in flags, in the environment, and in the file where TOML has no type.
import * as v from 'valibot';

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

export const DAY_MS = 86_400_000;

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
