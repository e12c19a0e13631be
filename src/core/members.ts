// Owns who is in a room, twice: as appended (decides what is admitted) and as committed (decides what is seen).
import { hexOf } from '../protocol/bytes.ts';
import { Author } from '../protocol/gen/kentongan/v1/kentongan.ts';
import type { MemberChange, MemberRecord } from '../roomlog/roomlog.ts';

/** The full hash of a user as a key: 64 characters of hexadecimal. */
export type UserKey = string;

export function userKeyOf(user: Uint8Array): UserKey {
  return hexOf(user);
}

export interface Member {
  readonly key: UserKey;
  readonly user: Uint8Array;
  /** An Author as bytes: rosters are put together of them. */
  readonly encoded: Uint8Array;
}

function memberOf(record: MemberRecord): Member {
  return { key: userKeyOf(record.user), user: record.user, encoded: record.author };
}

export function authorOfMember({ encoded }: Member): Author {
  return Author.decode(encoded);
}

export class Members {
  #committed: Map<UserKey, Member>;
  #pending: Map<UserKey, Member>;

  constructor(records: readonly MemberRecord[]) {
    this.#committed = new Map(records.map(memberOf).map((member) => [member.key, member]));
    this.#pending = new Map(this.#committed);
  }

  get committed(): ReadonlyMap<UserKey, Member> {
    return this.#committed;
  }

  get pending(): ReadonlyMap<UserKey, Member> {
    return this.#pending;
  }

  propose(change: MemberChange): void {
    if (change.op === 'leave') this.#pending.delete(userKeyOf(change.user));
    else {
      const member = memberOf(change.member);
      this.#pending.set(member.key, member);
    }
  }

  commit(change: MemberChange): void {
    if (change.op === 'leave') {
      this.#committed.delete(userKeyOf(change.user));
      return;
    }
    const member = memberOf(change.member);
    const pending = this.#pending.get(member.key);
    // One object for both, unless who came has left and come anew meanwhile.
    const same = pending?.encoded === change.member.author ? pending : member;
    this.#committed.set(same.key, same);
  }

  /** What was proposed and not committed never happened. */
  reset(): void {
    this.#pending = new Map(this.#committed);
  }
}

/** Whom a change is about. */
export function keyOfChange(change: MemberChange): UserKey {
  return userKeyOf(change.op === 'join' ? change.member.user : change.user);
}
