// Notices when this process can open nothing more.
import { close, open } from 'node:fs';
import { devNull } from 'node:os';

/** A file a second is nothing; one with each connection of a flood would be much. */
const PROBE_MS = 1_000;

/**
 * When the descriptors are used up, new connections are closed by the event loop itself: nobody hears of them. So
 * after a connection was accepted, and then once a second until all is well, a file is opened to see whether that still
 * works. Tells each time of need once.
 *
 * ```
 * QUIET ──taken()──► WATCHING ──a second without a connection, and all is well──► QUIET
 * ```
 */
export class DescriptorWatch {
  readonly #onExhausted: (error: Error) => void;
  #state: 'quiet' | 'watching' | 'stopped' = 'quiet';
  /** A descriptor was taken after the last look. */
  #wasTaken = false;
  #isExhausted = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(onExhausted: (error: Error) => void) {
    this.#onExhausted = onExhausted;
  }

  /** A connection has taken a descriptor. */
  taken(): void {
    this.#wasTaken = true;
    if (this.#state !== 'quiet') return;
    this.#state = 'watching';
    this.#look();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#state = 'stopped';
  }

  #look(): void {
    this.#wasTaken = false;
    open(devNull, 'r', (error, fd) => {
      if (error === null) close(fd);
      if (this.#state === 'stopped') return;
      const isExhausted = error?.code === 'EMFILE' || error?.code === 'ENFILE';
      if (error !== null && isExhausted && !this.#isExhausted) this.#onExhausted(error);
      this.#isExhausted = isExhausted;
      this.#timer = setTimeout(() => {
        if (this.#wasTaken || this.#isExhausted) this.#look();
        else this.#state = 'quiet';
      }, PROBE_MS);
      this.#timer.unref();
    });
  }
}
