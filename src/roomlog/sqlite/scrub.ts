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
  /** Rooms that are damaged need no second look, and no second word. */
  readonly #damaged = new Set<number>();
  /** Names as they were when first seen: a damaged head may tell another one. */
  readonly #names = new Map<number, RoomName>();
  /** Rooms of this round that are still to be verified; undefined between two rounds. */
  #rooms: number[] | undefined;
  #verifier: { readonly room: number; readonly of: RoomVerifier } | undefined;

  /** The rooms of the database have been checked at this moment (`checkAtStart`). */
  constructor(database: DatabaseSync, options: ScrubOptions) {
    this.#database = database;
    this.#queries = RoomQueries.of(database);
    this.#bytesPerSecond = options.bytesPerSecond ?? 1_048_576;
    this.#restMs = options.restMs ?? DAY_MS;
    this.#onDamage = options.onDamage;
    this.#rooms = this.#list();
  }

  /** One short read transaction. Says after how many milliseconds the next step is wanted. @throws as RoomVerifier */
  step(): number {
    this.#rooms ??= this.#list();
    this.#verifier ??= this.#next(this.#rooms);
    if (this.#verifier === undefined) {
      this.#rooms = undefined;
      return this.#restMs;
    }
    const { room, of } = this.#verifier;
    const result = of.step();
    if (result !== 'more') this.#verifier = undefined;
    if (typeof result !== 'string') this.#found(room, result);
    const read = of.bytesRead + STEP_BYTES;
    return Math.ceil((read * 1_000) / this.#bytesPerSecond);
  }

  /** The rooms that there are now. */
  #list(): number[] {
    try {
      const rooms = this.#queries.numbers();
      for (const number of rooms) this.#learn(number);
      const known = new Set(rooms);
      for (const number of this.#names.keys()) if (!known.has(number)) this.#forget(number);
      return rooms;
    } catch (error) {
      if (!tellsDamage(error)) throw error;
      // Then each room that is known is looked at, and found unreadable itself if it is.
      return [...this.#names.keys()];
    }
  }

  #learn(number: number): void {
    const row = this.#queries.head(number);
    if (row?.isWhole === true && row.name !== null) this.#names.set(number, row.name);
  }

  #forget(number: number): void {
    this.#names.delete(number);
    this.#damaged.delete(number);
  }

  #next(rooms: number[]): { room: number; of: RoomVerifier } | undefined {
    for (let number = rooms.shift(); number !== undefined; number = rooms.shift()) {
      const name = this.#names.get(number);
      const row = name === undefined || this.#damaged.has(number) ? undefined : this.#headOf(number);
      if (name !== undefined && row !== undefined) {
        return { room: number, of: new RoomVerifier(this.#database, { ...row, name }, row.oldest) };
      }
    }
    return undefined;
  }

  /** The head; undefined when there is nothing to verify, or it was told that there is nothing to read. */
  #headOf(number: number): RoomRow | undefined {
    const room = this.#names.get(number) ?? '';
    try {
      const row = this.#queries.head(number);
      if (row?.isWhole === false) this.#found(number, { room, from: 0, to: 0, kind: 'head' });
      if (row === undefined) this.#forget(number);
      return row?.isWhole === true && row.name !== null ? row : undefined;
    } catch (error) {
      if (!tellsDamage(error)) throw error;
      this.#found(number, { room, from: 0, to: 0, kind: 'unreadable' });
      return undefined;
    }
  }

  #found(number: number, damage: Damage): void {
    this.#damaged.add(number);
    this.#onDamage(damage);
  }
}
