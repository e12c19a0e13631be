// Runs of entries as lines of chat.log.
import { payloadsOf } from '../protocol/frame.ts';
import type { RoomName, Run } from '../roomlog/roomlog.ts';
import { chatLine, readEntry } from './chat-line.ts';
import type { ZoneOffset } from './local-time.ts';

/** A line for each entry. */
export function linesOf(room: RoomName, run: Run, zone: ZoneOffset): string {
  let lines = '';
  let seq = run.first;
  for (const payload of payloadsOf(run.bytes)) {
    // What the log says about the place of an entry counts, not what stands in it.
    lines += chatLine({ ...readEntry(payload), room, seq }, zone);
    seq++;
  }
  return lines;
}
