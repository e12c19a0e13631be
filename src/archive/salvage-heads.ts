// Which rooms a damaged log had, as far as can be said.
import { readEntry } from '../followers/chat-line.ts';
import { LOG_ID_BYTES, PREFIX_BYTES } from '../protocol/limits.ts';
import { isPrivateRoom, isPublicRoom } from '../protocol/names.ts';
import type { RoomName, Seq } from '../roomlog/roomlog.ts';
import type { MarkSlot, MarkSlots } from '../roomlog/sqlite/mark.ts';
import type { RoomRow } from '../roomlog/sqlite/room-row.ts';
import { entriesOf, type Segment, segmentOf } from '../roomlog/sqlite/segment.ts';
import type { Tables } from '../roomlog/sqlite/tables.ts';
import { type RoomExtent, rowidsOf, rowOf, unless } from './salvage.ts';

export interface SalvageHead extends RoomExtent {
  readonly name: RoomName;
  readonly pair: Uint8Array | null;
  /** The head is not what was written: this is what its entries and the mark say. */
  readonly isGuessed: boolean;
}

export interface SalvageHeads {
  readonly heads: readonly SalvageHead[];
  /** Rooms of which nothing is left but that they were there. */
  readonly lost: ReadonlyArray<{ readonly name: RoomName; readonly newest: Seq }>;
}

/** @param slots what the mark says of the rooms, if there is one */
export function headsOf(tables: Tables, slots: MarkSlots | undefined): SalvageHeads {
  const rows = new Map(tables.rooms().map((row): [number, FoundRow] => [row.room, row]));
  const numbers = new Set([...rows.keys(), ...numbersIn(tables), ...(slots?.keys() ?? [])]);
  const heads: SalvageHead[] = [];
  const lost: Array<{ name: RoomName; newest: Seq }> = [];
  for (const room of [...numbers].toSorted((a, b) => a - b)) {
    const row = rows.get(room);
    const found = slots?.get(room);
    const slot = found === 'unreadable' ? undefined : found;
    const head = headOf(tables, room, row, slot);
    if (head === 'removed') continue;
    if (head !== undefined && !heads.some(({ name }) => name === head.name)) heads.push(head);
    else if (slot !== undefined) lost.push(slot);
    else if (typeof row?.name === 'string') lost.push({ name: row.name, newest: 0 });
  }
  return { heads, lost };
}

type FoundRow = RoomRow & { readonly isWhole: boolean };

/** `removed`: on purpose. Undefined: nothing can be said. */
function headOf(
  tables: Tables,
  room: number,
  row: FoundRow | undefined,
  slot: MarkSlot | undefined,
): SalvageHead | 'removed' | undefined {
  if (row?.isWhole !== true) return guess(tables, room, row, slot);
  return row.name === null ? 'removed' : { ...row, name: row.name, isGuessed: false };
}

function guess(
  tables: Tables,
  room: number,
  row: RoomRow | undefined,
  slot: MarkSlot | undefined,
): SalvageHead | undefined {
  const logIds = [row?.logId, slot?.logId].filter((logId) => logId?.length === LOG_ID_BYTES);
  const whole: Array<{ logId: Uint8Array; segment: Segment }> = [];
  for (const rowid of rowidsOf(tables.database, room)) {
    const found = unless(() => rowOf(tables.database, rowid));
    if (found === undefined) continue;
    for (const logId of logIds as Uint8Array[]) {
      const segment = unless(() => segmentOf(logId, found));
      if (segment !== undefined) whole.push({ logId, segment });
    }
  }
  const [oldest, newest] = [whole[0], whole.at(-1)];
  if (oldest === undefined || newest === undefined) return undefined;
  const { logId, segment } = oldest;
  const name = nameIn(segment);
  if (name === undefined) return undefined;
  const pair = isPrivateRoom(name) ? (row?.pair ?? null) : null;
  return {
    room,
    name,
    logId,
    pair,
    oldest: segment.first,
    newest: newest.segment.last,
    base: undefined,
    isGuessed: true,
  };
}

/** Every entry says to which room it belongs. */
function nameIn(segment: Segment): RoomName | undefined {
  for (const { framed } of entriesOf(segment)) {
    const { room } = readEntry(framed.subarray(PREFIX_BYTES));
    if (isPublicRoom(room) || isPrivateRoom(room)) return room;
  }
  return undefined;
}

function numbersIn({ database }: Tables): number[] {
  const rows = database.prepare('SELECT DISTINCT room FROM segment').iterate();
  const numbers: number[] = [];
  unless(() => {
    for (const row of rows) numbers.push(Number(row['room']));
  });
  return numbers;
}
