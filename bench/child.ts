// Clients are processes of their own: what they cost is not taken from the server's event loop.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { track } from './alive.ts';
import { pinned, type Pinning } from './pinning.ts';

/** Owns: one process that gets its task as a word and sends what it has found, once or more. */
export class Child<T> {
  readonly #child: ChildProcess;
  readonly #found: T[] = [];
  #wake: () => void = () => undefined;

  /**
   * @param pinning on whose core it stays; absent: on any
   * @param role `load` unless what it does is what is measured
   */
  constructor(module: string, task: object, pinning?: Pinning, role: 'server' | 'load' = 'load') {
    const [program = process.execPath, ...before] =
      pinning === undefined ? [process.execPath] : pinned([process.execPath], pinning, role);
    const how = before.length === 0 ? {} : { execPath: program, execArgv: before };
    this.#child = track(fork(new URL(module, import.meta.url), [JSON.stringify(task)], how));
    this.#child.on('message', (found: T) => {
      this.#found.push(found);
      this.#wake();
    });
    this.#child.once('exit', () => this.#wake());
  }

  async next(): Promise<T> {
    while (this.#found.length === 0) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        throw new Error('a client has ended');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#found.shift() as T;
  }

  /** Lets it go on, or end. */
  tell(word: string): void {
    this.#child.send(word);
  }

  async ended(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended();
  }
}

/** In the child: what it is to do. */
export function taskOf(): unknown {
  return JSON.parse(process.argv[2] ?? '{}');
}

export function tell(found: object): void {
  process.send?.(found);
}
