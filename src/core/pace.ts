// Owns when the readers of rooms are served: at once, or a little later while that costs much.
import type { Clock } from './ports.ts';

/** What has something for many. */
export interface Paced {
  /** How many entries and signals there ever were: ascends. */
  readonly grownTo: number;
  /** Has all its readers served in this turn. */
  wakeReaders(): void;
}

/**
 * Writing to a thousand readers takes milliseconds, whether each write carries one entry or ten. So behind each round of
 * writes that took longer than `FREE_MS` the next one waits for `PAUSE_SHARE` times the rest: what comes meanwhile shares it.
 * A shorter round makes nobody wait, and neither does a room in which as much waits as makes writes cheap.
 */
const FREE_MS = 1;
const PAUSE_SHARE = 2.5;
const PAUSE_MS_MAX = 10;
/** Shorter than what a timer can measure. */
const PAUSE_MS_MIN = 1;
/** With so many entries in one write, one more saves hardly anything. */
const ENTRIES_ENOUGH = 16;

export class Pace {
  readonly #clock: Clock;
  readonly #come: () => void;
  /** Rooms that have grown, and how far their readers had been served. */
  readonly #grown = new Map<Paced, number>();
  /** Before this time, on the monotonic clock, a round would come too early. */
  #notBefore = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  /** @param come asks for a call to `serve` at the end of this turn */
  constructor(clock: Clock, come: () => void) {
    this.#clock = clock;
    this.#come = come;
  }

  get isIdle(): boolean {
    return this.#grown.size === 0;
  }

  grown(room: Paced): void {
    const before = this.#grown.get(room);
    if (before === undefined) this.#grown.set(room, room.grownTo - 1);
    if (this.#cancelTimer === undefined || room.grownTo - (before ?? room.grownTo) >= ENTRIES_ENOUGH)
      this.#come();
  }

  /** Called once in each turn. @param pump writes to all who were woken */
  serve(pump: () => void): void {
    const begun = this.#clock.monotonic();
    const hasGrown = this.#grown.size > 0;
    const isRound = hasGrown && (begun >= this.#notBefore || this.#isEnough());
    if (isRound) this.#wakeAll();
    else if (hasGrown) this.#comeLater(this.#notBefore - begun);
    pump();
    // What has grown by that has a turn of its own.
    if (isRound) this.#pause(this.#clock.monotonic() - begun);
  }

  #isEnough(): boolean {
    for (const [room, before] of this.#grown) if (room.grownTo - before >= ENTRIES_ENOUGH) return true;
    return false;
  }

  #wakeAll(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const room of this.#grown.keys()) room.wakeReaders();
    this.#grown.clear();
  }

  #pause(tookMs: number): void {
    const pauseMs = Math.min(PAUSE_MS_MAX, Math.max(0, tookMs - FREE_MS) * PAUSE_SHARE);
    const now = this.#clock.monotonic();
    this.#notBefore = pauseMs < PAUSE_MS_MIN ? now : now + pauseMs;
  }

  #comeLater(ms: number): void {
    this.#cancelTimer ??= this.#clock.after(ms, () => {
      this.#cancelTimer = undefined;
      this.#come();
    });
  }
}
