// chat.log: a cursor that writes lines to a file.
import type { Follower } from '../core/follower.ts';
import { isPrivateRoom } from '../protocol/names.ts';
import { sameBytes } from '../protocol/bytes.ts';
import type { RoomName, Run, Seq } from '../roomlog/roomlog.ts';
import type { ChatFile, LineSource } from './chat-file.ts';
import { gapLine } from './chat-line.ts';
import { linesOf } from './chat-lines.ts';
import { localZone, type ZoneOffset } from './local-time.ts';
import type { RoomPosition, SaveContent } from './save-point.ts';

export interface ChatLogOptions {
  readonly file: ChatFile;
  /** Write private rooms, too. Everybody is told so in Welcome. */
  readonly logsPrivate: boolean;
  /** The rooms' logs survive this process. */
  readonly isDurable: boolean;
  /** Wall time, milliseconds since 1970, for the lines that stand for no entry. */
  readonly now: () => number;
  readonly zone?: ZoneOffset;
}

interface Place {
  readonly logId: Uint8Array;
  /** The last entry that was handed to the file. */
  taken: Seq;
  /** The last entry that the file has. */
  written: Seq;
  /** To be called when that is safe. */
  durable: (() => void) | undefined;
}

/**
 * Follows every room that it may. The grammar of its lines: chat-line.ts. The file's troubles are the file's:
 * while it can not be written the cursors lag, and the chat goes on. Let in in the turn in which it is made.
 *
 * Owns: the position up to which each room is in the file.
 */
export class ChatLog implements Follower, LineSource {
  readonly name = 'chat.log';
  readonly #options: ChatLogOptions;
  readonly #file: ChatFile;
  readonly #zone: ZoneOffset;
  /** Positions that an earlier process has left, of rooms that are not gone. */
  readonly #found: Map<RoomName, RoomPosition>;
  readonly #places = new Map<RoomName, Place>();
  #skipped = 0;

  constructor(options: ChatLogOptions) {
    this.#options = options;
    this.#file = options.file;
    this.#zone = options.zone ?? localZone;
    const { found } = options.file;
    this.#found = new Map(typeof found === 'string' ? [] : found.rooms.map((place) => [place.room, place]));
    this.#file.from(this);
  }

  wants(_room: RoomName, isPrivate: boolean): boolean {
    return !isPrivate || this.#options.logsPrivate;
  }

  position(room: RoomName, logId: Uint8Array, newest: Seq): Seq {
    const seq = this.#positionFound(room, logId, newest);
    this.#places.set(room, { logId, taken: seq, written: seq, durable: undefined });
    return seq;
  }

  /** The last entry of a room that the file has, 0 = none. */
  written(room: RoomName): Seq {
    return this.#places.get(room)?.written ?? 0;
  }

  /** Entries that were not written because nobody knows whether they are in the file already. */
  get skipped(): number {
    return this.#skipped;
  }

  take(room: RoomName, run: Run, done: () => void, durable: () => void): void {
    const place = this.#placeOf(room);
    place.taken = run.last;
    this.#file.append(linesOf(room, run, this.#zone), () => {
      place.written = run.last;
      place.durable = durable;
      done();
    });
  }

  gap(room: RoomName, next: Seq): void {
    const place = this.#placeOf(room);
    const first = place.taken + 1;
    const last = next - 1;
    if (last < first) return;
    place.taken = last;
    this.#file.append(gapLine(room, first, last, this.#options.now(), this.#zone), () => {
      place.written = last;
    });
  }

  ended(room: RoomName): void {
    this.#places.delete(room);
    this.#found.delete(room);
  }

  content(): SaveContent {
    const { logsPrivate, isDurable } = this.#options;
    // Logs that end with this process are never asked for again; those of a durable engine that ran before may be.
    if (!isDurable) return { logsPrivate, isDurable, rooms: [...this.#found.values()] };
    const rooms = Array.from(this.#places, ([room, { logId, written }]) => ({ room, logId, seq: written }));
    return { logsPrivate, isDurable, rooms: [...rooms.filter(({ seq }) => seq > 0), ...this.#unasked()] };
  }

  saved(): void {
    for (const place of this.#places.values()) {
      place.durable?.();
      place.durable = undefined;
    }
  }

  /** Where rooms stand that can not be read now: a later process may, and goes on there. */
  #unasked(): RoomPosition[] {
    return [...this.#found.values()].filter(
      ({ room }) => !this.#places.has(room) && this.wants(room, isPrivateRoom(room)),
    );
  }

  #positionFound(room: RoomName, logId: Uint8Array, newest: Seq): Seq {
    const known = this.#found.get(room);
    if (known !== undefined && sameBytes(known.logId, logId)) return Math.min(known.seq, newest);
    const { found } = this.#file;
    if (found === 'stream') return newest;
    if (found === 'lost') {
      this.#skipped += newest;
      return newest;
    }
    // What was said in private before everybody was told that it is written is not written now.
    if (isPrivateRoom(room) && (found === 'new' || !found.logsPrivate)) return newest;
    return 0;
  }

  #placeOf(room: RoomName): Place {
    const place = this.#places.get(room);
    if (place === undefined) throw new Error(`the position in ${room} was never asked for`);
    return place;
  }
}
