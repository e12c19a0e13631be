// Long work on a log that people watch and may stop.

const BREATH_MS = 50;

/**
 * SQLite works in this thread: between its steps the work has to let the event loop in, or no signal would
 * arrive and nothing could be shown.
 */
export class Work {
  readonly #signal: AbortSignal;
  readonly #tell: (share: number) => void;
  #last = performance.now();

  /** @param tell how much of it is done, from 0 to 1; called now and then */
  constructor(signal: AbortSignal, tell: (share: number) => void) {
    this.#signal = signal;
    this.#tell = tell;
  }

  /** @throws the signal's reason */
  async step(done: number, total: number): Promise<void> {
    const now = performance.now();
    if (now - this.#last < BREATH_MS) return;
    this.tell(done, total);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    this.#signal.throwIfAborted();
    this.#last = performance.now();
  }

  /** For work that lets the event loop in by itself. */
  tell(done: number, total: number): void {
    this.#tell(total === 0 ? 1 : Math.min(1, done / total));
  }

  get isStopped(): boolean {
    return this.#signal.aborted;
  }

  throwIfStopped(): void {
    this.#signal.throwIfAborted();
  }
}
