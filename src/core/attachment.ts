// Owns one session's place in one room: how it takes part, and the cursor that feeds it.
import { Fault, type FaultName } from '../protocol/faults.ts';
import type { Seq } from '../roomlog/roomlog.ts';
import { gapFrame } from './answers.ts';
import { Cursor, type CursorOwner } from './cursor.ts';
import type { Source } from './outlet.ts';
import type { Room } from './room.ts';
import type { Session } from './session.ts';

export type AttachmentMode = 'member' | 'quiet' | 'send-only';

/** A cursor and what goes before its entries: the roster after a Joined or a Gap. */
class Feed implements Source, CursorOwner {
  readonly cursor: Cursor;
  /** Rosters still to be made, by the ref that each answers; 0: nobody asked. */
  readonly #rosters: number[];
  readonly #room: Room;
  readonly #session: Session;
  #before: Uint8Array[] = [];
  /** The newest signal of the room that was pulled. */
  #signal = 0;

  /** @param owed the refs of rosters that an earlier feed of this attachment did not come to */
  constructor({ room, session }: Attachment, position: Seq, owed: readonly number[]) {
    this.#room = room;
    this.#session = session;
    this.#rosters = [0, ...owed];
    this.cursor = new Cursor(room.ledger, position, this);
  }

  wake(): void {
    this.#session.wake();
  }

  gap(next: Seq): void {
    this.#before.push(gapFrame(this.#room.name, next));
    this.#rosters.push(0);
    this.wake();
  }

  /** A roster stands in the stream: made when it is written, and no entry that it holds comes before it. */
  addRoster(ref: number, waitingMax: number): void {
    if (this.#rosters.length >= waitingMax) {
      throw new Fault('BUSY', { limit: waitingMax, retryAfterMs: 250 });
    }
    this.#rosters.push(ref);
  }

  /** The refs of the rosters that will not be made any more. */
  cancel(): number[] {
    return this.#rosters.splice(0).filter((ref) => ref !== 0);
  }

  get atHead(): boolean {
    return this.#before.length === 0 && this.#rosters.length === 0 && this.cursor.atHead;
  }

  pull(budget: number): Uint8Array | 'idle' | 'full' {
    if (this.#before.length === 0) this.#before = this.#nextRoster();
    const [next] = this.#before;
    if (next !== undefined) {
      if (next.length > budget) return 'full';
      this.#before.shift();
      return next;
    }
    const run = this.cursor.pull(budget);
    if (run === 'idle' && this.atHead) return this.#nextSignal(budget);
    return typeof run === 'string' ? run : run.bytes;
  }

  /** Signals are for those who have everything else. */
  #nextSignal(budget: number): Uint8Array | 'idle' | 'full' {
    const frame = this.#room.signals.after(this.#signal);
    if (frame === 'none') return 'idle';
    if (frame === 'gone') {
      this.#rosters.push(0);
      return this.pull(budget);
    }
    if (frame.length > budget) return 'full';
    this.#signal++;
    return frame;
  }

  #nextRoster(): Uint8Array[] {
    const ref = this.#rosters.shift();
    if (ref === undefined) return [];
    // A roster comes with what the signals up to now would have said.
    if (ref === 0) this.#signal = this.#room.signals.newest;
    return [...(ref === 0 ? this.#room.rosterFrames() : this.#room.rosterAnswer(ref))];
  }
}

export class Attachment {
  readonly session: Session;
  readonly room: Room;
  readonly mode: AttachmentMode;
  /** The client has been told that it is in the room. */
  isJoined = false;
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
    const owed = this.stop();
    this.#feed = new Feed(this, first - 1, owed);
    this.session.outlet.add(this.#feed);
  }

  /**
   * Answers a RosterRequest, in the stream if there is one.
   * @throws Fault BUSY
   */
  answerRoster(ref: number): void {
    if (this.#feed === undefined) {
      this.session.requests.add({ ref, room: this.room.name }, (ready) => ready(this.room.rosterAnswer(ref)));
      return;
    }
    this.#feed.addRoster(ref, this.session.hub.settings.requestsWaiting);
    this.wake();
  }

  /** Ends the stream. Returns the refs of the rosters that it did not come to. */
  stop(): readonly number[] {
    if (this.#feed === undefined) return [];
    this.#feed.cursor.stop();
    this.session.outlet.remove(this.#feed);
    const owed = this.#feed.cancel();
    this.#feed = undefined;
    return owed;
  }

  /** Ends the stream; the rosters that were asked for still come. */
  mute(): void {
    for (const ref of this.stop()) this.answerRoster(ref);
  }

  /**
   * Writes what is still to come up to the head, if it lies ready and the window has room; then no more.
   * @param why what is said to requests that will not be answered
   */
  finish(why: FaultName): void {
    if (this.#feed?.cursor.recent === true) this.session.outlet.drain(this.#feed);
    for (const ref of this.stop()) {
      this.session.refuse({ ref, room: this.room.name }, new Fault(why));
    }
  }

  wake(): void {
    if (this.#feed !== undefined) this.session.wake();
  }
}
