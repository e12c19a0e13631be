import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placeCursor } from '../../src/core/placing.ts';
import { Status } from '../../src/protocol/index.ts';

const LOG_ID = new Uint8Array(16).fill(1);
const OTHER = new Uint8Array(16).fill(2);

const EXTENT = fc
  .tuple(fc.nat(50), fc.nat(50))
  .map(([gone, kept]) => ({ logId: LOG_ID, oldest: gone + 1, newest: gone + kept }));

const HAVE = fc.option(
  fc.record({ logId: fc.constantFrom(LOG_ID, OTHER), seq: fc.nat(120), check: fc.constant(0) }),
  { nil: undefined },
);

test('a stream begins at an entry that exists, or at the next one to come', () => {
  fc.assert(
    fc.property(EXTENT, HAVE, fc.nat(120), fc.boolean(), (log, have, last, checkHolds) => {
      const { first } = placeCursor({ have, last }, log, checkHolds);
      expect(first).toBeGreaterThanOrEqual(log.oldest);
      expect(first).toBeLessThanOrEqual(log.newest + 1);
    }),
  );
});

test('the status says how what comes joins what the client holds', () => {
  fc.assert(
    fc.property(EXTENT, HAVE, fc.nat(120), fc.boolean(), (log, have, last, checkHolds) => {
      const { status, first } = placeCursor({ have, last }, log, checkHolds);
      const isHeld = have?.logId === LOG_ID && have.seq <= log.newest && checkHolds;
      if (have === undefined) expect(status).toBe(Status.FRESH);
      else if (!isHeld) expect(status).toBe(Status.NEW_LOG);
      else if (status === Status.COMPLETE) expect(first).toBe(have.seq + 1);
      else {
        expect(first).toBeGreaterThan(have.seq + 1);
        expect([Status.SKIPPED, Status.TRUNCATED]).toContain(status);
        expect(status === Status.TRUNCATED).toBe(
          Math.max(have.seq + 1, last > 0 ? log.newest - last + 1 : 0) < log.oldest,
        );
      }
    }),
  );
});

test('no more old entries come than were asked for', () => {
  fc.assert(
    fc.property(EXTENT, HAVE, fc.integer({ min: 1, max: 120 }), (log, have, last) => {
      const { first } = placeCursor({ have, last }, log, true);
      expect(log.newest - first + 1).toBeLessThanOrEqual(last);
    }),
  );
});
