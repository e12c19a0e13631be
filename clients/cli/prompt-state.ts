// Owns what the prompt says: the state of the connection, what is not sent yet, where typing goes.
import { type Span, span } from './paragraph.ts';
import type { ShownRoom } from './shown-room.ts';
import type { ChatTexts } from './texts.ts';

type Connection =
  | { readonly is: 'up' }
  | { readonly is: 'connecting' }
  | { readonly is: 'down'; readonly retryAt: number };

/** A send that takes longer than this is shown. */
const UNSENT_SHOWN_AFTER_MS = 400;
const TICK_MS = 1_000;

export class PromptState {
  readonly #show: (prompt: readonly Span[]) => void;
  readonly #texts: ChatTexts;
  #connection: Connection = { is: 'up' };
  #room: ShownRoom | undefined;
  #unsent = 0;
  #unsentShown = 0;
  #settling: NodeJS.Timeout | undefined;
  #ticking: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(show: (prompt: readonly Span[]) => void, texts: ChatTexts) {
    this.#show = show;
    this.#texts = texts;
  }

  get isUp(): boolean {
    return this.#connection.is === 'up';
  }

  up(): void {
    this.#connection = { is: 'up' };
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    this.show();
  }

  connecting(): void {
    if (this.#connection.is === 'up') return;
    this.#connection = { is: 'connecting' };
    this.show();
  }

  down(retryInMs: number): void {
    this.#connection = { is: 'down', retryAt: Date.now() + retryInMs };
    this.#ticking ??= setInterval(() => this.show(), TICK_MS);
    this.show();
  }

  room(room: ShownRoom | undefined): void {
    this.#room = room;
    this.show();
  }

  /** So many sends are on their way. Those that are quickly stored are never shown. */
  unsent(count: number): void {
    this.#unsent = count;
    if (this.#isOver || this.#settling !== undefined || (count === 0 && this.#unsentShown === 0)) return;
    this.#settling = setTimeout(() => this.#settle(), count === 0 ? 0 : UNSENT_SHOWN_AFTER_MS);
  }

  over(): void {
    this.#isOver = true;
    clearTimeout(this.#settling);
    clearInterval(this.#ticking);
  }

  show(): void {
    if (this.#isOver) return;
    const states = [
      this.#connectionText(),
      this.#unsentShown > 0 ? this.#texts.promptUnsent(this.#unsentShown) : '',
    ];
    const state = states.filter((text) => text !== '').join(', ');
    this.#show([
      ...(state === '' ? [] : [span(`(${state}) `, 'alarm')]),
      span(`${this.#room?.title ?? ''}> `, this.#room?.isPrivate === true ? 'private' : 'quiet'),
    ]);
  }

  #connectionText(): string {
    switch (this.#connection.is) {
      case 'up':
        return '';
      case 'connecting':
        return this.#texts.promptConnecting;
      case 'down':
        return this.#texts.promptRetry(
          Math.max(0, Math.ceil((this.#connection.retryAt - Date.now()) / 1_000)),
        );
    }
  }

  #settle(): void {
    this.#settling = undefined;
    if (this.#unsentShown === this.#unsent) return;
    this.#unsentShown = this.#unsent;
    this.show();
  }
}
