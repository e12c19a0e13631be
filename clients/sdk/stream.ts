// A position in a room's log, and who is there at it.
import {
  type Frame,
  type Joined,
  limits,
  type Position,
  sameBytes,
  Status,
} from '../../src/protocol/index.ts';
import { copyOf } from './bytes.ts';
import { type Entry, entryOf } from './entry.ts';
import { Violation } from './errors.ts';
import { Roster } from './roster.ts';

/**
 * Owns: how far one room has been delivered.
 * Invariant: what was taken is a contiguous run of one log, save for the jumps that Joined and Gap announce; the
 * position only moves forward within a log.
 */
export class Stream {
  readonly roster = new Roster();
  #position: Position | undefined;
  #newest = 0;

  /** `have`: what the application already holds. */
  constructor(have: Position | undefined) {
    this.#position = have;
  }

  /** Undefined: nothing is held, not even the log's id. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** The newest entry of the log that is known to exist, 0 = none. */
  get newest(): number {
    return this.#newest;
  }

  /**
   * Moves to where the server's cursor stands now.
   * @returns how that joins what is held; NEW_LOG also when only the log's id tells.
   * @throws Violation when the position would go back, or jump although the answer says that it does not
   */
  enter(joined: Joined): Status {
    const { first, newest } = joined;
    const held = this.#position;
    const logId = copyOf(joined.logId);
    if (logId.length !== limits.LOG_ID_BYTES || first === 0)
      throw new Violation('a Joined without a log or a first');
    if (held === undefined || joined.status === Status.NEW_LOG || !sameBytes(held.logId, logId)) {
      this.#position = { logId, seq: first - 1, check: 0 };
      this.#newest = newest;
      return held === undefined ? joined.status : Status.NEW_LOG;
    }
    if (first <= held.seq) throw new Violation(`Joined at ${first} behind ${held.seq}`);
    if (first !== held.seq + 1) {
      if (joined.status === Status.COMPLETE)
        throw new Violation(`Joined at ${first} is not complete after ${held.seq}`);
      this.#position = { logId, seq: first - 1, check: 0 };
    }
    this.#newest = Math.max(this.#newest, newest);
    return joined.status;
  }

  /**
   * Takes the next entry, of whatever kind.
   * @throws Violation when it is not the next one
   */
  advance(frame: Frame): Entry {
    const { logId, seq } = this.#entered();
    if (frame.seq !== seq + 1) throw new Violation(`entry ${frame.seq} after ${seq}`);
    const entry = entryOf(frame);
    this.#position = { logId, seq: entry.seq, check: entry.check };
    this.exists(entry.seq);
    this.roster.apply(entry);
    return entry;
  }

  /** Jumps over entries that no longer exist. @throws Violation when that leads back */
  jump(next: number): void {
    const { logId, seq } = this.#entered();
    if (next <= seq) throw new Violation(`a gap to ${next} after ${seq}`);
    this.#position = { logId, seq: next - 1, check: 0 };
  }

  /** An entry is known to exist, for instance by a receipt. */
  exists(seq: number): void {
    this.#newest = Math.max(this.#newest, seq);
  }

  #entered(): Position {
    if (this.#position === undefined) throw new Violation('an entry before Joined');
    return this.#position;
  }
}
