// Which rooms a log has.
import type { RoomName } from '../roomlog/roomlog.ts';
import type { RoomRow } from '../roomlog/sqlite/room-row.ts';
import type { Tables } from '../roomlog/sqlite/tables.ts';

/** A room that was not removed, and whether its head is what was written. */
export type LogRoom = RoomRow & { readonly name: RoomName; readonly isWhole: boolean };

/** By their names, the private ones last. */
export function roomsOf(tables: Tables): LogRoom[] {
  const rooms = tables.rooms().filter((row): row is LogRoom => row.name !== null);
  return rooms.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whether only two users may see a room. Their names come after those of all public rooms. */
export function isPrivate(room: RoomName): boolean {
  return room.startsWith('~');
}
