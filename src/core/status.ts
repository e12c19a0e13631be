// What a hub says about itself to its operator.
import type { Room } from './room.ts';

export interface RoomStatus {
  readonly room: string;
  readonly private: boolean;
  readonly newest: number;
  readonly oldest: number;
  readonly members: number;
  /** Of the members, those whose connection is lost and whose place is kept. */
  readonly held: number;
  readonly listeners: number;
  /** The entries that the reader farthest behind has not been sent yet. */
  readonly lag: number;
  /** Its log is damaged: the numbers may be wrong, and nobody is let in. */
  readonly damaged: boolean;
}

export interface HubStatus {
  readonly sessions: number;
  readonly users: number;
  /** Bytes of entries that were appended and are not yet decided. */
  readonly inFlightBytes: number;
  readonly rooms: readonly RoomStatus[];
}

export function statusOf(
  sessions: number,
  users: number,
  inFlightBytes: number,
  rooms: readonly Room[],
): HubStatus {
  return { sessions, users, inFlightBytes, rooms: rooms.map(roomStatusOf) };
}

function roomStatusOf(room: Room): RoomStatus {
  let lag = 0;
  for (const attachment of room.attachments) lag = Math.max(lag, attachment.lag);
  return {
    room: room.name,
    private: room.isPrivate,
    newest: room.ledger.newest,
    oldest: room.ledger.oldest,
    members: room.pair === undefined || room.isDamaged ? room.members.size : 2,
    held: room.held,
    listeners: room.listeners,
    lag,
    damaged: room.isDamaged,
  };
}
