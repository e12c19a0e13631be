// Commits that fail at any moment, with more under way behind them: outcomes stay in order and prefix-closed.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import type { AppendFailure } from '../../../src/roomlog/roomlog.ts';
import { SqliteLog } from '../../../src/roomlog/sqlite/sqlite-log.ts';
import { Writer } from '../../../src/roomlog/sqlite/writer.ts';
import { runs } from '../../runs.ts';
import { proposalOf, Witness } from '../witness.ts';
import { inlineThreads } from './inline-threads.ts';

afterEach(() => void vi.restoreAllMocks());

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const act = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      room: fc.constantFrom('lobby', 'kelas'),
      id: fc.nat(30),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('turn' as const), turns: fc.integer({ min: 1, max: 4 }) }),
  },
);

test('what is behind a failure fails, and never comes before it', async () => {
  const { commit } = Writer.prototype;
  const sum = { stored: 0, failed: 0, duplicates: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { minLength: 30, maxLength: 120, size: 'max' }),
      fc.infiniteStream(fc.constantFrom<'' | AppendFailure>('', '', '', 'STORAGE_FULL', 'STORAGE_READ_ONLY')),
      async (acts, failures) => {
        vi.spyOn(Writer.prototype, 'commit').mockImplementation(function (this: Writer, batches) {
          return failures.next().value || commit.call(this, batches);
        });
        const directory = mkdtempSync(join(tmpdir(), 'kentongan-failures-'));
        const log = await SqliteLog.open(
          {
            directory,
            reserveBytes: 0,
            scrubBytesPerSecond: 0,
            now: () => 1_000,
            defer: (callback) => void setImmediate(callback),
            random: (length) => Uint8Array.from(randomBytes(length)),
          },
          inlineThreads,
        );
        const witness = new Witness(log, {});
        witness.open('lobby');
        witness.open('kelas');
        for (const each of acts) {
          if (each.do === 'turn') for (let i = 0; i < each.turns; i++) await turn();
          else {
            const id = new Uint8Array(16).fill(each.id);
            witness.append(each.room, proposalOf({ id, text: 'x' }));
          }
        }
        await new Promise<void>((resolve) => log.whenSettled(resolve));
        witness.settled();
        for (const key of ['stored', 'failed', 'duplicates'] as const) sum[key] += witness.counts[key];
        await new Promise<void>((resolve) => log.close(resolve));
        rmSync(directory, { recursive: true });
      },
    ),
    runs(60),
  );
  for (const count of Object.values(sum)) expect(count).toBeGreaterThan(50);
});
