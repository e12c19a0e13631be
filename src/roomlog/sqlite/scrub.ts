// Verifies every room over and over, slowly, while nothing else is to be done.
import type { DatabaseSync } from 'node:sqlite';
import type { RoomName } from '../roomlog.ts';
import { type Damage, tellsDamage } from './damage.ts';
import { RoomQueries } from './room-queries.ts';
import type { RoomRow } from './room-row.ts';
import { RoomVerifier } from './verify.ts';

export interface ScrubOptions {
  /** How fast it reads entries; 1 MiB when absent. */
  readonly bytesPerSecond?: number;
  /** Between two rounds; a day when absent. */
  readonly restMs?: number;
  /** Called once for each damaged room, from within `step`. */
  readonly onDamage: (damage: Damage) => void;
}

const DAY_MS = 86_400_000;
/** What a step costs besides the entries that it reads: so that a thousand empty rooms are no burst either. */
const STEP_BYTES = 4_096;

export class Scrub {
  readonly #database: DatabaseSync;
  readonly #queries: RoomQueries;
  readonly #bytesPerSecond: number;
  readonly #restMs: number;
  readonly #onDamage: (damage: Damage) => void;
  /** Rooms that were damaged need no second look, and no second word. */
  readonly #damaged = new Set<RoomName>();
  /** Names as they were when first seen: a damaged head may tell another one. */
  readonly #names = new Map<number, RoomName>();
  /** Rooms of this round that are still to be verified. */
  #rooms: number[] = [];
  #verifier: RoomVerifier | undefined;

  /** The rooms of the database have been checked at this moment (`checkAtStart`). */
  constructor(database: DatabaseSync, options: ScrubOptions) {
    this.#database = database;
    this.#queries = RoomQueries.of(database);
    this.#bytesPerSecond = options.bytesPerSecond ?? 1_048_576;
    this.#restMs = options.restMs ?? DAY_MS;
    this.#onDamage = options.onDamage;
    this.#begin();
  }

  /** One short read transaction. Says after how many milliseconds the next step is wanted. @throws as RoomVerifier */
  step(): number {
    this.#verifier ??= this.#next();
    if (this.#verifier === undefined) {
      this.#begin();
      return this.#restMs;
    }
    const result = this.#verifier.step();
    const read = this.#verifier.bytesRead + STEP_BYTES;
    if (result !== 'more') this.#verifier = undefined;
    if (typeof result !== 'string') this.#found(result);
    return Math.ceil((read * 1_000) / this.#bytesPerSecond);
  }

  /** A new round, over the rooms that there are now. */
  #begin(): void {
    try {
      this.#rooms = this.#queries.numbers();
      for (const number of this.#rooms) this.#learn(number);
    } catch (error) {
      if (!tellsDamage(error)) throw error;
      // Then each room that is known is looked at, and found unreadable itself if it is.
      this.#rooms = [...this.#names.keys()];
    }
  }

  #learn(number: number): void {
    const row = this.#queries.head(number);
    if (row?.isWhole === true && row.name !== null) this.#names.set(number, row.name);
  }

  #next(): RoomVerifier | undefined {
    for (let number = this.#rooms.shift(); number !== undefined; number = this.#rooms.shift()) {
      const name = this.#names.get(number);
      const row = name === undefined || this.#damaged.has(name) ? undefined : this.#headOf(number);
      if (name !== undefined && row !== undefined) {
        return new RoomVerifier(this.#database, { ...row, name }, row.oldest);
      }
    }
    return undefined;
  }

  /** The head; undefined when there is nothing to verify, or it was told that there is nothing to read. */
  #headOf(number: number): RoomRow | undefined {
    const room = this.#names.get(number) ?? '';
    try {
      const row = this.#queries.head(number);
      if (row?.isWhole === false) this.#found({ room, from: 0, to: 0, kind: 'head' });
      if (row === undefined || row.name === null) this.#names.delete(number);
      return row?.isWhole === true && row.name !== null ? row : undefined;
    } catch (error) {
      if (!tellsDamage(error)) throw error;
      this.#found({ room, from: 0, to: 0, kind: 'unreadable' });
      return undefined;
    }
  }

  #found(damage: Damage): void {
    if (this.#damaged.has(damage.room)) return;
    this.#damaged.add(damage.room);
    this.#onDamage(damage);
  }
}
