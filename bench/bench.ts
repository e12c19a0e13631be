// What every measurement is given, and what it gives.

export interface Setup {
  /** A new directory on the disk that is measured. */
  readonly folder: string;
  readonly repeats: number;
  /** How long a rate is measured, milliseconds. */
  readonly spanMs: number;
  /** Entries of a large log. */
  readonly entries: number;
  /** A directory in which a large log is kept between runs; absent: made anew. */
  readonly kept: string | undefined;
  /** The server writes CPU profiles there. */
  readonly profiles: string | undefined;
  readonly say: (line: string) => void;
}

export interface Bench {
  readonly name: string;
  readonly about: string;
  /** The tables, as text. */
  run(setup: Setup): Promise<readonly string[]>;
}
