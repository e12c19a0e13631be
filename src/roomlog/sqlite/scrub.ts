// Verifies every room over and over, slowly, while nothing else is to be done.
import type { DatabaseSync } from 'node:sqlite';
import { hexOf } from '../../protocol/bytes.ts';
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

interface Known {
  readonly name: RoomName;
  readonly logId: string;
}

export class Scrub {
  readonly #database: DatabaseSync;
  readonly #queries: RoomQueries;
  readonly #bytesPerSecond: number;
  readonly #restMs: number;
  readonly #onDamage: (damage: Damage) => void;
  /** Logs that are damaged need no second look, and no second word; by their log_id, in hexadecimal. */
  readonly #damaged = new Set<string>();
  /** The rooms by their numbers, as they were when last seen whole: a damaged head may tell another name. */
  #known: ReadonlyMap<number, Known> = new Map();
  /** Rooms of this round that are still to be verified; undefined between two rounds. */
  #rooms: number[] | undefined;
  #verifier: { readonly room: Known; readonly of: RoomVerifier } | undefined;

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
      this.#known = new Map(rooms.flatMap((number) => this.#learn(number)));
    } catch (error) {
      if (!tellsDamage(error)) throw error;
      // Then each room that is known is looked at, and found unreadable itself if it is.
    }
    return [...this.#known.keys()];
  }

  #learn(number: number): Array<[number, Known]> {
    const row = this.#queries.head(number);
    const isWhole = row?.isWhole === true && row.name !== null;
    const known = isWhole ? { name: row.name ?? '', logId: hexOf(row.logId) } : this.#known.get(number);
    return known === undefined ? [] : [[number, known]];
  }

  #next(rooms: number[]): { room: Known; of: RoomVerifier } | undefined {
    for (let number = rooms.shift(); number !== undefined; number = rooms.shift()) {
      const room = this.#known.get(number);
      const row =
        room === undefined || this.#damaged.has(room.logId) ? undefined : this.#headOf(number, room);
      if (room !== undefined && row !== undefined) {
        const { name } = room;
        return { room, of: new RoomVerifier(this.#database, { ...row, name }, row.oldest) };
      }
    }
    return undefined;
  }

  /** The head; undefined when there is nothing to verify, or it was told that there is nothing to read. */
  #headOf(number: number, room: Known): RoomRow | undefined {
    try {
      const row = this.#queries.head(number);
      if (row?.isWhole === false) this.#found(room, 'head');
      return row?.isWhole === true && row.name !== null ? row : undefined;
    } catch (error) {
      if (!tellsDamage(error)) throw error;
      this.#found(room, 'unreadable');
      return undefined;
    }
  }

  #found(room: Known, damage: Damage | 'head' | 'unreadable'): void {
    this.#damaged.add(room.logId);
    const whole = typeof damage === 'string' ? { from: 0, to: 0, kind: damage } : damage;
    this.#onDamage({ ...whole, room: room.name });
  }
}
