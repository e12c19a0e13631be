// Brings one room from an old database into a new one.
import { randomBytes } from 'node:crypto';
import { type Author, Reason } from '../protocol/gen/kentongan/v1/kentongan.ts';
import { encodeBody, frameOf, systemFrame } from '../protocol/frame.ts';
import { ENTRY_ID_BYTES } from '../protocol/limits.ts';
import { asUuid7 } from '../protocol/uuid.ts';
import type { MemberRecord, RoomName, Seq } from '../roomlog/roomlog.ts';
import { sha256 } from '../roomlog/sqlite/digest.ts';
import { areMembersOf } from '../roomlog/sqlite/room-queries.ts';
import type { Tables } from '../roomlog/sqlite/tables.ts';
import { MemberFold } from './member-fold.ts';
import { type NewEntry, RoomRewriter } from './rewrite.ts';
import { piecesOf, unless } from './salvage.ts';
import type { SalvageHead } from './salvage-heads.ts';

export interface Range {
  readonly from: Seq;
  /** Meant, too. */
  readonly to: Seq;
}

export interface RestoredRoom {
  readonly room: RoomName;
  readonly newest: Seq;
  /** Entries that came through. */
  readonly entries: number;
  /** Entries in whose place a Removed stands now. */
  readonly lost: readonly Range[];
}

/** @param onBytes called for each piece of the room with its size; may throw to stop it */
export async function restoreRoom(
  from: Tables,
  head: SalvageHead,
  into: { readonly tables: Tables; readonly room: number },
  onBytes: (bytes: number) => Promise<void>,
): Promise<RestoredRoom> {
  const { name, pair, oldest } = head;
  // A room that retention has emptied knows yet when it was last spoken in.
  const time = head.newest < oldest ? (from.room(head.room)?.newestTime ?? 0) : 0;
  const rewriter = new RoomRewriter(into.tables, { room: into.room, name, pair, oldest, time });
  const lost: Range[] = [];
  const fold = new MemberFold();
  let entries = 0;
  for (const piece of piecesOf(from, head)) {
    if (piece.what === 'lost') {
      lost.push({ from: piece.from, to: piece.to });
      for (let seq = piece.from; seq <= piece.to; seq++) rewriter.add(removed(name, piece.time));
      continue;
    }
    for (const entry of piece.entries) {
      fold.take(entry.body);
      rewriter.add(entry);
    }
    entries += piece.entries.length;
    await onBytes(piece.entries.reduce((sum, { body }) => sum + body.length, 0));
  }
  const members = membersOf(from, head, fold, lost.length > 0, rewriter);
  rewriter.finish(members);
  return { room: name, newest: rewriter.newest, entries, lost };
}

/** As the table has them when all is whole; else as far as the entries agree, and the others leave. */
function membersOf(
  from: Tables,
  head: SalvageHead,
  fold: MemberFold,
  isTorn: boolean,
  rewriter: RoomRewriter,
): MemberRecord[] {
  const rows = unless(() => from.members(head.room)) ?? [];
  const row = from.room(head.room);
  if (!isTorn && !head.isGuessed && row !== undefined && areMembersOf(row, rows)) return rows;
  const { members, strangers } = fold.compare(rows);
  for (const author of strangers) rewriter.add(left(head.name, author, rewriter.newestTime));
  return members;
}

function removed(room: RoomName, time: number): NewEntry {
  const id = newId(time);
  return entryOf(id, time, encodeBody(systemFrame({ $case: 'removed', value: {} }, { room, id })));
}

function left(room: RoomName, author: Author, time: number): NewEntry {
  const id = newId(time);
  const value = { reason: Reason.LOST, by: undefined, text: '' };
  return entryOf(id, time, encodeBody(frameOf({ $case: 'leave', value }, { room, author, id })));
}

function newId(time: number): Uint8Array {
  return asUuid7(randomBytes(ENTRY_ID_BYTES), time);
}

function entryOf(id: Uint8Array, time: number, body: Uint8Array): NewEntry {
  return { id, digest: sha256(id), body, time, hash: sha256(body) };
}
