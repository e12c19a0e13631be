// Owns when what was read is written to the state file.
import type { RoomView } from '../sdk/index.ts';
import type { Identity } from './identity.ts';

/** Positions are written this often at most. After a kill, so much is shown again. */
const SAVE_INTERVAL_MS = 2_000;

export class PositionKeeper {
  readonly #identity: Identity;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(identity: Identity, onError: (error: unknown) => void) {
    this.#identity = identity;
    this.#onError = onError;
  }

  /** Everything up to the position of the room was shown. */
  keep(view: RoomView): void {
    this.#identity.remember(view.room, view.position);
    this.#timer ??= setTimeout(() => this.flush(), SAVE_INTERVAL_MS);
  }

  /** Writes now what was not written yet. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      this.#identity.save();
    } catch (error) {
      this.#onError(error);
    }
  }
}
