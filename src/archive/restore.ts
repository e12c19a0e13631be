// Makes the log of a data directory from a backup, or from what is left of a damaged log.
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { randomBytes } from 'node:crypto';
import { sameBytes } from '../protocol/bytes.ts';
import { SERVER_ID_BYTES } from '../protocol/limits.ts';
import type { RoomName, Seq } from '../roomlog/roomlog.ts';
import { openBesideMark } from '../roomlog/sqlite/belonging.ts';
import { LogError } from '../roomlog/sqlite/log-error.ts';
import { giveMark, Mark, markIn, type MarkSlots, readMark } from '../roomlog/sqlite/mark.ts';
import { databaseIn, openForReading, openForWriting, openNothing } from '../roomlog/sqlite/schema.ts';
import { Tables } from '../roomlog/sqlite/tables.ts';
import { StartError } from '../texts/start-error.ts';
import { carriedNames, installNames } from './bound-names.ts';
import { Attic, createPrivate, publish, removeDatabase } from './files.ts';
import { asFull } from './full-disk.ts';
import { type RestoredRoom, restoreRoom } from './restore-room.ts';
import { headsOf, type SalvageHead, type SalvageHeads } from './salvage-heads.ts';
import { unless } from './salvage.ts';
import { verifyLog } from './verify.ts';
import type { Work } from './work.ts';

export interface RestoreRequest {
  /** A backup, or a log. */
  readonly file: string;
  /** The data directory, absolute. The caller holds its lock. */
  readonly directory: string;
  /** A log that is there is moved aside. */
  readonly mayReplace: boolean;
  /** What is damaged is left out. */
  readonly mayLose: boolean;
}

export interface RestoreReport {
  readonly rooms: readonly RestoredRoom[];
  /** Rooms of which nothing is left. */
  readonly lost: ReadonlyArray<{ readonly name: RoomName; readonly newest: Seq }>;
  /** Entries behind the end of a room that the mark tells of, and that are gone. */
  readonly lostTails: ReadonlyArray<{ readonly room: RoomName; readonly from: Seq; readonly to: Seq }>;
  /** Where the files lie that were there before. */
  readonly aside: string | undefined;
}

/** What a data directory has besides the log that tells of the same entries. */
const FOLLOWING = /^chat\.log(\.|$)/;

/**
 * Every room gets a new log_id: whoever was ahead of the backup is told so, and begins anew. The old files are
 * where they were until the new log is complete and verified.
 * @throws LogError, StartError
 */
export async function restoreLog(request: RestoreRequest, work: Work): Promise<RestoreReport> {
  const { directory } = request;
  const target = databaseIn(directory);
  if (!request.mayReplace && (existsSync(target) || existsSync(markIn(directory)))) {
    throw new StartError('log.restore.exists', { path: directory });
  }
  const building = join(directory, 'log.db.restoring');
  removeDatabase(building);
  try {
    const source = openSource(request);
    let built: Built;
    try {
      built = await build(new Tables(source), building, request, work);
    } finally {
      source.close();
    }
    work.throwIfStopped();
    const aside = install(built, building, request);
    return { ...built.report, aside };
  } catch (error) {
    throw asFull(error, directory);
  } finally {
    removeDatabase(building);
  }
}

/** Of a log that was lost wholly its mark can be salvaged: which rooms it had. */
function openSource({ file, mayLose }: RestoreRequest): DatabaseSync {
  try {
    return openBesideMark(file);
  } catch (error) {
    if (mayLose && error instanceof LogError && error.code === 'lost') return openNothing();
    throw error;
  }
}

interface Built {
  readonly report: Omit<RestoreReport, 'aside'>;
  readonly serverId: Uint8Array;
  readonly names: Uint8Array | undefined;
}

