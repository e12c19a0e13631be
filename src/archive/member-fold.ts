// Who is in a room, as its entries say: to mend a member table after some of them were lost.
import { readEntry } from '../followers/chat-line.ts';
import { hexOf, sameBytes } from '../protocol/bytes.ts';
import { USER_BYTES } from '../protocol/limits.ts';
import { Author } from '../protocol/gen/kentongan/v1/kentongan.ts';
import type { MemberRecord } from '../roomlog/roomlog.ts';
import { unless } from './salvage.ts';

/** Owns: the last thing that the entries said of each user. */
export class MemberFold {
  readonly #last = new Map<string, { readonly author: Author; readonly isIn: boolean }>();

  /** Takes the next entry. */
  take(body: Uint8Array): void {
    const { kind, author } = readEntry(body);
    if (author === undefined || (kind?.$case !== 'join' && kind?.$case !== 'leave')) return;
    this.#last.set(hexOf(author.user), { author, isIn: kind.$case === 'join' });
  }

  /**
   * The rows of the table that the entries do not contradict, and those who came in, but of whose secret nothing
   * is known any more: nobody can come back as one of them.
   */
  compare(rows: readonly MemberRecord[]): { members: MemberRecord[]; strangers: Author[] } {
    const members = rows.filter((row) => {
      const author = unless(() => Author.decode(row.author));
      if (author === undefined || !isOf(row, author)) return false;
      const said = this.#last.get(hexOf(author.user));
      return said === undefined || (said.isIn && said.author.name === author.name);
    });
    const known = new Set(members.map(({ user }) => hexOf(user.subarray(0, USER_BYTES))));
    const strangers = [...this.#last].filter(([key, { isIn }]) => isIn && !known.has(key));
    return { members, strangers: strangers.map(([, { author }]) => author) };
  }
}

const HASH_BYTES = 32;

/** The author of a row is the user of the row. */
function isOf({ user }: MemberRecord, author: Author): boolean {
  return user.length === HASH_BYTES && sameBytes(user.subarray(0, USER_BYTES), author.user);
}
