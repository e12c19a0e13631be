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
  readonly author: Author;
  /** The same as bytes: rosters are put together of them. */
  readonly encoded: Uint8Array;
}

function memberOf(record: MemberRecord): Member {
  return {
    key: userKeyOf(record.user),
    user: record.user,
    author: Author.decode(record.author),
    encoded: record.author,
  };
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
    apply(this.#pending, change);
  }

  commit(change: MemberChange): void {
    apply(this.#committed, change);
  }

  /** What was proposed and not committed never happened. */
  reset(): void {
    this.#pending = new Map(this.#committed);
  }
}

function apply(members: Map<UserKey, Member>, change: MemberChange): void {
  if (change.op === 'join') {
    const member = memberOf(change.member);
    members.set(member.key, member);
  } else members.delete(userKeyOf(change.user));
}

/** Whom a change is about. */
export function keyOfChange(change: MemberChange): UserKey {
  return userKeyOf(change.op === 'join' ? change.member.user : change.user);
}
