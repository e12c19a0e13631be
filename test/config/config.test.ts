import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Config,
  environmentSource,
  fileSource,
  flagSource,
  KEYS,
  resolveConfig,
  type Source,
} from '../../src/config/config.ts';
import { LIMIT_KEYS, LIMIT_OPTIONS, limitOf, limitText } from '../../src/config/limits.ts';
import { readConfigFile } from '../../src/config/file.ts';
import { StartError } from '../../src/texts/start-error.ts';
import { textsOf } from '../../src/texts/texts.ts';

const CWD = resolve('/somewhere');
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kentongan-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function failure(action: () => unknown): StartError {
  try {
    action();
  } catch (error) {
    if (error instanceof StartError) return error;
    throw error;
  }
  throw new Error('this should have failed');
}

test('without any setting everything has its default', () => {
  expect(resolveConfig([], CWD)).toEqual({
    host: undefined,
    port: 7660,
    data: resolve(CWD, 'kentongan-data'),
    log: resolve(CWD, 'kentongan-data/chat.log'),
    logPrivate: false,
    logBytes: 67_108_864,
    logFiles: 10,
    operatorLog: resolve(CWD, 'kentongan-data/operator.log'),
    operatorLogBytes: 67_108_864,
    operatorLogFiles: 10,
    graceMs: 30_000,
    engine: 'sqlite',
    retainBytes: undefined,
    retainCount: undefined,
    retainAgeMs: undefined,
    reserveBytes: 67_108_864,
    plain: 'loopback',
    cert: undefined,
    key: undefined,
    names: [],
    origins: [],
    passwordFile: undefined,
    membersOnly: false,
    lab: false,
    rateFor: new Map(),
    connections: 10_000,
    connectionsPerAddress: 128,
    newcomers: 128,
    handshakeTimeoutMs: 5_000,
    helloTimeoutMs: 10_000,
    hellos: 5,
    attempts: 60,
    rate: 200,
    burst: 400,
    requests: 50,
    roomsPerSession: 64,
    roomsMax: 10_000,
    heldPerAddress: 64,
    bindingsPerAddress: 50,
    boundNamesMax: 10_000,
    boundTtlMs: 15_552_000_000,
    stallMs: 30_000,
    pingIntervalMs: 15_000,
    quiet: false,
    lang: undefined,
  });
});

test('the profile of a lab loosens some limits, and what is said explicitly wins over it, wherever it stands', () => {
  const lab = resolveConfig([flagSource({ lab: true }, CWD)], CWD);
  const [usual, both] = [resolveConfig([], CWD), { lab: 'on', 'retain-age': '7d', attempts: '5' }];
  expect(lab).toEqual({
    ...usual,
    lab: true,
    retainAgeMs: 86_400_000,
    connectionsPerAddress: 1_000,
    attempts: 600,
    heldPerAddress: 1_000,
    bindingsPerAddress: 1_000,
  });
  const file = fileSource(both, '/etc/k.toml');
  expect(resolveConfig([file], CWD)).toEqual({ ...lab, retainAgeMs: 604_800_000, attempts: 5 });
  expect(resolveConfig([flagSource({ lab: false }, CWD), file], CWD)).toEqual({
    ...usual,
    retainAgeMs: 604_800_000,
    attempts: 5,
  });
});

const TEXTS = {
  port: ['1', '2', '3'],
  host: ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
  log: ['/a', '/b', '/c'],
};

function values(keys: readonly string[], place: number): Record<string, string | undefined> {
  return Object.fromEntries(keys.map((key) => [key, TEXTS[key as keyof typeof TEXTS][place]]));
}

test('flags win over the environment, that over the file, for any set of settings in each', () => {
  const settings = fc.subarray(KEYS.filter((key) => key === 'port' || key === 'host' || key === 'log'));
  fc.assert(
    fc.property(settings, settings, settings, (flags, environment, file) => {
      const variables = Object.fromEntries(
        Object.entries(values(environment, 1)).map(([key, value]) => [
          `KENTONGAN_${key.toUpperCase()}`,
          value,
        ]),
      );
      const config = resolveConfig(
        [
          flagSource(values(flags, 0), CWD),
          environmentSource(variables, CWD),
          fileSource(values(file, 2), '/etc/k.toml'),
        ],
        CWD,
      );
      for (const key of ['port', 'host', 'log'] as const) {
        const place = [flags, environment, file].findIndex((keys) => keys.includes(key));
        const expected = place < 0 ? undefined : TEXTS[key][place];
        if (expected !== undefined) expect(String(config[key]).replace(/^[A-Z]:/, '')).toBe(expected);
      }
    }),
  );
});

