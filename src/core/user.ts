// Owns who has which name. A user is who a name belongs to, through all sessions and reconnects.
import { Fault } from '../protocol/faults.ts';
import type { Author, Mark } from '../protocol/gen/kentongan/v1/kentongan.ts';
import { USER_BYTES } from '../protocol/limits.ts';
import { type UserKey, userKeyOf } from './members.ts';
import { foldName } from './names.ts';
import type { Room } from './room.ts';
import type { Session } from './session.ts';

export class User {
  readonly key: UserKey;
  /** SHA-256 of the secret, 32 bytes; never leaves the server. */
  readonly hash: Uint8Array;
  /** The canonical name. */
  readonly name: string;
  readonly folded: string;
  readonly sessions = new Set<Session>();
  /** Public rooms with a membership of this user, appended or committed. */
  readonly rooms = new Set<Room>();
  readonly privateRooms = new Set<Room>();
  /** When the grace of a user without a session ends, on the monotonic clock. */
  heldUntil = 0;
  /** Set while the private rooms of a lost user are held: cancels their end. */
  cancelEnd: (() => void) | undefined;

  constructor(hash: Uint8Array, name: string) {
    this.key = userKeyOf(hash);
    this.hash = hash;
    this.name = name;
    this.folded = foldName(name);
  }

  /** The 8 bytes that stand for this user on the wire. */
  get id(): Uint8Array {
    return this.hash.subarray(0, USER_BYTES);
  }
}

/** A user as others see it. */
export function authorOf(user: User, mark: Mark, plain: boolean): Author {
  return { name: user.name, user: user.id, mark, plain };
}

export class Users {
  readonly #byKey = new Map<UserKey, User>();
  readonly #byName = new Map<string, User>();

  get size(): number {
    return this.#byKey.size;
  }

  byKey(key: UserKey): User | undefined {
    return this.#byKey.get(key);
  }

  byName(canonical: string): User | undefined {
    return this.#byName.get(foldName(canonical));
  }

  /**
   * The user with this secret and name: the one who is known, or a new one.
   * @param now on the monotonic clock
   * @throws Fault NAME_TAKEN, NAME_HELD, SECRET_USED
   */
  claim(hash: Uint8Array, name: string, now: number): User {
    const known = this.#byKey.get(userKeyOf(hash));
    if (known !== undefined && known.folded !== foldName(name)) {
      throw new Fault('SECRET_USED', { name: known.name });
    }
    if (known !== undefined) return known;
    const holder = this.byName(name);
    if (holder !== undefined) {
      if (holder.sessions.size > 0) throw new Fault('NAME_TAKEN', { name: holder.name });
      const retryAfterMs = Math.max(0, Math.ceil(holder.heldUntil - now));
      throw new Fault('NAME_HELD', { name: holder.name, retryAfterMs });
    }
    return this.#add(new User(hash, name));
  }

  /** A member that an earlier process left behind. */
  restore(hash: Uint8Array, name: string, heldUntil: number): User {
    const user = this.#byKey.get(userKeyOf(hash)) ?? this.#add(new User(hash, name));
    user.heldUntil = heldUntil;
    return user;
  }

  remove(user: User): void {
    this.#byKey.delete(user.key);
    this.#byName.delete(user.folded);
  }

  #add(user: User): User {
    this.#byKey.set(user.key, user);
    this.#byName.set(user.folded, user);
    return user;
  }
}
