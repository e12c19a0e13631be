// Erases an entry of a log that no server runs.
import { randomBytes } from 'node:crypto';
import { type Erased, refusalOf } from '../core/erasing.ts';
import { removalEntry } from '../core/own-entries.ts';
import { readEntry } from '../followers/chat-line.ts';
import { PREFIX_BYTES } from '../protocol/limits.ts';
import { type Outcome, type ReadResult, type RoomName, type Seq, seqOf } from '../roomlog/roomlog.ts';
import { sha256 } from '../roomlog/sqlite/digest.ts';
import { SqliteLog } from '../roomlog/sqlite/sqlite-log.ts';

/** As a running server does it. The caller holds the directory's lock. @throws LogError */
export async function eraseOffline(directory: string, room: RoomName, seq: Seq): Promise<Erased> {
  const log = await SqliteLog.open({
    directory,
    // What makes room has to be possible when there is none.
    reserveBytes: 0,
    scrubBytesPerSecond: 0,
    now: Date.now,
    defer: (callback) => void setImmediate(callback),
    random: randomBytes,
  });
  try {
    return await erase(log, room, seq);
  } finally {
    await new Promise<void>((resolve) => {
      log.close(resolve);
    });
  }
}

async function erase(log: SqliteLog, room: RoomName, seq: Seq): Promise<Erased> {
  const known = log.rooms().find((head) => head.room === room);
  if (known === undefined) return { refusal: 'NO_SUCH_ROOM' };
  if (known.isDamaged === true) return { refusal: 'ROOM_QUARANTINED' };
  const outcomes = Promise.withResolvers<Outcome>();
  log.open(room, {
    onOutcomes: ([outcome]) => outcome && outcomes.resolve(outcome),
    onTruncated: () => undefined,
    onDamaged: () => outcomes.resolve({ status: 'failed', failure: 'ROOM_QUARANTINED' }),
  });
  const result = await new Promise<ReadResult>((resolve) => {
    log.read({ room, from: seq, to: seq, bytesMax: 1 }, resolve);
  });
  if (result.status === 'failed') return { refusal: result.failure };
  if (result.status !== 'run') return { refusal: 'NO_SUCH_ENTRY' };
  const entry = readEntry(result.bytes.subarray(PREFIX_BYTES));
  const refusal = refusalOf(entry);
  if (refusal !== undefined) return { refusal };
  const ports = { clock: { now: Date.now }, crypto: { random: randomBytes, sha256 } };
  log.append(room, removalEntry({ ports, room }, { seq, id: entry.id }));
  const outcome = await outcomes.promise;
  return outcome.status === 'failed' ? { refusal: outcome.failure } : { seq: seqOf(outcome) };
}
