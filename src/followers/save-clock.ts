// When to save: seldom under load, soon when it is quiet.

/** Milliseconds. */
export interface SaveTimes {
  /** From the first line behind a save point to the next one, when none was made for long. */
  readonly quiet: number;
  /** From one save point to the next, at least. */
  readonly interval: number;
}

const TIMES: SaveTimes = { quiet: 100, interval: 1_000 };
/** A disk on which saving takes long is not kept busy by it: so much longer is the wait than the work. */
const REST_FACTOR = 20;

/** Owns: one timer. */
export class SaveClock {
  readonly #times: SaveTimes;
  readonly #onDue: () => void;
  #timer: NodeJS.Timeout | undefined;
  #notBefore = 0;
  #isDue = false;

  constructor(onDue: () => void, times: SaveTimes = TIMES) {
    this.#onDue = onDue;
    this.#times = times;
  }

  get isDue(): boolean {
    return this.#isDue;
  }

  /** There is something to save. */
  changed(): void {
    if (this.#timer !== undefined || this.#isDue) return;
    const ms = Math.max(this.#times.quiet, this.#notBefore - performance.now());
    this.#timer = setTimeout(() => this.now(), ms);
  }

  /** Whatever there is to save is due. */
  now(): void {
    this.stop();
    this.#isDue = true;
    this.#onDue();
  }

  /** Everything is saved, and that took `ms`. */
  saved(ms: number): void {
    this.stop();
    this.#isDue = false;
    this.#notBefore = performance.now() + Math.max(this.#times.interval, REST_FACTOR * ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
