// Owns how much may be under way at once.

/** Counts promises that are not settled yet, with a weight each; waits until there is room for more. */
export class InFlight {
  readonly #countMax: number;
  readonly #weightMax: number;
  #count = 0;
  #weight = 0;
  #waiting: (() => void)[] = [];

  constructor(countMax: number, weightMax: number = Number.POSITIVE_INFINITY) {
    this.#countMax = countMax;
    this.#weightMax = weightMax;
  }

  get count(): number {
    return this.#count;
  }

  /** A promise that never rejects is under way. */
  add(promise: Promise<unknown>, weight: number = 0): void {
    this.#count++;
    this.#weight += weight;
    void promise.finally(() => {
      this.#count--;
      this.#weight -= weight;
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  /** Resolves when there is room for one more. */
  async room(): Promise<void> {
    while (this.#count >= this.#countMax || this.#weight >= this.#weightMax) await this.#change();
  }

  /** Resolves when nothing is under way. */
  async empty(): Promise<void> {
    while (this.#count > 0) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}
