// What was said, as text: page by page, never more than one of them in memory.
import { chatLine, gapLine as chatGapLine, readEntry } from '../followers/chat-line.ts';
import { PREFIX_BYTES } from '../protocol/limits.ts';
import type { RoomName, Seq } from '../roomlog/roomlog.ts';
import { entriesOf, type StoredEntry } from '../roomlog/sqlite/segment.ts';
import type { Tables } from '../roomlog/sqlite/tables.ts';
import { entryLine, gapLine } from './entry-json.ts';
import { pageAt, seqAround } from './pages.ts';
import type { LogRoom } from './rooms.ts';

export type ExportFormat = 'lines' | 'jsonl';

/** Which entries of a room. Both ends of seqs are meant; times are milliseconds since 1970, `until` is not meant. */
export interface Selection {
  /** 0: from the first one that is kept; from 1 on it is told which are gone. */
  readonly from: Seq;
  readonly to: Seq;
  readonly since: number;
  readonly until: number;
}

/** What comes out: text of whole lines, and what can not come out. */
export type ExportPiece =
  | { readonly text: string; readonly seq: Seq }
  | { readonly damaged: { readonly room: RoomName; readonly from: Seq; readonly to: Seq } };

/** Everything of a room that was selected, in order; what is gone is told by a line, as everywhere. */
export function* exportRoom(
  tables: Tables,
  room: LogRoom,
  selection: Selection,
  format: ExportFormat,
): Generator<ExportPiece> {
  const { from, to, since } = selection;
  const implied = from === 0 ? 1 : undefined;
  let seq = firstOf(tables, room, selection);
  while (seq <= to) {
    const page = pageAt(tables, room, seq);
    if (page.status === 'end') return;
    const before = seq;
    if (page.status === 'segment') {
      let text = '';
      for (const entry of entriesOf(page.segment)) {
        const { time } = entry.stamp;
        if (time >= selection.until) return yield { text, seq };
        if (seq === entry.stamp.seq && seq <= to) {
          if (time >= since) text += lineOf(room, entry, format);
          seq++;
        }
      }
      if (text !== '') yield { text, seq: seq - 1 };
      continue;
    }
    seq = page.status === 'gap' ? page.next : page.to + 1;
    const last = Math.min(seq - 1, to);
    if (page.status === 'damaged') yield { damaged: { room: room.name, from: before, to: last } };
    // Nobody who asks for everything asks for what retention took before.
    if (page.status === 'gap' && before === implied) continue;
    yield { text: gapOf(room, before, last, format), seq: last };
  }
}

function firstOf(tables: Tables, room: LogRoom, { from, since }: Selection): Seq {
  return Math.max(from, 1, since > 0 ? seqAround(tables, room, since) : 1);
}

function lineOf(room: LogRoom, { framed, stamp }: StoredEntry, format: ExportFormat): string {
  // What the log says about the place of an entry counts, not what stands in it.
  const entry = { ...readEntry(framed.subarray(PREFIX_BYTES)), ...stamp, room: room.name };
  return format === 'lines' ? chatLine(entry) : entryLine(entry, room.logId);
}

function gapOf(room: LogRoom, first: Seq, last: Seq, format: ExportFormat): string {
  if (format === 'jsonl') return gapLine(room.name, room.logId, last + 1);
  return chatGapLine(room.name, first, last, room.newestTime);
}