test('each setting has a flag, a variable and a key, and reads the same from all three', () => {
  const examples: Record<string, string> = {
    host: '127.0.0.1',
    port: '7000',
    data: '/srv/chat',
    log: '/var/log/chat.log',
    'log-private': 'true',
    'log-size': '1MiB',
    'log-files': '3',
    'operator-log': '-',
    'operator-log-size': '0',
    'operator-log-files': '0',
    grace: '2m',
    engine: 'memory',
    retain: '1GiB',
    'retain-count': '1000',
    'retain-age': '30d',
    reserve: '0',
    plain: 'lan',
    cert: '/etc/chat/cert.pem',
    key: '/etc/chat/key.pem',
    names: 'chat.example,192.0.2.7',
    origins: 'https://chat.example',
    'password-file': '/etc/chat/password',
    'members-only': 'true',
    lab: 'true',
    'rate-for': 'bot=1000',
    ...Object.fromEntries(LIMIT_KEYS.map((key) => [key, limitText(key, limitOf(key).max)])),
    quiet: 'yes',
    lang: 'id',
  };
  for (const key of KEYS) {
    const value = examples[key];
    expect(value, `an example for ${key}`).toBeDefined();
    const variable = `KENTONGAN_${key.toUpperCase().replaceAll('-', '_')}`;
    const [flag, environment, file] = [
      flagSource({ [key]: value }, CWD),
      environmentSource({ [variable]: value }, CWD),
      fileSource({ [key]: value }, join(CWD, 'k.toml')),
    ].map((source) => resolveConfig([source], CWD));
    expect(flag).not.toEqual(resolveConfig([], CWD));
    expect(environment).toEqual(flag);
    expect(file).toEqual(flag);
  }
});

function only(key: string, value: unknown): Config {
  return resolveConfig([flagSource({ [key]: value }, CWD)], CWD);
}

describe('values', () => {
  test.each([
    ['30s', 30_000],
    ['500ms', 500],
    ['2m', 120_000],
    ['1.5h', 5_400_000],
    ['0', 0],
    ['45', 45_000],
    [45, 45_000],
  ])('a time of %s', (text, ms) => {
    expect(only('grace', text).graceMs).toBe(ms);
  });

  test.each([
    ['30d', 2_592_000_000],
    ['12h', 43_200_000],
    ['1.5d', 129_600_000],
    ['3600s', 3_600_000],
  ])('an age of %s', (text, ms) => {
    expect(only('retain-age', text).retainAgeMs).toBe(ms);
  });

  test.each([
    ['0', 0],
    [0, 0],
    ['1GiB', 1_073_741_824],
  ])('a reserve of %s', (text, bytes) => {
    expect(only('reserve', text).reserveBytes).toBe(bytes);
  });

  test.each([
    ['64MiB', 67_108_864],
    ['64 mib', 67_108_864],
    ['100M', 100_000_000],
    ['2GB', 2_000_000_000],
    ['1.5TiB', 1_649_267_441_664],
    ['1048576', 1_048_576],
    [1_048_576, 1_048_576],
  ])('a size of %s', (text, bytes) => {
    expect(only('retain', text).retainBytes).toBe(bytes);
  });

  test.each([
    ['names', 'Chat.Example, fe80::1,', { names: ['chat.example', 'fe80::1'] }],
    ['names', ['a', 'b.local'], { names: ['a', 'b.local'] }],
    [
      'origins',
      'https://Chat.Example:8443/,http://a',
      { origins: ['https://chat.example:8443', 'http://a'] },
    ],
    [
      'rate-for',
      'bot=1000, juru.tulis = 0',
      {
        rateFor: new Map([
          ['bot', 1000],
          ['juru.tulis', 0],
        ]),
      },
    ],
    ['rate-for', { bot: 1000, _: 5 }, undefined],
    ['rate-for', { bot: 1000 }, { rateFor: new Map([['bot', 1000]]) }],
    ['rate-for', '', { rateFor: new Map() }],
    ['plain', 'lan', { plain: 'lan' }],
    ['bound-ttl', '1d', { boundTtlMs: 86_400_000 }],
    ['stall', 45, { stallMs: 45_000 }],
    ['ping-interval', '500ms', { pingIntervalMs: 500 }],
  ])('%s = %j', (key, value, expected) => {
    if (expected === undefined) expect(failure(() => only(key, value)).key).toBe(`config.bad.${key}`);
    else expect(only(key, value)).toMatchObject(expected);
  });

  test.each(LIMIT_KEYS)('%s has a range, and says it', (key) => {
    const { unit, min, max, default: usual, lab = usual } = limitOf(key);
    const step = unit === 'count' ? 1 : unit === 'time' ? 1 : 86_400_000;
    for (const value of [min, usual, lab, max]) {
      expect(only(key, limitText(key, value))[LIMIT_OPTIONS[key]], String(value)).toBe(value);
    }
    for (const value of [limitText(key, min - step), limitText(key, max + step), 'x', '1.5', '-1', true]) {
      if (value === '1.5' && unit === 'time') continue;
      const error = failure(() => only(key, value));
      expect(error.exitCode).toBe(2);
      for (const language of ['en', 'id'] as const) {
        const text = error.text(textsOf(language));
        expect(text).toMatch(new RegExp(`^--${key}: `));
        expect(text).toContain(limitText(key, min));
        expect(text).toContain(limitText(key, max));
      }
    }
  });

  test.each([
    ['plain', 'never'],
    ['cert', ''],
    ['key', 7],
    ['names', 'a b'],
    ['names', '-a'],
    ['names', 'a..b'],
    ['names', '*.example'],
    ['origins', 'chat.example'],
    ['origins', 'https://chat.example/room'],
    ['origins', 'https://a@chat.example'],
    ['origins', 'null'],
    ['origins', 'file:///'],
    ['password-file', ''],
    ['members-only', 'some'],
    ['lab', 'maybe'],
    ['rate-for', 'bot'],
    ['rate-for', 'bot=-1'],
    ['rate-for', 'bot=1000001'],
    ['rate-for', '=5'],
    ['rate-for', 'a b=5'],
    ['port', '65536'],
    ['port', '-1'],
    ['port', '1e3'],
    ['port', ' 80'],
    ['port', 80.5],
    ['port', true],
    ['host', ''],
    ['data', ''],
    ['log', 'a\0b'],
    ['log-private', 'perhaps'],
    ['log-size', '1k'],
    ['log-size', '-1'],
    ['log-files', '1001'],
    ['log-files', 'many'],
    ['operator-log', 3],
    ['operator-log-size', '65535'],
    ['operator-log-files', '-1'],
    ['grace', '25h'],
    ['grace', '-1'],
    ['grace', 'soon'],
    ['retain', '1k'],
    ['retain', '1PB'],
    ['retain', '1025TiB'],
    ['engine', 'redis'],
    ['engine', ''],
    ['retain-count', '0'],
    ['retain-count', '1.5'],
    ['retain-count', 'many'],
    ['retain-age', '0'],
    ['retain-age', '5'],
    ['retain-age', '86400'],
    ['retain-age', 86_400],
    ['retain-age', '999ms'],
    ['retain-age', '36501d'],
    ['retain-age', '1y'],
    ['reserve', '-1'],
    ['reserve', 'some'],
    ['quiet', 'TRUEish'],
    ['lang', 'fr'],
  ])('%s = %j is refused, naming key, place and value', (key, value) => {
    const error = failure(() => only(key, value));
    expect(error.key).toBe(`config.bad.${key}`);
    expect(error.exitCode).toBe(2);
    for (const language of ['en', 'id'] as const) {
      expect(error.text(textsOf(language))).toMatch(new RegExp(`^--${key}: `));
    }
  });

  test('a bad value is refused even where a stronger place overrides it', () => {
    const weak: Source = environmentSource({ KENTONGAN_PORT: 'x' }, CWD);
    const error = failure(() => resolveConfig([flagSource({ port: '1' }, CWD), weak], CWD));
    expect(error.text(textsOf('en'))).toMatch(/^KENTONGAN_PORT: "x" is no port/);
  });

  test('an empty variable is an unset one; variables of other purposes do not matter', () => {
    const source = environmentSource(
      { KENTONGAN_PORT: '', KENTONGAN_STATE: '/x', KENTONGAN_CONFIG: 'y' },
      CWD,
    );
    expect(resolveConfig([source], CWD)).toEqual(resolveConfig([], CWD));
  });
});

