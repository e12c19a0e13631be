// What a run may find wrong.

/** The kinds of broken promises, in the order of the tables. */
export const FINDINGS = [
  /** An entry that somebody had a receipt for, or had seen, is not in the log where it was. */
  'lost',
  /** A message is in the log twice. */
  'doubled',
  /** A sender's lines changed order, or seq or time went back. */
  'reordered',
  /** An entry is not what was said, not what it was, or not what its chain says. */
  'altered',
  /** Something is in the log that nobody has said. */
  'foreign',
  /** Two readers of one room have seen different things, or one a list with a hole. */
  'split',
  /** The server said nothing, or something else than it promises. */
  'answer',
  /** The server speaks of damage where there is none. */
  'alarm',
  /** The server did not start, did not go on, or did not end. */
  'stuck',
  /** chat.log is not the log. */
  'chat.log',
  /** What was changed on the disk came out as if it had been said so. */
  'silent',
] as const;

export type FindingKind = (typeof FINDINGS)[number];

/** Keeps what was found; of each kind the first ones in words, of the rest the number. */
export class Findings {
  readonly #counts = new Map<FindingKind, number>();
  readonly texts: string[] = [];
  readonly #onText: (text: string) => void;
  /** What is being done, for the texts. */
  during = '';

  /** @param onText is told at once */
  constructor(onText: (text: string) => void = () => undefined) {
    this.#onText = onText;
  }

  add(kind: FindingKind, text: string): void {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count > TEXTS_MAX) return;
    const told = `${kind}: ${this.during}${text.slice(0, TEXT_MAX)}`;
    this.texts.push(told);
    this.#onText(told);
  }

  count(kind: FindingKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** `lost 0, doubled 0, …`: what a table needs, and every kind that occurred. */
  get summary(): string {
    return FINDINGS.filter((kind) => ALWAYS_TOLD.has(kind) || this.count(kind) > 0)
      .map((kind) => `${kind} ${this.count(kind)}`)
      .join(', ');
  }
}

const TEXTS_MAX = 5;
const TEXT_MAX = 1_000;
const ALWAYS_TOLD: ReadonlySet<FindingKind> = new Set(['lost', 'doubled', 'reordered', 'alarm']);
