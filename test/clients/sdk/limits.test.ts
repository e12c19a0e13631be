import { expect, test } from 'vitest';
import { limitsOf } from '../../../clients/sdk/index.ts';
import { limits, type Welcome } from '../../../src/protocol/index.ts';

function told(inFlight: number, textBytes: number): ReturnType<typeof limitsOf> {
  const said = { frameBytes: 0, textBytes, rooms: 0, inFlight, rate: 0, burst: 0 };
  return limitsOf({ limits: said } as Welcome);
}

test('a limit that the server does not name is the one of the protocol', () => {
  const own = {
    inFlight: limits.APPENDS_IN_FLIGHT_PER_SESSION_MAX,
    textBytes: limits.TEXT_BYTES_MAX,
  };
  expect(limitsOf({ limits: undefined } as Welcome)).toEqual(own);
  expect(told(0, 0)).toEqual(own);
});

test('a limit that it names counts, but no text is longer than the protocol has it', () => {
  expect(told(3, 100)).toEqual({ inFlight: 3, textBytes: 100 });
  expect(told(1_000, 100_000)).toEqual({ inFlight: 1_000, textBytes: limits.TEXT_BYTES_MAX });
});
