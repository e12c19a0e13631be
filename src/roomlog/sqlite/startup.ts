// What is looked at before a log is used: every head, every member table, both against the mark, and the entries
// since the last checkpoint. What was checkpointed was on the disk when the mark said so; the scrub looks after it.
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { sameBytes } from '../../protocol/bytes.ts';
import { DIGEST_BYTES } from './digest.ts';
import { isPrivateRoom, isPublicRoom } from '../../protocol/names.ts';
import type { MemberRecord, RoomName, Seq } from '../roomlog.ts';
import { type Damage, type DamageKind, tellsDamage } from './damage.ts';
import { LogError } from './log-error.ts';
import { type Mark, type MarkSlot } from './mark.ts';
import { areMembersOf, RoomQueries } from './room-queries.ts';
import type { RoomRow } from './room-row.ts';
import { databaseIn } from './schema.ts';
import { RoomVerifier } from './verify.ts';

/** A head of a room that was not removed. */
export type NamedRow = RoomRow & { readonly name: RoomName };

export interface RoomAtStart {
  /** Of a damaged room it tells what is known; the rest may be wrong. */
  readonly row: NamedRow;
  readonly members: readonly MemberRecord[];
  readonly damage?: Damage;
}

export interface LogAtStart {
  /** One for each name. */
  readonly rooms: readonly RoomAtStart[];
  /** Numbers of rooms that were removed and are not wholly deleted yet. Their slots have been cleared. */
  readonly removed: readonly number[];
  /** Numbers of rooms whose slots in the mark were unreadable; if these rooms exist they were verified wholly. */
  readonly unreadableMarks: readonly number[];
  /** The mark's file was missing, or its header unreadable, although the database has rooms. */
  readonly isMarkMissing: boolean;
}

/**
 * Looks at every room. Writes nothing but the cleared slots of removed rooms; whoever goes on with the log writes
 * no slot of a damaged room, so that the next start finds the same.
 * @throws LogError `lost`, `unreadable`; never because of a single room
 */
export function checkAtStart(database: DatabaseSync, mark: Mark): LogAtStart {
  const file = databaseIn(dirname(mark.file));
  const queries = RoomQueries.of(database);
  const numbers = roomNumbers(queries, file);
  const slots = [...mark.slots.values()].filter((slot) => slot !== 'unreadable');
  if (numbers.length === 0 && slots.length > 0) {
    throw new LogError('lost', { file, mark: mark.file });
  }
  const removed: number[] = [];
  const rooms = new Map<RoomName, RoomAtStart>();
  // A damaged one takes the place of a whole one of the same name, never the other way.
  const put = (room: RoomAtStart): void => {
    if (room.damage !== undefined || !rooms.has(room.row.name)) rooms.set(room.row.name, room);
  };
  for (const number of numbers) {
    const row = headOf(queries, number);
    if (row?.isWhole === true && row.name === null) {
      removed.push(number);
      mark.clear(number);
    } else {
      const slot = mark.slots.get(number);
      const room = checkRoom(database, { number, row, slot: slot === 'unreadable' ? undefined : slot });
      put(room);
    }
  }
  const known = new Set(numbers);
  for (const slot of mark.slots.values()) {
    if (slot !== 'unreadable' && !known.has(slot.room)) put(lostRoom(slot));
  }
  return {
    rooms: [...rooms.values()],
    removed,
    unreadableMarks: [...mark.slots].filter(([, slot]) => slot === 'unreadable').map(([room]) => room),
    isMarkMissing: numbers.length > 0 && (mark.isNew || mark.isHeaderDamaged),
  };
}

type Head = ReturnType<RoomQueries['head']>;

function roomNumbers(queries: RoomQueries, file: string): number[] {
  try {
    return queries.numbers();
  } catch (error) {
    if (!tellsDamage(error)) throw error;
    throw new LogError('unreadable', { file, reason: (error as Error).message });
  }
}

function headOf(queries: RoomQueries, number: number): Head {
  try {
    return queries.head(number);
  } catch (error) {
    if (tellsDamage(error)) return undefined;
    throw error;
  }
}

function checkRoom(
  database: DatabaseSync,
  room: { readonly number: number; readonly row: Head; readonly slot: MarkSlot | undefined },
): RoomAtStart {
  const { number, row, slot } = room;
  if (row?.isWhole !== true || row.name === null) {
    const known = slot === undefined ? nameless(number, row) : rowOf(slot);
    return damaged(known, 'head');
  }
  const named: NamedRow = { ...row, name: row.name };
  const members = membersOf(RoomQueries.of(database), named);
  if (typeof members === 'string') return damaged(named, members);
  const damage = againstMark(named, slot) ?? verify(database, named, slot);
  return damage === undefined ? { row: named, members } : { row: named, members, damage };
}

function membersOf(queries: RoomQueries, row: NamedRow): MemberRecord[] | DamageKind {
  try {
    if (!queries.isNamed(row)) return 'head';
    const members = queries.members(row.room);
    return areMembersOf(row, members) ? members : 'members';
  } catch (error) {
    if (tellsDamage(error)) return 'unreadable';
    throw error;
  }
}

/** What the head and the mark say without a look at the entries. */
function againstMark(row: NamedRow, slot: MarkSlot | undefined): Damage | undefined {
  if (slot === undefined) return undefined;
  const lost = (from: Seq): Damage => ({ room: row.name, from, to: slot.newest, kind: 'lost' });
  if (!sameBytes(slot.logId, row.logId) || slot.name !== row.name) return lost(1);
  if (slot.newest > row.newest) return lost(row.newest + 1);
  if (slot.newest === row.newest && !sameBytes(slot.chain, row.chain)) return lost(row.oldest);
  return undefined;
}

/** Of the entries, what lies behind the last checkpoint; all of them when nothing is known of it. */
function verify(database: DatabaseSync, row: NamedRow, slot: MarkSlot | undefined): Damage | undefined {
  const from = (slot?.checkpointed ?? 0) + 1;
  const verifier = new RoomVerifier(
    database,
    row,
    from,
    slot === undefined ? {} : { marked: { seq: slot.newest, chain: slot.chain } },
  );
  for (;;) {
    const result = verifier.step();
    if (result === 'done') return undefined;
    if (result !== 'more') return result;
  }
}

function damaged(row: NamedRow, kind: DamageKind): RoomAtStart {
  return { row, members: [], damage: { room: row.name, from: 0, to: 0, kind } };
}

/** A room of the mark that the database does not have. */
function lostRoom(slot: MarkSlot): RoomAtStart {
  const row = rowOf(slot);
  return { row, members: [], damage: { room: row.name, from: 1, to: slot.newest, kind: 'lost' } };
}

const NOTHING = new Uint8Array(DIGEST_BYTES);

/** A head as far as the mark knows it. */
function rowOf({ room, name, logId, newest, chain }: MarkSlot): NamedRow {
  return {
    room,
    name,
    logId,
    pair: null,
    newest,
    newestTime: 0,
    oldest: newest + 1,
    bytes: 0,
    chain,
    base: chain,
    members: NOTHING,
  };
}

/** A damaged head that the mark does not know either: what it says of its name, if that is a name. */
function nameless(number: number, row: Head): NamedRow {
  const said: unknown = row?.name;
  const isName = typeof said === 'string' && (isPublicRoom(said) || isPrivateRoom(said));
  const name = isName ? said : `unknown-${number}`;
  return rowOf({ room: number, name, logId: NOTHING, newest: 0, chain: NOTHING, checkpointed: 0 });
}
