// What one run will be like: everything that is decided before it starts.
import type { Random } from '../support/random.ts';

export interface Plan {
  readonly seed: number;
  readonly people: number;
  readonly strangers: number;
  /** Those who want the names of others. */
  readonly impostors: number;
  /** How often somebody has a key. */
  readonly keyed: number;
  readonly rooms: readonly string[];
  /** How long things go wrong, virtual milliseconds. */
  readonly troubleMs: number;
  /** How often one person does something, virtual milliseconds. */
  readonly paceMs: number;
  /** The longest text, bytes. */
  readonly textBytesMax: number;
  /** How often a newcomer only listens. */
  readonly quiet: number;
  /** Expected number of each during the trouble. */
  readonly crashes: number;
  readonly lostDisks: number;
  /** Stops in good order, and starts behind them. */
  readonly restarts: number;
  readonly diskTroubles: number;
  readonly truncations: number;
  readonly clockJumps: number;
  /** Bound names that an operator releases. */
  readonly releases: number;
  /** Entries that an operator erases. */
  readonly erasures: number;
  /** Expected cuts of each person's connections. */
  readonly cuts: number;
  readonly drains: boolean;
  readonly hub: {
    readonly windowBytes: number;
    readonly pingIntervalMs: number;
    readonly stallMs: number;
    readonly graceMs: number;
    readonly restartGraceMs: number;
    readonly helloTimeoutMs: number;
    readonly unwelcomedMax: number;
    readonly rate: number;
    readonly burst: number;
    readonly requestRate: number;
    readonly requestBurst: number;
  };
}

/** Every so many seeds a crowd. */
export const CROWD_EVERY = 32;

export function drawPlan(seed: number, random: Random): Plan {
  const crowd = seed % CROWD_EVERY === 0;
  return crowd ? drawCrowd(seed, random) : drawGroup(seed, random);
}

function drawGroup(seed: number, random: Random): Plan {
  const people = random.chance(0.8) ? random.between(2, 9) : random.between(10, random.chance(0.1) ? 60 : 24);
  const troubleMs = random.between(4_000, 24_000);
  const rough = random.float();
  return {
    seed,
    people,
    strangers: random.chance(0.6) ? random.between(1, 4) : 0,
    impostors: random.chance(0.3) ? random.between(1, 2) : 0,
    keyed: random.pick([0, 0.2, 0.4, 0.8]),
    rooms: ['lobby', 'dapur', 'kelas-1'].slice(0, random.pick([1, 1, 2, 3])),
    troubleMs,
    paceMs: people > 20 ? 4_000 : random.pick([300, 800, 1_500, 3_000]),
    textBytesMax: people <= 9 && random.chance(0.12) ? 16_384 : random.pick([40, 120, 120, 900]),
    quiet: random.pick([0, 0.1, 0.1, 0.3]),
    crashes: random.chance(0.4) ? random.between(1, 3) : 0,
    lostDisks: random.chance(0.12) ? 1 : 0,
    restarts: random.chance(0.25) ? 1 : 0,
    diskTroubles: random.chance(0.5) ? random.between(1, 5) : 0,
    truncations: random.chance(0.4) ? random.between(2, 12) : 0,
    clockJumps: random.chance(0.2) ? 2 : 0,
    releases: random.chance(0.3) ? random.between(1, 3) : 0,
    cuts: rough * random.pick([0, 1, 3, 6]),
    drains: random.chance(0.3),
    hub: drawHub(random),
    erasures: random.chance(0.4) ? random.between(1, 12) : 0,
  };
}

/** 200 people and more; each says a little, so that at least 200 messages reach all of them. */
function drawCrowd(seed: number, random: Random): Plan {
  const people = random.chance(0.1) ? random.between(300, 500) : random.between(200, 215);
  return {
    seed,
    people,
    strangers: random.between(0, 2),
    impostors: random.between(0, 1),
    keyed: 0.1,
    rooms: ['lobby'],
    troubleMs: 15_000,
    paceMs: people > 240 ? 13_000 : 9_500,
    textBytesMax: 60,
    quiet: people > 240 ? 0.9 : 0.6,
    crashes: random.chance(0.15) ? 1 : 0,
    lostDisks: 0,
    restarts: random.chance(0.1) ? 1 : 0,
    diskTroubles: random.chance(0.3) ? 1 : 0,
    truncations: random.chance(0.2) ? 1 : 0,
    clockJumps: 0,
    releases: random.between(0, 1),
    cuts: random.float() * 0.3,
    drains: false,
    hub: { ...drawHub(random), unwelcomedMax: 600 },
    erasures: random.chance(0.5) ? random.between(1, 6) : 0,
  };
}

function drawHub(random: Random): Plan['hub'] {
  return {
    windowBytes: 131_072,
    pingIntervalMs: random.pick([2_000, 5_000, 15_000]),
    stallMs: random.pick([4_000, 10_000, 30_000]),
    graceMs: random.pick([0, 1_000, 5_000, 30_000]),
    restartGraceMs: random.pick([5_000, 20_000, 60_000]),
    helloTimeoutMs: random.pick([3_000, 10_000]),
    unwelcomedMax: random.pick([4, 128, 128]),
    ...drawRates(random),
  };
}

/** The defaults, none, and some that everybody feels. */
function drawRates(random: Random): Pick<Plan['hub'], 'rate' | 'burst' | 'requestRate' | 'requestBurst'> {
  const [rate, burst] = random.pick([
    [200, 400],
    [200, 400],
    [0, 0],
    [40, 80],
    [10, 20],
    [3, 3],
  ] as const);
  const [requestRate, requestBurst] = random.pick([
    [50, 200],
    [50, 200],
    [0, 0],
    [10, 20],
  ] as const);
  return { rate, burst, requestRate, requestBurst };
}
