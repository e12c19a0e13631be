// A follower like chat.log: it must get every entry of every public room, in order, and nothing else.
import type { Follower } from '../../src/core/follower.ts';
import type { Run } from '../../src/roomlog/roomlog.ts';
import type { EventQueue } from '../support/event-queue.ts';
import { hexOf } from '../support/hex.ts';
import type { Random } from '../support/random.ts';
import type { Judge } from './judge.ts';
import { sameAt } from './splitter.ts';
import type { Store } from './store.ts';

const TAKE_US_MAX = 20_000;

export class Reader implements Follower {
  readonly name = 'reader';
  readonly #queue: EventQueue;
  readonly #random: Random;
  readonly #store: Store;
  readonly #judge: Judge;
  readonly #alive: () => boolean;
  readonly #next = new Map<string, number>();
  #durableAt = 0;

  constructor(queue: EventQueue, random: Random, store: Store, judge: Judge, alive: () => boolean) {
    this.#queue = queue;
    this.#random = random;
    this.#store = store;
    this.#judge = judge;
    this.#alive = alive;
  }

  wants(room: string, isPrivate: boolean): boolean {
    this.#judge.check(isPrivate === room.startsWith('~'), 'followers learn what is private', () => room);
    return !isPrivate;
  }

  position(room: string, logId: Uint8Array): number {
    const stored = this.#judge.room(room);
    this.#judge.check(
      stored !== undefined && hexOf(stored.logId) === hexOf(logId),
      'followers learn the log',
      () => room,
    );
    const from = this.#random.chance(0.5) ? 0 : (stored?.newest ?? 0);
    this.#next.set(room, from + 1);
    return from;
  }

  ended(room: string): void {
    this.#next.delete(room);
  }

  take(room: string, run: Run, done: () => void, durable: () => void): void {
    const stored = this.#store.rooms.get(room);
    this.#judge.check(!room.startsWith('~'), 'followers see public rooms only', () => room);
    this.#judge.check(
      run.first === this.#next.get(room),
      'followers read without a gap',
      () => `${room} ${run.first}`,
    );
    let at = 0;
    for (let seq = run.first; seq <= run.last; seq++) {
      const framed = stored?.versions(seq).find((version) => sameAt(run.bytes, at, version));
      if (framed === undefined) {
        this.#judge.broken('followers read the log', `${room} #${seq}`);
        return;
      }
      at += framed.length;
    }
    this.#judge.check(at === run.bytes.length, 'followers read whole entries', () => room);
    this.#next.set(room, run.last + 1);
    this.#queue.after(this.#random.below(TAKE_US_MAX), () => {
      if (this.#alive()) done();
    });
    // The one does not wait for the other: what is durable may be said long after the next run has come.
    this.#durableAt = Math.max(this.#durableAt + 1, this.#queue.now + this.#random.below(4 * TAKE_US_MAX));
    this.#queue.after(this.#durableAt - this.#queue.now, () => {
      if (this.#alive()) durable();
    });
  }

  gap(room: string, next: number): void {
    const before = this.#next.get(room) ?? 0;
    // It pins what it has not read; only what was gone when it began may be missing.
    this.#judge.check(
      before === 1 && next > 1,
      'retention waits for followers',
      () => `${room} ${before} ${next}`,
    );
    this.#next.set(room, next);
  }

  /** The public room in which something is still unread, if any. */
  get behind(): string | undefined {
    for (const [room, next] of this.#next) {
      if (next !== (this.#store.rooms.get(room)?.newest ?? 0) + 1) return room;
    }
    return undefined;
  }
}
