// chat.log: a cursor that writes lines to a file.
import type { Follower } from '../core/follower.ts';
import { sameBytes } from '../protocol/bytes.ts';
import { FrameSplitter } from '../protocol/framing.ts';
import type { RoomName, Run, Seq } from '../roomlog/roomlog.ts';
import type { AppendFile } from './append-file.ts';
import { chatLine, gapLine, readEntry } from './chat-line.ts';
import { localZone, type ZoneOffset } from './local-time.ts';

export interface ChatLogOptions {
  readonly file: AppendFile;
  /** Write private rooms, too. Everybody is told so in Welcome. */
  readonly logsPrivate: boolean;
  /** Wall time, milliseconds since 1970, for the lines that stand for no entry. */
  readonly now: () => number;
  readonly zone?: ZoneOffset;
}

/**
 * Follows every room that it may. The grammar of its lines: chat-line.ts. The file's troubles are the file's:
 * while it can not be written the cursors lag, and the chat goes on.
 *
 * Owns: the position up to which each room is in the file.
 */
export class ChatLog implements Follower {
  readonly name = 'chat.log';
  readonly #file: AppendFile;
  readonly #logsPrivate: boolean;
  readonly #now: () => number;
  readonly #zone: ZoneOffset;
  readonly #written = new Map<RoomName, { logId: Uint8Array; seq: Seq }>();

  constructor({ file, logsPrivate, now, zone = localZone }: ChatLogOptions) {
    this.#file = file;
    this.#logsPrivate = logsPrivate;
    this.#now = now;
    this.#zone = zone;
  }

  wants(_room: RoomName, isPrivate: boolean): boolean {
    return !isPrivate || this.#logsPrivate;
  }

  position(room: RoomName, logId: Uint8Array): Seq {
    const known = this.#written.get(room);
    if (known !== undefined && sameBytes(known.logId, logId)) return known.seq;
    this.#written.set(room, { logId, seq: 0 });
    return 0;
  }

  /** The last entry of a room that the file has, 0 = none. */
  written(room: RoomName): Seq {
    return this.#written.get(room)?.seq ?? 0;
  }

  take(room: RoomName, run: Run, done: () => void, durable: () => void): void {
    this.#file.append(linesOf(room, run, this.#zone), () => {
      this.#advance(room, run.last);
      durable();
      done();
    });
  }

  gap(room: RoomName, next: Seq): void {
    const last = next - 1;
    const first = this.written(room) + 1;
    if (last < first) return;
    this.#advance(room, last);
    this.#file.append(gapLine(room, first, last, this.#now(), this.#zone), () => undefined);
  }

  ended(room: RoomName): void {
    this.#written.delete(room);
  }

  #advance(room: RoomName, seq: Seq): void {
    const known = this.#written.get(room);
    if (known !== undefined) known.seq = seq;
  }
}

function linesOf(room: RoomName, run: Run, zone: ZoneOffset): string {
  const splitter = new FrameSplitter();
  splitter.write(run.bytes);
  let lines = '';
  let seq = run.first;
  for (let payload = splitter.next(); payload !== undefined; payload = splitter.next()) {
    const entry = readEntry(payload);
    // What the log says about the place of an entry counts, not what stands in it.
    lines += chatLine({ ...entry, room, seq }, zone);
    seq++;
  }
  return lines;
}
