import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { estimate, partakers, type Plan, rotated, runAll } from '../../bench/campaign.ts';
import { generatorWords, judged } from '../../bench/fan-out.ts';
import { type LoadResult, parseResult } from '../../bench/generator.ts';
import { holdWords } from '../../bench/hold.ts';
import { type Load, LOADS } from '../../bench/loads.ts';
import { median, quantile, shown } from '../../bench/numbers.ts';
import { wishOf } from '../../bench/options.ts';
import { fillTemplate, writeConfiguration } from '../../bench/peers.ts';
import { pinned, pinningOn } from '../../bench/pinning.ts';
import { type ServerKind, SERVERS } from '../../bench/servers.ts';
import type { Outcome, Setup } from '../../bench/setup.ts';

const SETUP: Setup = {
  folder: '/nowhere',
  pinning: { kind: 'pinned', server: 0, load: 1 },
  seconds: 5,
  isQuick: false,
  paces: new Map(),
  largeLog: () => Promise.reject(new Error('no log')),
};

function loadOf(name: string): Load {
  const load = LOADS.find((one) => one.name === name);
  if (load === undefined) throw new Error(`no load ${name}`);
  return load;
}

function serverOf(name: string): ServerKind {
  const server = SERVERS.find((one) => one.name === name);
  if (server === undefined) throw new Error(`no server ${name}`);
  return server;
}

describe('numbers', () => {
  it('have a median that one of them is', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 2])).toBe(2);
    expect(median([])).toBeNaN();
    expect(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.99)).toBe(10);
  });

  it('are shown with what means something', () => {
    expect([0, 0.0654, 0.123, 12.34, 1234.5, Number.NaN].map(shown)).toEqual([
      '0.00',
      '0.065',
      '0.12',
      '12.3',
      '1,235',
      '–',
    ]);
  });
});

describe('the tables', () => {
  it('have every name once', () => {
    expect(new Set(LOADS.map(({ name }) => name)).size).toBe(LOADS.length);
    expect(new Set(SERVERS.map(({ name }) => name)).size).toBe(SERVERS.length);
  });

  it('have somebody for every load', () => {
    expect(LOADS.filter((load) => partakers(load, SERVERS).length === 0)).toEqual([]);
  });

  it('send at most 64 messages a sender, as our protocol allows', () => {
    const each = LOADS.map(({ measure }) => {
      if (measure.how === 'closed') return measure.window / measure.senders;
      return measure.how === 'append' ? measure.inFlight : 0;
    });
    expect(Math.max(...each)).toBe(64);
  });
});

describe('the words of the generator', () => {
  const { measure: steady } = loadOf('slow-reader');
  const { measure: saturated } = loadOf('saturated');
  const { measure: idle } = loadOf('idle');
  if (steady.how !== 'paced' || saturated.how !== 'closed' || idle.how !== 'hold')
    throw new Error('other loads');

  it('say a pace, and who has stopped', () => {
    const words = generatorWords(steady, {
      server: serverOf('ngircd'),
      port: 7,
      setup: SETUP,
      pace: undefined,
    }).join(' ');
    expect(words).toContain('--protocol irc --host 127.0.0.1 --port 7 --readers 200 --senders 4');
    expect(words).toContain('--rate 500 --seconds 5');
    expect(words).toContain('--stopped 200');
  });

  it('ask for as many messages as the seconds need, and for no fewer than the load has', () => {
    const messages = (pace: number | undefined, isQuick = false): string | undefined => {
      const words = generatorWords(saturated, {
        server: serverOf('naive'),
        port: 7,
        setup: { ...SETUP, isQuick },
        pace,
      });
      return words[words.indexOf('--messages') + 1];
    };
    expect(messages(undefined)).toBe('10000');
    expect(messages(10)).toBe('10000');
    expect(messages(50_000)).toBe('337500');
    expect(messages(50_000, true)).toBe('2500');
  });

  it('have rooms only for servers that have some', () => {
    expect(holdWords(idle, 9_000, serverOf('kentongan'), 7).join(' ')).toContain('--rooms 900');
    expect(holdWords(idle, 1_000, serverOf('nats-server'), 7).join(' ')).toContain('--rooms 100');
    expect(holdWords(idle, 9_000, serverOf('roofline'), 7)).not.toContain('--rooms');
  });
});

