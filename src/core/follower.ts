// Cursors that serve people instead of sessions: chat.log, alerts, an index.
import { FRAME_BYTES_MAX, PREFIX_BYTES } from '../protocol/limits.ts';
import type { RoomLog, RoomName, Run, Seq } from '../roomlog/roomlog.ts';
import { Cursor, type CursorOwner } from './cursor.ts';
import type { Ledger } from './ledger.ts';

export interface Follower {
  /** Under which its position pins the retention of each room. */
  readonly name: string;
  wants(room: RoomName, isPrivate: boolean): boolean;
  /**
   * The entry behind which it continues, at most `newest`; 0 = from the start. What comes after it is kept for
   * the follower until it says that it has it for good.
   */
  position(room: RoomName, logId: Uint8Array, newest: Seq): Seq;
  /**
   * Takes contiguous stamped, prefixed entries. The next come after `done`. `durable` says that none of these
   * will ever be asked for again, whatever happens to this process: from then on retention may take them, and
   * those before them. Both may be called at any time, `durable` for a later run alone if that is simpler.
   */
  take(room: RoomName, run: Run, done: () => void, durable: () => void): void;
  /** Entries before `next` are gone unread. */
  gap(room: RoomName, next: Seq): void;
  /** The room is gone for ever: nothing comes of it any more. */
  ended(room: RoomName): void;
}

/** What a follower takes at once: the largest frame fits. */
const BATCH_BYTES = FRAME_BYTES_MAX + PREFIX_BYTES;

/** A follower's position in one room. At most one run is with the follower. */
export class FollowerCursor implements CursorOwner {
  readonly #follower: Follower;
  readonly #log: RoomLog;
  readonly #room: RoomName;
  readonly #cursor: Cursor;
  #state: 'ready' | 'busy' | 'stopped' = 'ready';

  constructor(follower: Follower, log: RoomLog, ledger: Ledger) {
    this.#follower = follower;
    this.#log = log;
    this.#room = ledger.room;
    const asked = follower.position(ledger.room, ledger.logId, ledger.newest);
    const position = Math.min(asked, ledger.newest);
    log.pin(ledger.room, follower.name, position);
    this.#cursor = new Cursor(ledger, position, this);
  }

  gap(next: Seq): void {
    this.#follower.gap(this.#room, next);
  }

  wake(): void {
    while (this.#state === 'ready') {
      const before = this.#cursor.position;
      const run = this.#cursor.pull(BATCH_BYTES);
      if (typeof run !== 'string') this.#give(run);
      else if (this.#cursor.position === before) return;
    }
  }

  /** Everything is with the follower, and the follower has finished with it. */
  get isIdle(): boolean {
    return this.#state === 'ready' && this.#cursor.atHead;
  }

  /** The room is gone. */
  stop(): void {
    this.halt();
    this.#follower.ended(this.#room);
  }

  /** The room can not be read any more. */
  halt(): void {
    this.#state = 'stopped';
    this.#cursor.stop();
  }

  #give(run: Run): void {
    this.#state = 'busy';
    const done = (): void => {
      if (this.#state !== 'busy') return;
      this.#state = 'ready';
      this.wake();
    };
    this.#follower.take(this.#room, run, done, () => {
      if (this.#state !== 'stopped') this.#log.pin(this.#room, this.#follower.name, run.last);
    });
  }
}
