// What a harness has found wrong.

const TEXTS_MAX = 5;
const TEXT_MAX = 1_000;

/** Which kinds there are, in the order of the tables, and which of them are told even when there are none. */
export interface Kinds<Kind extends string> {
  readonly all: readonly Kind[];
  readonly always: ReadonlySet<Kind>;
}

/** Keeps what was found; of each kind the first ones in words, of the rest the number. */
export class Tally<Kind extends string> {
  readonly #kinds: Kinds<Kind>;
  readonly #counts = new Map<Kind, number>();
  readonly texts: string[] = [];
  readonly #onText: (text: string) => void;
  /** What is being done, for the texts. */
  during = '';

  /** @param onText is told at once */
  constructor(kinds: Kinds<Kind>, onText: (text: string) => void = () => undefined) {
    this.#kinds = kinds;
    this.#onText = onText;
  }

  add(kind: Kind, text: string): void {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count > TEXTS_MAX) return;
    const told = `${kind}: ${this.during}${text.slice(0, TEXT_MAX)}`;
    this.texts.push(told);
    this.#onText(told);
  }

  count(kind: Kind): number {
    return this.#counts.get(kind) ?? 0;
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** `lost 0, doubled 0, …`: what a table needs, and every kind that occurred. */
  get summary(): string {
    return this.#kinds.all
      .filter((kind) => this.#kinds.always.has(kind) || this.count(kind) > 0)
      .map((kind) => `${kind} ${this.count(kind)}`)
      .join(', ');
  }
}
