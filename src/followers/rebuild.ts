// Writes chat.log anew from the rooms' logs.
import { dirname } from 'node:path';
import { sameBytes } from '../protocol/bytes.ts';
import type { RoomName, Run } from '../roomlog/roomlog.ts';
import { gapLine } from './chat-line.ts';
import { linesOf } from './chat-lines.ts';
import { type Disk, type DiskFile, nodeDisk } from './disk.ts';
import { localZone, type ZoneOffset } from './local-time.ts';
import { rebuiltPath, rotate } from './rotation.ts';
import { writeAll } from './replace-file.ts';
import { type RoomPosition, tailOf, writeSavePoint } from './save-point.ts';

/** Contiguous entries of one room. */
export interface RoomRun {
  readonly room: RoomName;
  readonly logId: Uint8Array;
  readonly run: Run;
}

export interface RebuildOptions {
  readonly path: string;
  /**
   * All that is to be in the file, in the order of its lines. The runs of each room ascend; what is missing
   * between them, or before the first, becomes a gap line. Of several rooms the natural order is by time, then
   * room, then seq.
   */
  readonly runs: AsyncIterable<RoomRun> | Iterable<RoomRun>;
  /** Private rooms are among them. */
  readonly logsPrivate: boolean;
  /** The old file gets the number 1, and every older one moves up; otherwise it is gone. */
  readonly keepsOld: boolean;
  /** Wall time, milliseconds since 1970, for the lines that stand for no entry. */
  readonly now: () => number;
  readonly zone?: ZoneOffset;
  readonly disk?: Disk;
}

export interface Rebuilt {
  readonly entries: number;
  readonly bytes: number;
}

const WRITE_CHARACTERS = 262_144;

/**
 * Makes the new file beside the old one, then lets it take the place of that, with its position. After a crash
 * there is the one or the other, and a server goes on behind what it has. No server has the file open meanwhile.
 * Old files of the rotation stay as they are.
 * @throws the system's error; then the old file is as it was, or has the number 1
 */
export async function rebuildChatLog(options: RebuildOptions): Promise<Rebuilt> {
  const { disk = nodeDisk } = options;
  const path = await disk.resolve(options.path);
  const temporary = rebuiltPath(path);
  const file = await disk.open(temporary);
  try {
    await file.truncate(0);
    const { rooms, entries } = await writeRuns(file, options);
    await file.sync();
    const { id, size } = await file.state();
    const tail = await tailOf(file, size);
    await disk.syncDirectory(dirname(path));
    // As a rotation: without a file at the path a server begins one, behind the old position.
    if (options.keepsOld) await rotate(disk, path, Number.POSITIVE_INFINITY);
    const { logsPrivate } = options;
    // From here on the new file counts, whatever its name is.
    await writeSavePoint(disk, options.path, {
      file: id,
      length: size,
      tail,
      rooms,
      logsPrivate,
      isDurable: true,
    });
    await disk.rename(temporary, path);
    await disk.syncDirectory(dirname(path));
    return { entries, bytes: size };
  } finally {
    await file.close();
  }
}

async function writeRuns(
  file: DiskFile,
  { runs, now, zone = localZone }: RebuildOptions,
): Promise<{ rooms: readonly RoomPosition[]; entries: number }> {
  const rooms = new Map<RoomName, RoomPosition>();
  let lines = '';
  let entries = 0;
  for await (const { room, logId, run } of runs) {
    const known = rooms.get(room);
    const last = known?.seq ?? 0;
    if (run.first <= last || (known !== undefined && !sameBytes(known.logId, logId))) {
      throw new Error(`${room} #${run.first} comes behind #${last} of another run`);
    }
    if (run.first > last + 1) lines += gapLine(room, last + 1, run.first - 1, now(), zone);
    lines += linesOf(room, run, zone);
    rooms.set(room, { room, logId, seq: run.last });
    entries += run.last - run.first + 1;
    if (lines.length < WRITE_CHARACTERS) continue;
    await writeAll(file, Buffer.from(lines));
    lines = '';
  }
  if (lines !== '') await writeAll(file, Buffer.from(lines));
  return { rooms: [...rooms.values()], entries };
}