const RESULT: LoadResult = {
  messages: 1,
  deliveries: 1,
  seconds: 6,
  deliveriesPerSecond: 1,
  latencyMs: { p50: 1, p99: 1, p999: 1, max: 1 },
  joinSeconds: 1,
  ownCpuSeconds: 1,
  busy: 0.5,
  failed: null,
};

describe('a run of the generator', () => {
  const { measure: paced } = loadOf('steady');
  const { measure: closed } = loadOf('deep');
  if (paced.how !== 'paced' || closed.how !== 'closed') throw new Error('other loads');

  it.each([
    ['paced, busy to the limit', paced, { busy: 0.85 }, 'measured'],
    ['paced, busier', paced, { busy: 0.86 }, 'void'],
    ['closed, busy all the time', closed, { busy: 1 }, 'measured'],
    ['closed, too short', closed, { seconds: 4.9 }, 'void'],
    ['paced, as short as it is', paced, { seconds: 4.9 }, 'measured'],
  ] as const)('%s', (_, crowd, more, kind) => {
    expect(judged(crowd, { ...RESULT, ...more }, {}, SETUP).kind).toBe(kind);
  });

  it('is understood behind other lines, and refused when something is missing', () => {
    expect(parseResult(`ready\n${JSON.stringify(RESULT)}\n`)).toEqual(RESULT);
    expect(parseResult('{"failed":"a gap"}').failed).toBe('a gap');
    expect(() => parseResult('ready\n')).toThrow('said nothing');
    expect(() => parseResult(JSON.stringify({ ...RESULT, busy: undefined }))).toThrow('does not say busy');
  });
});

describe('all runs', () => {
  const [steady, append] = [loadOf('steady'), loadOf('append-1')];
  const servers = ['roofline', 'kentongan', 'naive'].map(serverOf);
  const plan: Plan = { loads: [steady, append], servers, runs: 3, until: Number.POSITIVE_INFINITY };

  function told(outcomes: (load: Load, server: ServerKind, n: number) => Outcome, more: Partial<Plan> = {}) {
    let n = 0;
    return runAll(
      { ...plan, ...more },
      SETUP,
      () => undefined,
      (load, server) => Promise.resolve(outcomes(load, server, n++)),
    );
  }
  const fine: Outcome = { kind: 'measured', figures: {} };

  it('come in another order each time, of those who can', async () => {
    const runs = await told(() => fine);
    expect(runs.filter(({ load }) => load === 'steady').map(({ server }) => server)).toEqual([
      ...['roofline', 'kentongan', 'naive'],
      ...['kentongan', 'naive', 'roofline'],
      ...['naive', 'roofline', 'kentongan'],
    ]);
    expect(runs.filter(({ load }) => load === 'append-1').map(({ server }) => server)).toEqual([
      ...['kentongan', 'kentongan', 'kentongan'],
    ]);
    expect(rotated([], 3)).toEqual([]);
  });

  it('are repeated when void, three times at most, and kept', async () => {
    const empty: Outcome = { kind: 'void', reason: 'busy', figures: {} };
    const runs = await told(
      (_, { name }, n) => (name === 'naive' || (name === 'kentongan' && n === 1) ? empty : fine),
      {
        loads: [steady],
        runs: 1,
      },
    );
    expect(runs.map(({ server, attempt, outcome }) => `${server} ${attempt} ${outcome.kind}`)).toEqual([
      'roofline 1 measured',
      'kentongan 1 void',
      'kentongan 2 measured',
      'naive 1 void',
      'naive 2 void',
      'naive 3 void',
    ]);
  });

  it('are not begun when there is no time left', async () => {
    const runs = await told(() => fine, { until: 0, runs: 1, loads: [append] });
    expect(runs.map(({ outcome }) => outcome)).toEqual([{ kind: 'skipped', reason: 'no time left' }]);
  });

  it('take longer the more there are', () => {
    expect(estimate(plan, SETUP)).toBeGreaterThan(3 * 3 * 5);
    expect(estimate({ ...plan, runs: 6 }, SETUP)).toBeCloseTo(2 * estimate(plan, SETUP), 6);
  });

  it('take less than a minute when quick', () => {
    const loads = LOADS.filter(({ isQuick }) => isQuick);
    expect(
      estimate({ ...plan, loads, servers: SERVERS, runs: 1 }, { seconds: 1, isQuick: true }),
    ).toBeLessThan(60);
  });
});

