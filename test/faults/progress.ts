// How far a run is: one line that is written over on a terminal, one line now and then elsewhere.
const EVERY_MS = 10_000;

export class Progress {
  readonly #what: string;
  readonly #out = process.stderr;
  #told = performance.now();

  constructor(what: string) {
    this.#what = what;
  }

  tell(text: string): void {
    if (this.#out.isTTY) {
      this.#out.write(`\r\u001b[K${this.#what}: ${text}`);
    } else if (performance.now() - this.#told > EVERY_MS) {
      this.#told = performance.now();
      this.#out.write(`${this.#what}: ${text}\n`);
    }
  }

  end(): void {
    if (this.#out.isTTY) this.#out.write('\r\u001b[K');
  }
}
