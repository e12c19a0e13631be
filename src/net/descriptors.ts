// Notices when this process can open nothing more.
import { close, open } from 'node:fs';
import { devNull } from 'node:os';

const PROBE_MS = 1_000;

/**
 * When the descriptors are used up, new connections are closed by the event loop itself: nobody hears of them. So
 * after a connection was accepted, and then once a second until all is well, a file is opened to see whether that still
 * works. Tells each time of need once.
 */
export class DescriptorWatch {
  readonly #onExhausted: (error: Error) => void;
  #state: { at: 'well' } | { at: 'probing' } | { at: 'exhausted' } | { at: 'stopped' } = { at: 'well' };
  #timer: NodeJS.Timeout | undefined;

  constructor(onExhausted: (error: Error) => void) {
    this.#onExhausted = onExhausted;
  }

  /** A connection has taken a descriptor. */
  taken(): void {
    if (this.#state.at !== 'well' || this.#timer !== undefined) return;
    this.#state = { at: 'probing' };
    this.#probe(false);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#state = { at: 'stopped' };
  }

  #probe(wasExhausted: boolean): void {
    open(devNull, 'r', (error, fd) => {
      if (error === null) close(fd);
      if (this.#state.at === 'stopped') return;
      const isExhausted = error?.code === 'EMFILE' || error?.code === 'ENFILE';
      if (error !== null && isExhausted && !wasExhausted) this.#onExhausted(error);
      this.#state = { at: isExhausted ? 'exhausted' : 'well' };
      // Seldom: one file a second is nothing, one with each connection of a flood would be much.
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        if (isExhausted) this.#probe(true);
      }, PROBE_MS);
      this.#timer.unref();
    });
  }
}