function write(text: string): string {
  const path = join(directory, 'kentongan.toml');
  writeFileSync(path, text);
  return path;
}

describe('the file', () => {
  test('has TOML types, and paths relative to itself', () => {
    const path = write(
      'port = 7700\nlog-private = true\ngrace = "1m"\nlog = "logs/chat.log"\noperator-log = "-"\n',
    );
    const config = resolveConfig([readConfigFile(path, CWD)], CWD);
    expect(config).toMatchObject({
      port: 7700,
      logPrivate: true,
      graceMs: 60_000,
      log: join(directory, 'logs/chat.log'),
      operatorLog: '-',
      data: resolve(CWD, 'kentongan-data'),
    });
  });

  test('an unknown key is refused, naming it, the file, and what there is', () => {
    const path = write('prot = 7700\n');
    const error = failure(() => resolveConfig([readConfigFile(path, CWD)], CWD));
    expect(error.text(textsOf('en'))).toBe(
      `prot (${path}): there is no such setting. There are: ${KEYS.join(', ')}.`.replaceAll('\\', '\\\\'),
    );
    expect(error.exitCode).toBe(2);
  });

  test.each(['__proto__', 'constructor', 'toString'])('%s is no key', (key) => {
    const path = write(`${key} = 1\n`);
    expect(failure(() => resolveConfig([readConfigFile(path, CWD)], CWD)).key).toBe('config.unknown');
  });

  test('what is no TOML is refused with line and column', () => {
    const error = failure(() => readConfigFile(write('port = 7700\nhost = \n'), CWD));
    expect(error.key).toBe('config.toml');
    expect(error.values).toMatchObject({ line: 2 });
  });

  test('a file that is not there is refused', () => {
    const error = failure(() => readConfigFile(join(directory, 'missing.toml'), CWD));
    expect(error.text(textsOf('en'))).toContain('missing.toml can not be read (ENOENT)');
  });
});
