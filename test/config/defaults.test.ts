// What holds where nobody has said anything is the same everywhere: in the configuration, in a program that embeds a
// server, and in the parts alone. Core and net may not import the configuration; so their own tables are compared here.
import { describe, expect, test } from 'vitest';
import { flagSource, resolveConfig } from '../../src/config/config.ts';
import { LIMIT_OPTIONS } from '../../src/config/limits.ts';
import { settingsOf } from '../../src/core/options.ts';
import { PORT_DEFAULTS } from '../../src/net/port.ts';
import { serverSettings } from '../../src/server/options.ts';

const core = settingsOf({ software: '' });

test('the defaults of the core are those of the configuration', () => {
  const { core: given, graceMs, rooms, limits } = serverSettings({});
  expect(Object.keys(given).length).toBeGreaterThan(15);
  expect(core).toMatchObject({ ...given, graceMs, rooms, connectionsMax: limits.connections });
});

test('the defaults of the port are those of the configuration', () => {
  const { plain, limits, handshakeMs } = serverSettings({}).net;
  expect(PORT_DEFAULTS).toEqual({ plain, limits, handshakeMs });
});

test('those of the command line are those of a program', () => {
  const config = resolveConfig([], '/somewhere');
  const { limits, logFiles, operatorLogFiles, graceMs, reserveBytes, engine, net } = serverSettings({});
  for (const key of Object.values(LIMIT_OPTIONS)) expect(config[key], key).toBe(limits[key]);
  expect(config).toMatchObject({ graceMs, reserveBytes, engine, plain: net.plain });
  expect({ bytesMax: config.logBytes, filesMax: config.logFiles }).toEqual(logFiles);
  expect({ bytesMax: config.operatorLogBytes, filesMax: config.operatorLogFiles }).toEqual(operatorLogFiles);
});

describe('the burst', () => {
  test.each([
    [{}, 200, 400],
    [{ rate: 50 }, 50, 100],
    [{ rate: 1_000_000 }, 1_000_000, 2_000_000],
    [{ rate: 50, burst: 60 }, 50, 60],
    [{ burst: 60 }, 200, 60],
    // Nothing is limited, so that nothing comes at once either.
    [{ rate: 0 }, 0, 0],
  ] as const)('of %j follows the rate', (given, rate, burst) => {
    const expected = { rate, burst };
    expect(resolveConfig([flagSource({ ...given }, '/')], '/')).toMatchObject(expected);
    expect(serverSettings(given).limits).toMatchObject(expected);
    expect(serverSettings(given).core).toMatchObject(expected);
    expect(settingsOf({ software: '', ...given })).toMatchObject(expected);
  });

  test('follows it wherever each of them is said', () => {
    const [flag, file] = [flagSource({ rate: '10' }, '/'), flagSource({ burst: '7' }, '/')];
    expect(resolveConfig([flag, file], '/')).toMatchObject({ rate: 10, burst: 7 });
  });
});
