// Owns the lines that the person entered before, and the way through them.

const LINES_MAX = 500;

/** Goes back and forth through earlier lines; the line that was being written waits at the end. */
export class Recall {
  readonly #lines: string[] = [];
  #at = 0;
  #unfinished = '';

  /** A line was entered. Empty ones and repetitions of the last one are not kept. */
  add(line: string): void {
    if (line !== '' && line !== this.#lines.at(-1)) this.#lines.push(line);
    if (this.#lines.length > LINES_MAX) this.#lines.shift();
    this.#at = this.#lines.length;
    this.#unfinished = '';
  }

  /** The line before; `current` is what stands in the editor. Undefined at the oldest. */
  older(current: string): string | undefined {
    if (this.#at === 0) return undefined;
    if (this.#at === this.#lines.length) this.#unfinished = current;
    return this.#lines[--this.#at];
  }

  /** The line after, at last the unfinished one. Undefined behind that. */
  newer(): string | undefined {
    if (this.#at === this.#lines.length) return undefined;
    this.#at++;
    return this.#lines[this.#at] ?? this.#unfinished;
  }
}