async function build(source: Tables, building: string, request: RestoreRequest, work: Work): Promise<Built> {
  const { file, mayLose } = request;
  const mark = markOf(source, file);
  const slots = mark?.slots;
  if (!mayLose) {
    const { isWhole } = await verifyLog(source, work, slots === undefined ? {} : { mark: () => slots });
    if (!isWhole) throw new StartError('log.restore.damaged', { path: file });
  }
  createPrivate(building);
  const database = openForWriting(building);
  try {
    const into = new Tables(database);
    // The deployment stays the same, whatever has happened to its rooms.
    const serverId = serverIdOf(source) ?? mark?.serverId ?? randomBytes(SERVER_ID_BYTES);
    into.putMeta('server_id', serverId);
    const found = headsOf(source, slots);
    const rooms = await restoreRooms(source, found.heads, into, work);
    into.checkpoint('TRUNCATE');
    const { isWhole } = await verifyLog(into, work);
    if (!isWhole) throw new LogError('unreadable', { file: building, reason: 'it was written wrongly' });
    const report = { rooms, lost: found.lost, lostTails: lostTailsOf(found, rooms, slots) };
    return { report, serverId, names: carriedNames(source) };
  } finally {
    database.close();
  }
}

async function restoreRooms(
  source: Tables,
  heads: readonly SalvageHead[],
  into: Tables,
  work: Work,
): Promise<RestoredRoom[]> {
  const total = heads.reduce((sum, head) => sum + (source.room(head.room)?.bytes ?? 0), 0);
  const rooms: RestoredRoom[] = [];
  let done = 0;
  // One state of the source, should a server be writing it.
  source.database.exec('BEGIN');
  try {
    for (const head of heads) {
      const target = { tables: into, room: rooms.length + 1 };
      const room = await restoreRoom(source, head, target, async (bytes) => {
        done += bytes;
        await work.step(done, total);
      });
      rooms.push(room);
    }
  } finally {
    if (source.database.isTransaction) source.database.exec('ROLLBACK');
  }
  return rooms;
}

/** The old files go, the new ones come; whatever ends it midway, the next start notices. */
function install(
  { serverId, names }: Built,
  building: string,
  { directory }: RestoreRequest,
): string | undefined {
  const attic = new Attic(directory, new Date());
  // The mark first: that of another server, as it seems, lets none start beside the old log, the new one, or none.
  attic.take('log.mark');
  writeMark(directory, randomBytes(SERVER_ID_BYTES), building);
  attic.take('log.db');
  if (attic.isUsed) {
    // The next start writes it anew.
    for (const name of readdirSync(directory).filter((one) => FOLLOWING.test(one))) attic.take(name);
  }
  installNames(names, directory, attic);
  publish(building, databaseIn(directory), true);
  giveMark(directory, serverId);
  return attic.isUsed ? attic.path : undefined;
}

function writeMark(directory: string, serverId: Uint8Array, building: string): void {
  const database = openForReading(building);
  const mark = Mark.open(directory, serverId);
  try {
    for (const { room, name, logId, newest, chain } of new Tables(database).rooms()) {
      if (name !== null) mark.write({ room, name, logId, newest, chain, checkpointed: newest });
    }
  } finally {
    mark.close();
    database.close();
  }
}

function lostTailsOf(
  { heads }: SalvageHeads,
  rooms: readonly RestoredRoom[],
  slots: MarkSlots | undefined,
): RestoreReport['lostTails'] {
  return heads.flatMap(({ room, name }) => {
    const slot = slots?.get(room);
    const newest = rooms.find((one) => one.room === name)?.newest ?? 0;
    if (slot === undefined || slot === 'unreadable' || slot.newest <= newest) return [];
    return [{ room: name, from: newest + 1, to: slot.newest }];
  });
}

/** The mark that belongs to a log where it was written; a backup has none. */
function markOf(source: Tables, file: string): ReturnType<typeof readMark> {
  if (basename(realpathSync(file)) !== 'log.db') return undefined;
  const mark = unless(() => readMark(dirname(realpathSync(file))));
  const serverId = serverIdOf(source);
  if (mark?.serverId === undefined) return undefined;
  const isSame = serverId === undefined ? source.rooms().length === 0 : sameBytes(mark.serverId, serverId);
  return isSame ? mark : undefined;
}

function serverIdOf(tables: Tables): Uint8Array | undefined {
  const found = unless(() => tables.meta('server_id'));
  return found?.length === SERVER_ID_BYTES ? found : undefined;
}
