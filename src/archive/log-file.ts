// A log that is only looked at.
import { existsSync } from 'node:fs';
import type { RoomName } from '../roomlog/roomlog.ts';
import { openBesideMark } from '../roomlog/sqlite/belonging.ts';
import { type MarkSlots, markIn, readMark } from '../roomlog/sqlite/mark.ts';
import { databaseIn } from '../roomlog/sqlite/schema.ts';
import { assertReadable } from '../roomlog/sqlite/readable.ts';
import { Tables } from '../roomlog/sqlite/tables.ts';
import { StartError } from '../texts/start-error.ts';
import { type LogRoom, roomsOf } from './rooms.ts';

export { assertReadable, databaseIn, markIn, type Tables };

/** Opens a log, lends it, closes it. @throws LogError */
export async function withLog<T>(file: string, use: (tables: Tables) => Promise<T>): Promise<T> {
  const database = openBesideMark(file);
  try {
    return await use(new Tables(database));
  } finally {
    database.close();
  }
}

/** The database of a data directory that has one. @throws LogError `absent`, `denied` */
export function existingLogIn(directory: string): string {
  const file = databaseIn(directory);
  assertReadable(file);
  return file;
}

/** The rooms of these names, in the order of the log; all when there are none. @throws StartError */
export function selectRooms(tables: Tables, names: readonly RoomName[]): LogRoom[] {
  const rooms = roomsOf(tables);
  if (names.length === 0) return rooms;
  for (const name of names) {
    if (!rooms.some((room) => room.name === name)) throw new StartError('log.no-room', { room: name });
  }
  return rooms.filter(({ name }) => names.includes(name));
}

/** What the mark of a data directory says of each room, `absent`, or `unreadable` as a whole. @throws LogError */
export function slotsIn(directory: string): MarkSlots | 'absent' | 'unreadable' {
  if (!existsSync(markIn(directory))) return 'absent';
  const mark = readMark(directory);
  return mark?.serverId === undefined ? 'unreadable' : mark.slots;
}