describe('cores', () => {
  it('are one for each where there are two', () => {
    const pinning = pinningOn([2, 5, 7]);
    expect(pinning).toEqual({ kind: 'pinned', server: 2, load: 5 });
    expect(pinned(['a', 'b'], pinning, 'load')).toEqual(['taskset', '-c', '5', 'a', 'b']);
  });

  it('are said to be too few where there is one, or none is known', () => {
    expect(pinningOn([3]).kind).toBe('one core');
    expect(pinningOn([]).kind).toBe('free');
    expect(pinned(['a'], pinningOn([]), 'server')).toEqual(['a']);
  });
});

describe('the peers’ settings', () => {
  it.each([
    ['inspircd.conf', 'port="7661"'],
    ['ngircd.conf', 'Ports = 7661'],
    ['nats.conf', 'port: 7661'],
  ])('%s has no place left empty', (name, expected) => {
    const folder = mkdtempSync(join(tmpdir(), 'kentongan-test-'));
    try {
      const place = { folder, port: 7661, pinning: SETUP.pinning };
      const file = writeConfiguration(name, process.execPath, place);
      const text = readFileSync(file, 'utf8');
      expect(text).toContain(expected);
      expect(text.replaceAll(/^#.*$/gm, '')).not.toContain('{{');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuse a place for which there is no value', () => {
    expect(() => fillTemplate('{{a}} {{b}}', { a: '1' })).toThrow('{{b}} has no value');
  });
});

describe('the words of the command', () => {
  it.each([
    [['--help'], 'help'],
    [['list'], 'list'],
    [['report', 'a.json', '--publish'], 'report'],
    [['--guard'], 'guard'],
    [[], 'run'],
    [['report'], 'wrong'],
    [['--guard', 'steady'], 'wrong'],
    [['stedy'], 'wrong'],
    [['--only', 'nginx'], 'wrong'],
    [['--runs', '0'], 'wrong'],
    [['--runs', 'many'], 'wrong'],
    [['--what'], 'wrong'],
  ])('%j are %s', (words, kind) => {
    expect(wishOf(words).kind).toBe(kind);
  });

  it('choose loads by name or group, servers by name, and are kept without this machine’s directories', () => {
    const wish = wishOf([
      'append',
      'steady',
      '--only',
      'kentongan,nats',
      '--runs',
      '2',
      '--out',
      '/a',
      '--folder',
      '/b',
    ]);
    if (wish.kind !== 'run') throw new Error(JSON.stringify(wish));
    expect(wish.loads.map(({ name }) => name)).toEqual([
      'steady',
      'append-1',
      'append-20',
      'append-200',
      'append-200x64',
    ]);
    expect(wish.servers.map(({ name }) => name)).toEqual(['kentongan', 'nats-server']);
    expect(wish.words).toEqual(['append', 'steady', '--runs', '2', '--only', 'kentongan,nats']);
  });
});
