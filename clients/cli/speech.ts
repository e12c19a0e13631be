// Owns what is said in a conversation, and what becomes of it.
import { ClientError } from '../sdk/index.ts';
import { InFlight } from './in-flight.ts';
import { safeText } from './safe-text.ts';
import type { ShownRoom } from './shown-room.ts';
import type { Teller } from './teller.ts';

/** Whoever reads lines from a pipe waits while so many are on their way. */
const SENDS_MAX = 256;

export class Speech {
  readonly #teller: Teller;
  readonly #isWatched: boolean;
  readonly #onCount: (count: number) => void;
  readonly #sends = new InFlight(SENDS_MAX);
  /** What the person was not told of when it failed, because the conversation was ending. */
  readonly #untold: { readonly text: string; readonly isUnstored: boolean }[] = [];
  #stored = 0;
  #unstored = 0;
  #unknown = 0;
  /** Something else that was asked for did not happen. */
  #isMissing = false;
  #isEnding = false;

  /**
   * @param isWatched a person sees what becomes of each message, and decides what to do about it
   * @param onCount told how many messages are on their way
   */
  constructor(teller: Teller, isWatched: boolean, onCount: (count: number) => void) {
    this.#teller = teller;
    this.#isWatched = isWatched;
    this.#onCount = onCount;
  }

  /** Messages on their way. */
  get count(): number {
    return this.#sends.count;
  }

  /** Whether all happened that was asked for, as far as who asked has to be told by an exit code. */
  get isWhole(): boolean {
    if (this.#isWatched) return this.#untold.length === 0;
    return this.#unstored + this.#unknown === 0 && !this.#isMissing;
  }

  /** Says something in a room. What becomes of it is shown. */
  say(room: ShownRoom, text: string): void {
    this.#sends.add(this.#send(room, text));
    this.#onCount(this.count);
  }

  /** Resolves when there is room for one message more. */
  room(): Promise<void> {
    return this.#sends.room();
  }

  /** Resolves when no message is on its way. */
  empty(): Promise<void> {
    return this.#sends.empty();
  }

  /** Words that could be sent nowhere are lost; why was said before. */
  unsaid(text: string): void {
    this.#unstored++;
    this.#teller.remark(this.#teller.texts.chat.notStored(safeText(text)), 'alarm');
  }

  /** Says why something that was asked for does not happen. */
  refuse(text: string): void {
    this.miss();
    this.#teller.remark(text, 'alarm');
  }

  /** Something that was asked for did not happen; that was said. */
  miss(): void {
    this.#isMissing = true;
  }

  /** From now on outcomes are told together, by `tell`. */
  end(): void {
    this.#isEnding = true;
  }

  /** Says what was not stored, when all is decided. */
  tell(): void {
    const { chat } = this.#teller.texts;
    for (const { text, isUnstored } of this.#untold)
      this.#teller.remark(chat[isUnstored ? 'notStored' : 'perhapsStored'](safeText(text)), 'alarm');
    const isSum = this.#isWatched ? this.#untold.length > 0 : this.#unstored + this.#unknown > 0;
    if (isSum) this.#teller.remark(chat.outcomes(this.#stored, this.#unstored, this.#unknown), 'alarm');
  }

  async #send(room: ShownRoom, text: string): Promise<void> {
    try {
      await room.view.send(text);
      this.#stored++;
      this.#teller.taken(room.view.room);
    } catch (error) {
      this.#fail(text, error);
    } finally {
      this.#onCount(this.count - 1);
    }
  }

  #fail(text: string, error: unknown): void {
    const isUnstored = error instanceof ClientError && error.unstored;
    if (isUnstored) this.#unstored++;
    else this.#unknown++;
    if (this.#isEnding) {
      this.#untold.push({ text, isUnstored });
      return;
    }
    const { chat } = this.#teller.texts;
    const [words, why] = [safeText(text), this.#teller.why(error)];
    const told = isUnstored ? chat.unsent(words, why) : `${chat.perhapsStored(words)}\n${why}`;
    this.#teller.remark(told, 'alarm');
  }
}
