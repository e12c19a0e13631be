// Who is in a room: the fold of the Join and Leave entries of its log.
import {
  hexOf,
  type Presence,
  PresenceState,
  type Roster as RosterMessage,
} from '../../src/protocol/index.ts';
import type { Member } from './api.ts';
import { authorOf, type Entry } from './entry.ts';

/**
 * Owns: the members of one room.
 * Invariant: they are the fold of all Join and Leave entries up to the larger of `asOf` and the position.
 */
export class Roster {
  #members = new Map<string, Member>();
  #asOf = 0;
  #listeners = 0;
  /** A roster whose last frame has not come yet. No entry comes between its frames (KTG-8.14). */
  #unfinished: { readonly asOf: number; readonly members: Map<string, Member> } | undefined;

  /** By user, in hexadecimal. */
  get members(): ReadonlyMap<string, Member> {
    return this.#members;
  }

  /** Sessions that follow without being listed. */
  get listeners(): number {
    return this.#listeners;
  }

  /** Takes one frame of a roster. True: it was the last one, and the members are new. */
  take(message: RosterMessage): boolean {
    if (this.#unfinished?.asOf !== message.asOf) {
      this.#unfinished = { asOf: message.asOf, members: new Map() };
    }
    const { members } = this.#unfinished;
    for (const author of message.members) {
      // Who is held is said behind the roster (KTG-8.17).
      members.set(hexOf(author.user), { ...authorOf(author), presence: PresenceState.HERE });
    }
    if (!message.last) return false;
    this.#members = members;
    this.#asOf = message.asOf;
    this.#listeners = message.listeners;
    this.#unfinished = undefined;
    return true;
  }

  /** Takes an entry of the stream. What it says up to `as_of` is in the roster already (KTG-8.15). */
  apply({ seq, author, kind }: Entry): void {
    if (seq <= this.#asOf || author === undefined) return;
    if (kind.type === 'join') {
      this.#members.set(hexOf(author.user), { ...author, presence: PresenceState.HERE });
    } else if (kind.type === 'leave') {
      this.#members.delete(hexOf(author.user));
    }
  }

  /** Takes what is known of a connection: the user in hexadecimal if a member's state is said. */
  presence(message: Presence): { readonly user: string | undefined; readonly listenersChanged: boolean } {
    const listenersChanged = message.listeners !== this.#listeners;
    this.#listeners = message.listeners;
    const user = hexOf(message.user);
    const member = this.#members.get(user);
    if (member === undefined) return { user: undefined, listenersChanged };
    this.#members.set(user, { ...member, presence: message.state });
    return { user, listenersChanged };
  }

  /** A cursor is placed anew: half of an earlier roster is worth nothing. */
  startOver(): void {
    this.#unfinished = undefined;
  }
}
