// A wait that can be cut short.

/** Owns: one timer, while somebody waits. */
export class Pause {
  #end: (() => void) | undefined;

  /** Resolves after `ms`, or at the next call to `end`. One waits at a time. */
  async wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#end = undefined;
  }

  end(): void {
    this.#end?.();
  }
}
