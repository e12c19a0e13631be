// Every limit that an operator may set: one table, from which flags, keys, help, checks and defaults come.
import { DAY_MS } from './defaults.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const RATE = 200;
/** Who says a rate alone gets a burst of so many seconds of it. */
const BURST_SECONDS = 2;

/** How a limit is written: a whole number, a time (milliseconds here), or one that needs its unit. */
type Unit = 'count' | 'time' | 'age';

interface Limit {
  readonly unit: Unit;
  readonly min: number;
  readonly max: number;
  readonly default: number;
  /** What the profile for a room of learners makes of it, who may all come from one address. */
  readonly lab?: number;
}

/** In the order of the help. A key is the flag without its dashes. */
export const LIMITS = {
  connections: { unit: 'count', min: 1, max: 1_000_000, default: 10_000 },
  'connections-per-address': { unit: 'count', min: 1, max: 1_000_000, default: 128, lab: 1_000 },
  newcomers: { unit: 'count', min: 1, max: 100_000, default: 128 },
  'handshake-timeout': { unit: 'time', min: 100, max: 10 * MINUTE_MS, default: 5 * SECOND_MS },
  'hello-timeout': { unit: 'time', min: 100, max: 10 * MINUTE_MS, default: 10 * SECOND_MS },
  hellos: { unit: 'count', min: 1, max: 100, default: 5 },
  attempts: { unit: 'count', min: 1, max: 1_000_000, default: 60, lab: 600 },
  rate: { unit: 'count', min: 0, max: 1_000_000, default: RATE },
  burst: { unit: 'count', min: 1, max: 2_000_000, default: BURST_SECONDS * RATE },
  requests: { unit: 'count', min: 0, max: 1_000_000, default: 50 },
  'rooms-per-session': { unit: 'count', min: 1, max: 1_000, default: 64 },
  rooms: { unit: 'count', min: 1, max: 1_000_000, default: 10_000 },
  'held-per-address': { unit: 'count', min: 0, max: 1_000_000, default: 64, lab: 1_000 },
  'bindings-per-address': { unit: 'count', min: 0, max: 1_000_000, default: 50, lab: 1_000 },
  'bound-names': { unit: 'count', min: 1, max: 100_000, default: 10_000 },
  'bound-ttl': { unit: 'age', min: DAY_MS, max: 36_500 * DAY_MS, default: 180 * DAY_MS },
  stall: { unit: 'time', min: SECOND_MS, max: HOUR_MS, default: 30 * SECOND_MS },
  'ping-interval': { unit: 'time', min: 100, max: 10 * MINUTE_MS, default: 15 * SECOND_MS },
} as const satisfies Readonly<Record<string, Limit>>;

export type LimitKey = keyof typeof LIMITS;
export const LIMIT_KEYS = Object.keys(LIMITS) as LimitKey[];

/** One limit of the table. */
export function limitOf(key: LimitKey): Limit {
  return LIMITS[key];
}

/** What applies where nobody has said anything. Times in milliseconds. */
export interface LimitValues {
  /** Connections in all. */
  readonly connections: number;
  /** Connections from one address (of IPv6 its first 64 bits). */
  readonly connectionsPerAddress: number;
  /** Connections without a Welcome. */
  readonly newcomers: number;
  /** For each step before the first frame: the first byte, TLS, an HTTP request. */
  readonly handshakeTimeoutMs: number;
  /** From the first byte to the Welcome. */
  readonly helloTimeoutMs: number;
  /** Hellos on one connection. */
  readonly hellos: number;
  /** Hellos from one address that may fail in a minute. */
  readonly attempts: number;
  /** Messages a second and session, 0 = any number. */
  readonly rate: number;
  /** Messages that a session may send at once; twice the rate where it is not given. */
  readonly burst: number;
  /** Other requests a second and session, 0 = any number; four times as many at once. */
  readonly requests: number;
  /** Rooms that one session may be in. */
  readonly roomsPerSession: number;
  /** Rooms in all, private ones, too. */
  readonly roomsMax: number;
  /** Names that lost connections from one address may hold. */
  readonly heldPerAddress: number;
  /** Names that may be bound from one address in a day. */
  readonly bindingsPerAddress: number;
  /** Names that may be bound in all. */
  readonly boundNamesMax: number;
  /** A bound name that nobody uses for so long is free again. */
  readonly boundTtlMs: number;
  /** How long a client may take over an unanswered Ping. */
  readonly stallMs: number;
  /** A silent client is asked so often whether it is there. */
  readonly pingIntervalMs: number;
}

/** How programs call what operators call otherwise: times say their unit, and `rooms` is a list already. */
export const LIMIT_OPTIONS = {
  connections: 'connections',
  'connections-per-address': 'connectionsPerAddress',
  newcomers: 'newcomers',
  'handshake-timeout': 'handshakeTimeoutMs',
  'hello-timeout': 'helloTimeoutMs',
  hellos: 'hellos',
  attempts: 'attempts',
  rate: 'rate',
  burst: 'burst',
  requests: 'requests',
  'rooms-per-session': 'roomsPerSession',
  rooms: 'roomsMax',
  'held-per-address': 'heldPerAddress',
  'bindings-per-address': 'bindingsPerAddress',
  'bound-names': 'boundNamesMax',
  'bound-ttl': 'boundTtlMs',
  stall: 'stallMs',
  'ping-interval': 'pingIntervalMs',
} as const satisfies Readonly<Record<LimitKey, keyof LimitValues>>;

/** All limits: what is given, and else the defaults, of the profile if it is wanted. */
export function limitValues(given: Readonly<Partial<Record<LimitKey, number>>>, lab = false): LimitValues {
  const values = LIMIT_KEYS.map((key) => {
    const { default: usual, lab: inLab = usual } = limitOf(key);
    return [LIMIT_OPTIONS[key], given[key] ?? (lab ? inLab : usual)] as const;
  });
  const all = Object.fromEntries(values) as unknown as LimitValues;
  return given.burst === undefined ? { ...all, burst: BURST_SECONDS * all.rate } : all;
}

const WRITTEN: ReadonlyArray<readonly [ms: number, unit: string]> = [
  [DAY_MS, 'd'],
  [HOUR_MS, 'h'],
  [MINUTE_MS, 'm'],
  [SECOND_MS, 's'],
];

/** A value as an operator writes it: `128`, `5s`, `180d`. */
export function limitText(key: LimitKey, value: number): string {
  return limitOf(key).unit === 'count' ? String(value) : timeText(value);
}

/** Milliseconds as an operator writes them. */
export function timeText(value: number): string {
  const [ms, unit] = WRITTEN.find(([one]) => value >= one && value % one === 0) ?? [1, 'ms'];
  return `${value / ms}${unit}`;
}
