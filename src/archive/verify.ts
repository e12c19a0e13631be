// Verifies a log wholly: every entry of every room, the database around them, and the mark beside it.
import type { RoomName, Seq } from '../roomlog/roomlog.ts';
import type { Damage } from '../roomlog/sqlite/damage.ts';
import type { MarkSlot, MarkSlots } from '../roomlog/sqlite/mark.ts';
import type { Tables } from '../roomlog/sqlite/tables.ts';
import { RoomVerifier } from '../roomlog/sqlite/verify.ts';
import { type LogRoom, roomsOf } from './rooms.ts';
import type { Work } from './work.ts';

export interface RoomReport {
  readonly room: RoomName;
  readonly oldest: Seq;
  readonly newest: Seq;
  readonly bytes: number;
  readonly damages: readonly Damage[];
}

export interface LogReport {
  readonly rooms: readonly RoomReport[];
  /** What SQLite says is wrong with the database. */
  readonly integrity: readonly string[];
  readonly isWhole: boolean;
}

export interface VerifyOptions {
  /** All rooms when absent. */
  readonly rooms?: readonly LogRoom[];
  /** What the mark says now: asked again when it does not fit, as a server may be writing both. */
  readonly mark?: () => MarkSlots | undefined;
}

/** A room of which this much is found is not read to its end. */
const DAMAGES_MAX = 1000;

/** Beside a running server, too: every step is one short read transaction. */
export async function verifyLog(tables: Tables, work: Work, options: VerifyOptions = {}): Promise<LogReport> {
  // Before the rooms: what is newer than the mark is no loss.
  const slots = options.mark?.();
  const rooms = options.rooms ?? roomsOf(tables);
  const total = rooms.reduce((sum, { bytes }) => sum + bytes, 0);
  const reports: RoomReport[] = [];
  let done = 0;
  for (const room of rooms) {
    const slot = slots?.get(room.room);
    const damages = await verifyRoom(
      tables,
      room,
      slot === 'unreadable' ? undefined : slot,
      async (bytes) => {
        done += bytes;
        await work.step(done, total);
      },
    );
    const { name, oldest, newest, bytes } = room;
    reports.push({ room: name, oldest, newest, bytes, damages });
  }
  if (options.rooms === undefined) reports.push(...lostRooms(tables, slots, options.mark));
  const integrity = options.rooms === undefined ? integrityOf(tables) : [];
  const isWhole = integrity.length === 0 && reports.every(({ damages }) => damages.length === 0);
  return { rooms: reports, integrity, isWhole };
}

async function verifyRoom(
  tables: Tables,
  room: LogRoom,
  slot: MarkSlot | undefined,
  onBytes: (bytes: number) => Promise<void>,
): Promise<Damage[]> {
  const damages: Damage[] = [];
  if (slot !== undefined && slot.newest > room.newest) {
    damages.push({ room: room.name, from: room.newest + 1, to: slot.newest, kind: 'lost' });
  }
  const marked = slot === undefined ? {} : { marked: { seq: slot.newest, chain: slot.chain } };
  const verifier = new RoomVerifier(tables.database, room, room.oldest, marked);
  while (damages.length < DAMAGES_MAX) {
    const step = verifier.step();
    await onBytes(verifier.bytesRead);
    if (step === 'done') break;
    if (step !== 'more') damages.push(step);
  }
  return damages;
}

/** Rooms that the mark knows and the database does not. */
function lostRooms(tables: Tables, before: MarkSlots | undefined, mark: VerifyOptions['mark']): RoomReport[] {
  if (before === undefined) return [];
  const missing = (slots: MarkSlots | undefined): MarkSlot[] => {
    const known = new Set(tables.rooms().map(({ room }) => room));
    return [...(slots?.values() ?? [])].filter(
      (slot): slot is MarkSlot => slot !== 'unreadable' && !known.has(slot.room),
    );
  };
  // A room that was removed between the two looks is not lost.
  const found = missing(before).length === 0 ? [] : missing(mark?.());
  return found.map(({ name, newest }) => {
    const damage: Damage = { room: name, from: 1, to: newest, kind: 'lost' };
    return { room: name, oldest: 1, newest: 0, bytes: 0, damages: [damage] };
  });
}

function integrityOf(tables: Tables): string[] {
  try {
    const rows = tables.database.prepare('PRAGMA integrity_check').all();
    return rows.map((row) => String(Object.values(row)[0])).filter((line) => line !== 'ok');
  } catch (error) {
    return [(error as Error).message];
  }
}
