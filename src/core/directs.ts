// Owns the hints that a session still owes its user: private rooms that grew unseen. A set, not a queue.
import { directFrame } from './answers.ts';
import type { Source } from './outlet.ts';
import type { Room } from './room.ts';
import { authorOf, type User } from './user.ts';

export class Directs implements Source {
  readonly atHead = true;
  readonly #due = new Set<Room>();
  readonly #user: User;

  constructor(user: User) {
    this.#user = user;
  }

  /** However often a room grows before its hint is written, one is written, with the newest entry. */
  add(room: Room): void {
    this.#due.add(room);
  }

  remove(room: Room): void {
    this.#due.delete(room);
  }

  pull(budget: number): Uint8Array | 'idle' | 'full' {
    const [room] = this.#due;
    if (room === undefined) return 'idle';
    const peer = room.peerOf(this.#user);
    const frame = directFrame(room.name, {
      peer: peer && authorOf(peer),
      newest: room.ledger.newest,
      time: room.ledger.newestTime,
    });
    if (frame.length > budget) return 'full';
    this.#due.delete(room);
    return frame;
  }
}
