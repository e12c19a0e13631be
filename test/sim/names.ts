// The file of bound names, as far as it survives: slow, sometimes full, and in doubt when the process dies.
import type { BoundName, NameFailure, NameStore } from '../../src/core/ports.ts';
import type { EventQueue } from '../support/event-queue.ts';
import type { Random } from '../support/random.ts';
import { userOf } from './user.ts';

const WRITE_US_MAX = 60_000;
const FAILURE = 0.08;

/** What is on the disk, over all processes. */
export class NamesDisk {
  readonly bound = new Map<string, BoundName>();

  /** The full hash of the key that has this name, hexadecimal. */
  userOf(name: string): string | undefined {
    const record = this.bound.get(name.toLowerCase());
    return record === undefined || record.releasedAt !== undefined ? undefined : userOf({ key: record.key });
  }
}

/** One process's way to it. */
export class SimNames implements NameStore {
  readonly #disk: NamesDisk;
  readonly #queue: EventQueue;
  readonly #random: Random;
  readonly #mayFail: () => boolean;
  readonly #isAlive: () => boolean;
  /** Writes are done one after the other. */
  #freeAt = 0;

  constructor(
    disk: NamesDisk,
    queue: EventQueue,
    random: Random,
    { mayFail, isAlive }: { mayFail: () => boolean; isAlive: () => boolean },
  ) {
    this.#disk = disk;
    this.#queue = queue;
    this.#random = random;
    this.#mayFail = mayFail;
    this.#isAlive = isAlive;
  }

  all(): readonly BoundName[] {
    return [...this.#disk.bound.values()];
  }

  put(name: BoundName, done: (failure?: NameFailure) => void): void {
    this.#write(() => this.#disk.bound.set(name.name.toLowerCase(), name), done);
  }

  remove(name: string, done: (failure?: NameFailure) => void): void {
    this.#write(() => this.#disk.bound.delete(name.toLowerCase()), done);
  }

  #write(change: () => void, done: (failure?: NameFailure) => void): void {
    const fails = this.#mayFail() && this.#random.chance(FAILURE);
    const { now } = this.#queue;
    const beginsAt = Math.max(now, this.#freeAt);
    const us = this.#random.between(2, WRITE_US_MAX);
    this.#freeAt = beginsAt + us;
    // It is on the disk some time before anybody is told: a process that dies in between never knows.
    this.#queue.after(beginsAt - now + Math.floor(us * this.#random.float() * 0.5), () => {
      if (!fails && this.#isAlive()) change();
    });
    this.#queue.after(beginsAt - now + us, () => {
      if (this.#isAlive()) done(fails ? 'STORAGE_FULL' : undefined);
    });
  }
}
