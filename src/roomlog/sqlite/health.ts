// Owns whether the log can be written, and tells the operator when that changes.
import type { AppendFailure } from '../roomlog.ts';
import type { DiskSpace } from './disk-space.ts';
import type { StorageEvent } from './events.ts';
import { troubleOf } from './storage-error.ts';

/** writing ⇄ full; from both to read-only, which ends with the process. */
type State = 'writing' | 'full' | 'read-only';

export class Health {
  readonly #space: DiskSpace;
  readonly #observe: (event: StorageEvent) => void;
  #state: State = 'writing';

  constructor(space: DiskSpace, observe: (event: StorageEvent) => void) {
    this.#space = space;
    this.#observe = observe;
  }

  /** Nothing is written any more. */
  get isReadOnly(): boolean {
    return this.#state === 'read-only';
  }

  /** Why nothing can be written at this moment, if so. */
  get refusal(): AppendFailure | undefined {
    if (this.#state === 'read-only') return 'STORAGE_READ_ONLY';
    return this.#space.isShort ? this.#full() : undefined;
  }

  /** Bytes that the log may take. */
  get freeBytes(): number {
    return this.#space.freeBytes();
  }

  /** Something was written. */
  wrote(): void {
    if (this.#state !== 'full') return;
    this.#state = 'writing';
    this.#observe({ event: 'storage-recovered' });
  }

  /** Something could not be written: what that means for it, and for everything that comes. */
  trouble(error: unknown): AppendFailure {
    const trouble = troubleOf(error, () => this.#space.freeBytes(0) === 0);
    if (trouble === 'full') return this.#full();
    if (trouble === 'broken') this.fail(error);
    return 'STORAGE_READ_ONLY';
  }

  /** Nothing more is to be written before a restart has looked at what is there. */
  fail(error: unknown): void {
    if (this.#state === 'read-only') return;
    this.#state = 'read-only';
    this.#observe({
      event: 'storage-failed',
      reason: error instanceof Error ? error.message : String(error),
    });
  }

  #full(): AppendFailure {
    if (this.#state === 'writing') {
      this.#state = 'full';
      this.#observe({ event: 'storage-full', freeBytes: this.#space.freeBytes() });
    }
    return 'STORAGE_FULL';
  }
}
