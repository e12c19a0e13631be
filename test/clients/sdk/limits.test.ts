import { expect, test } from 'vitest';
import { limitsOf } from '../../../clients/sdk/index.ts';
import { limits, type Welcome } from '../../../src/protocol/index.ts';

function told(inFlight: number, textBytes: number, rate = 0): ReturnType<typeof limitsOf> {
  const said = { frameBytes: 0, textBytes, rooms: 0, inFlight, rate, burst: 0 };
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

test('no more is on the wire than the rate takes in a second', () => {
  expect(told(64, 0, 200).inFlight).toBe(64);
  expect(told(64, 0, 10).inFlight).toBe(10);
  expect(told(0, 0, 1).inFlight).toBe(1);
  expect(told(3, 0, 10).inFlight).toBe(3);
});
