// What is made of many measurements, and how it is shown.

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which so large a part of the others lies; `part` 1 = the largest. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

/** A number with about three digits that mean something. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

/** A table for docs/results.md. Numbers of several runs become their median. */
export class Table {
  readonly #head: readonly string[];
  readonly #rows = new Map<string, Array<ReadonlyArray<number | string>>>();

  constructor(head: readonly string[]) {
    this.#head = head;
  }

  /** One run's row; rows of the same name are put together. */
  add(name: string, cells: ReadonlyArray<number | string>): void {
    const runs = this.#rows.get(name);
    if (runs === undefined) this.#rows.set(name, [cells]);
    else runs.push(cells);
  }

  toString(): string {
    const lines = [this.#head, this.#head.map(() => '---')];
    for (const [name, runs] of this.#rows) {
      const cells = (runs[0] ?? []).map((first, column) => {
        if (typeof first === 'string') return first;
        return shown(median(runs.map((run) => Number(run[column]))));
      });
      lines.push([name, ...cells]);
    }
    return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
  }
}
