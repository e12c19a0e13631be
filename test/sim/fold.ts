// Who is in a room after an entry, from the log alone.
import { Frame, Mark, Reason } from '../../src/protocol/index.ts';
import { hexOf } from '../support/hex.ts';
import type { StoredEntry, StoredRoom } from './store.ts';

export interface Present {
  readonly name: string;
  /** Hexadecimal of the 8 bytes on the wire. */
  readonly user: string;
}

const decoded = new WeakMap<StoredEntry, Frame>();

/** The entry as any reader decodes it, once. */
export function frameOfEntry(entry: StoredEntry): Frame {
  const known = decoded.get(entry);
  if (known !== undefined) return known;
  const frame = Frame.decode(entry.framed.subarray(4));
  decoded.set(entry, frame);
  return frame;
}

interface Folded {
  readonly members: Map<string, Present>;
  seq: number;
}

/** Folds rooms forward, and remembers what was asked. */
export class Folds {
  readonly #current = new WeakMap<StoredRoom, Folded>();
  readonly #known = new WeakMap<StoredRoom, Map<number, string>>();

  /** The members after `seq` in a canonical form. */
  at(room: StoredRoom, seq: number): string {
    let known = this.#known.get(room);
    if (known === undefined) this.#known.set(room, (known = new Map()));
    const asked = known.get(seq);
    if (asked !== undefined) return asked;
    let folded = this.#current.get(room);
    if (folded === undefined || folded.seq > seq) folded = { members: new Map(), seq: 0 };
    while (folded.seq < seq) {
      const entry = room.at(folded.seq + 1);
      if (entry === undefined) break;
      fold(folded.members, frameOfEntry(entry));
      folded.seq++;
    }
    this.#current.set(room, folded);
    const text = rosterText([...folded.members.values()]);
    known.set(seq, text);
    return text;
  }
}

function fold(members: Map<string, Present>, { kind, author }: Frame): void {
  if (author === undefined) return;
  const user = hexOf(author.user);
  if (kind?.$case === 'join') members.set(user, { name: author.name, user });
  if (kind?.$case === 'leave') members.delete(user);
}

/** The same set of people, the same text. */
export function rosterText(members: readonly Present[]): string {
  return members
    .map(({ name, user }) => `${user}=${name}`)
    .toSorted()
    .join(' ');
}

/**
 * Reads a whole log by the rules of bracketing: a listed author's Chat lies between the author's Join and
 * Leave, nobody joins twice or leaves twice, and no two people present have one name.
 * @returns what is wrong, if anything
 */
export function bracketFault(room: StoredRoom): string | undefined {
  const isPrivate = room.name.startsWith('~');
  const present = new Map<string, string>();
  const names = new Map<string, string>();
  for (const entry of room.entries) {
    const { kind, author, seq } = frameOfEntry(entry);
    const user = hexOf(author?.user ?? new Uint8Array(0));
    const name = author?.name.toLowerCase() ?? '';
    const where = `${room.name} #${seq} ${kind?.$case} ${author?.name}`;
    switch (kind?.$case) {
      case 'join':
        if (isPrivate) return `${where}: a Join in a private room`;
        if (present.has(user)) return `${where}: joins twice`;
        if (names.has(name)) return `${where}: the name is taken`;
        present.set(user, name);
        names.set(name, user);
        break;
      case 'leave':
        if (isPrivate) return `${where}: a Leave in a private room`;
        if (!present.has(user)) return `${where}: leaves without being in`;
        if (kind.value.reason === Reason.UNSPECIFIED) return `${where}: leaves without a reason`;
        names.delete(present.get(user) ?? '');
        present.delete(user);
        break;
      case 'chat':
        if (isPrivate) {
          if (room.pair?.every((one) => hexOf(one.subarray(0, 8)) !== user)) return `${where}: a stranger`;
        } else if ((author?.mark === Mark.GUEST || author?.mark === Mark.BOUND) && !present.has(user)) {
          return `${where}: speaks without being in`;
        }
        break;
      default:
        break;
    }
  }
  const table = [...room.members.keys()].map((user) => user.slice(0, 16)).toSorted();
  const folded = [...present.keys()].toSorted();
  if (table.join(' ') !== folded.join(' '))
    return `${room.name}: the member table is not the fold of the log`;
  return undefined;
}
