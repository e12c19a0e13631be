// Owns when what was read is written to the state file.
import type { RoomView } from '../sdk/index.ts';
import type { UserFile } from './user-file.ts';

/** Positions are written this often at most. After a kill, so much is shown again. */
const SAVE_INTERVAL_MS = 2_000;

export class PositionKeeper {
  readonly #userFile: UserFile;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(userFile: UserFile, onError: (error: unknown) => void) {
    this.#userFile = userFile;
    this.#onError = onError;
  }

  /** Everything up to the position of the room was shown. */
  keep(view: RoomView): void {
    this.#userFile.remember(view.room, view.position);
    this.#timer ??= setTimeout(() => this.flush(), SAVE_INTERVAL_MS);
  }

  /** Writes now what was not written yet. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      this.#userFile.save();
    } catch (error) {
      this.#onError(error);
    }
  }
}
