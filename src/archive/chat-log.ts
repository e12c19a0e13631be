// Writes chat.log anew from a log that no server runs.
import { rebuildChatLog, type Rebuilt, type RoomRun } from '../followers/rebuild.ts';
import type { Tables } from '../roomlog/sqlite/tables.ts';
import { type DamagedRange, Merge } from './merge.ts';
import type { LogRoom } from './rooms.ts';
import type { Work } from './work.ts';

export interface RewriteRequest {
  /** The file, absolute. */
  readonly path: string;
  readonly rooms: readonly LogRoom[];
  readonly logsPrivate: boolean;
  /** Otherwise it gets the number 1, and older ones move up. */
  readonly discardsOld: boolean;
}

/** @throws the system's error, the work's reason to stop; the old file is as it was then, or has the number 1 */
export async function rewriteChatLog(
  tables: Tables,
  { path, rooms, logsPrivate, discardsOld }: RewriteRequest,
  work: Work,
): Promise<Rebuilt & { readonly damaged: readonly DamagedRange[] }> {
  const damaged: DamagedRange[] = [];
  const merge = new Merge(tables, rooms, (range) => damaged.push(range));
  const total = rooms.reduce((sum, { bytes }) => sum + bytes, 0);
  const rebuilt = await rebuildChatLog({
    path,
    runs: watched(merge.runs(), total, work),
    logsPrivate,
    keepsOld: !discardsOld,
    now: Date.now,
  });
  return { ...rebuilt, damaged };
}

async function* watched(runs: Iterable<RoomRun>, total: number, work: Work): AsyncGenerator<RoomRun> {
  let done = 0;
  for (const run of runs) {
    yield run;
    done += run.run.bytes.length;
    await work.step(done, total);
  }
}
