// Owns one session's place in one room: how it takes part, and the cursor that feeds it.
import type { Seq } from '../roomlog/roomlog.ts';
import { gapFrame } from './answers.ts';
import { Cursor } from './cursor.ts';
import type { Source } from './outlet.ts';
import type { Room } from './room.ts';
import type { Session } from './session.ts';

export type AttachmentMode = 'member' | 'quiet' | 'send-only';

/** A cursor and what goes before its entries: the roster after a Joined or a Gap. */
class Feed implements Source {
  readonly cursor: Cursor;
  readonly #before: Uint8Array[];

  constructor(room: Room, position: Seq, wake: () => void) {
    this.#before = [...room.rosterFrames()];
    this.cursor = new Cursor(room.ledger, position, wake, (next) => {
      this.#before.push(gapFrame(room.name, next), ...room.rosterFrames());
      wake();
    });
  }

  get atHead(): boolean {
    return this.#before.length === 0 && this.cursor.atHead;
  }

  pull(budget: number): Uint8Array | 'idle' | 'full' {
    const [next] = this.#before;
    if (next !== undefined) {
      if (next.length > budget) return 'full';
      this.#before.shift();
      return next;
    }
    const run = this.cursor.pull(budget);
    return typeof run === 'string' ? run : run.bytes;
  }
}

export class Attachment {
  readonly session: Session;
  readonly room: Room;
  readonly mode: AttachmentMode;
  #feed: Feed | undefined;

  constructor(session: Session, room: Room, mode: AttachmentMode) {
    this.session = session;
    this.room = room;
    this.mode = mode;
  }

  /** Whether entries of the room reach this session. */
  get follows(): boolean {
    return this.#feed !== undefined;
  }

  /** Entries between the cursor and the head. */
  get lag(): number {
    return this.#feed === undefined ? 0 : this.room.ledger.newest - this.#feed.cursor.position;
  }

  /** From now on this attachment's stream begins with a roster and the entry `first`. */
  follow(first: Seq): void {
    this.stop();
    this.#feed = new Feed(this.room, first - 1, () => this.wake());
    this.session.outlet.add(this.#feed);
  }

  stop(): void {
    if (this.#feed === undefined) return;
    this.#feed.cursor.stop();
    this.session.outlet.remove(this.#feed);
    this.#feed = undefined;
  }

  /** Writes what is still to come up to the head, if it lies ready and the window has room; then no more. */
  finish(): void {
    if (this.#feed?.cursor.recent === true) this.session.outlet.drain(this.#feed);
    this.stop();
  }

  wake(): void {
    if (this.#feed !== undefined) this.session.wake();
  }

  /** A signal: only for those who have everything else. */
  offer(frame: Uint8Array): void {
    if (this.#feed?.atHead === true) this.session.outlet.offer(frame);
  }
}
