// Owns what of one room is on the screen.
import { limits } from '../../src/protocol/index.ts';
import type { Entry, HistoryPage, JoinedInfo, RoomView } from '../sdk/index.ts';
import { shownName } from './entry-lines.ts';
import { safeText } from './safe-text.ts';

/** How many old entries give the context when the conversation begins. */
export const CONTEXT_ENTRIES = 20;

export class ShownRoom {
  readonly view: RoomView;
  /** The oldest entry shown; what /history shows comes before it. */
  #oldest: number;
  /** Entries that wait until the older ones that give them their context are shown. */
  #held: Entry[] | undefined;
  #newest = 0;
  #awaited: { readonly seq: number; readonly done: () => void } | undefined;

  constructor(view: RoomView, info: JoinedInfo) {
    this.view = view;
    this.#oldest = info.first;
  }

  /** As the person knows the room: its name, or @ and the name of the other one. Safe. */
  get title(): string {
    const { peer, room } = this.view;
    // Of somebody who has gone for good the server may know no name any more.
    return peer === undefined || peer.name === '' ? safeText(room) : `@${shownName(peer)}`;
  }

  get isPrivate(): boolean {
    return this.view.peer !== undefined;
  }

  /** The log is another one: what was shown is not of it. */
  restart(info: JoinedInfo): void {
    this.#oldest = info.first;
  }

  /** New entries wait from now on until `release`. */
  wait(): void {
    this.#held ??= [];
  }

  /** An entry is on the screen. */
  shown({ seq }: Entry): void {
    this.#newest = Math.max(this.#newest, seq);
    if (this.#newest >= (this.#awaited?.seq ?? Infinity)) this.#awaited?.done();
  }

  /** Resolves when the entry, or one behind it, is on the screen. Called once. */
  reached(seq: number): Promise<void> {
    return new Promise((done) => {
      if (this.#newest >= seq) done();
      else this.#awaited = { seq, done };
    });
  }

  /** Whether the entry has to wait for its context. */
  hold(entry: Entry): boolean {
    this.#held?.push(entry);
    return this.#held !== undefined;
  }

  /**
   * Old entries that give `info`'s new ones a context, when these are few. Empty when the server does not give them.
   */
  async context(info: JoinedInfo): Promise<Entry[]> {
    const fresh = info.newest - info.first + 1;
    const wanted = CONTEXT_ENTRIES - fresh;
    if (wanted <= 0 || info.first <= info.oldest) return [];
    return this.older(wanted).catch(() => []);
  }

  /** The entries held, which may be shown now. */
  release(): Entry[] {
    const held = this.#held ?? [];
    this.#held = undefined;
    return held;
  }

  /** Up to `count` entries before those shown, ascending. They count as shown from now on. Rejects as the SDK. */
  async older(count: number): Promise<Entry[]> {
    const found: Entry[] = [];
    let missing = count;
    while (missing > 0 && this.#oldest > 1) {
      const limit = Math.min(missing, limits.HISTORY_ENTRIES_MAX);
      const page: HistoryPage = await this.view.history({ before: this.#oldest, limit });
      const [first] = page.entries;
      if (first === undefined) break;
      found.unshift(...page.entries);
      this.#oldest = first.seq;
      missing -= page.entries.length;
      if (!page.more) break;
    }
    return found;
  }
}
