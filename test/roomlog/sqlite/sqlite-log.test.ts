import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteLog } from '../../../src/roomlog/sqlite/sqlite-log.ts';
import { type Threads, threads } from '../../../src/roomlog/sqlite/threads.ts';
import { inlineThreads } from './inline-threads.ts';
import { type EngineOptions, roomLogSuite, type TestEngine } from '../suite.ts';

/** The durable engine on a real disk. */
async function createSqlite({ retention }: EngineOptions, by: Threads): Promise<TestEngine> {
  const directory = mkdtempSync(join(tmpdir(), 'kentongan-log-'));
  let now = 1_000;
  const options = {
    directory,
    retention,
    reserveBytes: 0,
    scrubBytesPerSecond: 0,
    now: () => now,
    defer: (callback: () => void) => void setImmediate(callback),
    random: (length: number) => Uint8Array.from(randomBytes(length)),
  };
  const log = await SqliteLog.open(options, by);
  let isClosed = false;
  const close = log.close.bind(log);
  log.close = (onClosed) => {
    isClosed = true;
    close(onClosed);
  };
  return {
    log,
    setTime: (ms) => {
      now = ms;
    },
    settle: () => new Promise((resolve) => (isClosed ? setTimeout(resolve, 300) : log.whenSettled(resolve))),
    dispose: async () => {
      if (!isClosed) await new Promise<void>((resolve) => log.close(resolve));
      rmSync(directory, { recursive: true });
    },
  };
}

roomLogSuite('sqlite', (options) => createSqlite(options, inlineThreads), { runs: 150 });
roomLogSuite('sqlite in its threads', (options) => createSqlite(options, threads), { runs: 12 });
