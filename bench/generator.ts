// One run of the load generator, a C program, and what it says at its end.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { track } from './alive.ts';
import { LOAD } from './build.ts';
import { pinned, type Pinning } from './pinning.ts';

/** What the generator prints, as far as it is used here. */
export interface LoadResult {
  readonly messages: number;
  readonly deliveries: number;
  readonly seconds: number;
  readonly deliveriesPerSecond: number;
  readonly latencyMs: {
    readonly p50: number;
    readonly p99: number;
    readonly p999: number;
    readonly max: number;
  };
  readonly joinSeconds: number;
  readonly ownCpuSeconds: number;
  /** Part of its core, 0 to 1, in the measured part. */
  readonly busy: number;
  readonly failed: string | null;
}

/** Numbers that a result must have. */
const NUMBERS = [
  'messages',
  'deliveries',
  'seconds',
  'deliveriesPerSecond',
  'joinSeconds',
  'ownCpuSeconds',
  'busy',
];

/** The last line that is an object. @throws Error when there is none, or something is missing */
export function parseResult(out: string): LoadResult {
  const line = out.split('\n').findLast((text) => text.startsWith('{'));
  if (line === undefined) throw new Error('the generator said nothing');
  const result = JSON.parse(line) as Record<string, unknown>;
  if (typeof result['failed'] === 'string') return result as unknown as LoadResult;
  const missing = NUMBERS.find((name) => typeof result[name] !== 'number');
  if (missing !== undefined) throw new Error(`the generator does not say ${missing}`);
  return result as unknown as LoadResult;
}

export type Mark = 'begin' | 'end';

/** Owns: one process of the generator. Descriptor 3 tells of marks, descriptor 4 lets it go on. */
export class Generator {
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  #out = '';
  #errors = '';
  #onOut: () => void = () => undefined;

  /**
   * @param onMark what is to be done at the begin and at the end of the measured part, while it waits
   * @param file another program that says the same
   */
  constructor(
    args: readonly string[],
    pinning: Pinning,
    onMark: (mark: Mark) => void = () => undefined,
    file = LOAD,
  ) {
    const [program = '', ...words] = pinned([file, ...args], pinning, 'load');
    const pipes = ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'] as const;
    this.#child = track(spawn(program, words, { stdio: [...pipes] }));
    this.#gone = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.once('error', (error) => {
      this.#errors += error.message;
    });
    const [, , , marks, go] = this.#child.stdio as [Writable, Readable, Readable, Readable, Writable];
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#out += String(chunk);
      this.#onOut();
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + String(chunk)).slice(-500);
    });
    for (const stream of [go, this.#child.stdin]) stream?.on('error', () => undefined);
    marks.on('data', (chunk: Buffer) => {
      for (const mark of String(chunk).split('\n')) {
        if (mark !== 'begin' && mark !== 'end') continue;
        try {
          onMark(mark);
        } catch (error) {
          // A server that is gone: its end is what the generator will tell, too.
          this.#errors += String(error);
        }
        go.write('.');
      }
    });
    this.#child.once('close', () => this.#onOut());
  }

  /** Resolves when all have joined. @throws Error when it ended instead */
  async ready(): Promise<void> {
    while (!/^ready$/m.test(this.#out)) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        throw new Error(this.#complaint());
      await new Promise<void>((resolve) => {
        this.#onOut = resolve;
      });
    }
  }

  /** What it says at its end. @throws Error when the run failed */
  async result(): Promise<LoadResult> {
    this.#child.stdin?.end();
    await this.#gone;
    const result = this.#parsed();
    if (result.failed !== null && result.failed !== undefined) throw new Error(result.failed);
    return result;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  #parsed(): LoadResult {
    try {
      return parseResult(this.#out);
    } catch {
      throw new Error(this.#complaint());
    }
  }

  #complaint(): string {
    try {
      return parseResult(this.#out).failed ?? 'the generator ended';
    } catch {
      const code = this.#child.signalCode ?? this.#child.exitCode ?? '?';
      return `the generator ended (${code}) without a result: ${this.#errors.trim()}`;
    }
  }
}
