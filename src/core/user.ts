// Owns who has which name. A user is who a name belongs to, through all sessions and reconnects.
import { Fault } from '../protocol/faults.ts';
import { type Author, Mark } from '../protocol/gen/kentongan/v1/kentongan.ts';
import { USER_BYTES } from '../protocol/limits.ts';
import type { Binding } from './bound-names.ts';
import { Lookalikes } from './lookalikes.ts';
import { type UserKey, userKeyOf } from './members.ts';
import { foldName } from './names.ts';
import type { Crypto } from './ports.ts';
import type { Room } from './room.ts';
import type { Session } from './session.ts';

const SECRET_NEEDS_TLS = 'this secret was never sent in the open; come with it over TLS: kentongan://';

/** How somebody shows who it is. */
export interface Claim {
  /** Of the secret, SHA-256, or of the key, `keyHashOf`: 32 bytes; never leaves the server. */
  readonly hash: Uint8Array;
  /** The canonical name. */
  readonly name: string;
  /** GUEST: by a secret; BOUND: by a key. */
  readonly mark: Mark;
  /** The secret has come over a network in plain. */
  readonly plain: boolean;
}

/**
 * The hash of a key's user. A key is no secret: its SHA-256 is also that of whoever shows it as one. So the last byte is
 * turned over: no secret has this hash. The first bytes, those on the wire, are the same.
 */
export function keyHashOf(key: Uint8Array, { sha256 }: Pick<Crypto, 'sha256'>): Uint8Array {
  return turnedOver(sha256(key));
}

function turnedOver(hash: Uint8Array): Uint8Array {
  const other = Uint8Array.from(hash);
  const last = other.length - 1;
  other[last] = (other[last] ?? 0) ^ 0xff;
  return other;
}

const NO_ROOMS: ReadonlySet<Room> = new Set();

export class User {
  readonly key: UserKey;
  readonly hash: Uint8Array;
  readonly sessions = new Set<Session>();
  /** Public rooms with a membership of this user, appended or committed. */
  readonly rooms = new Set<Room>();
  /** Absent until there is one. */
  #privateRooms: Set<Room> | undefined;
  /** When the grace of a user without a session ends, on the monotonic clock. */
  heldUntil = 0;
  /** Set while the private rooms of a lost user are held: cancels their end. */
  cancelEnd: (() => void) | undefined;
  /** Set while the name belongs to the key: this user stays without a session, too. */
  binding: Binding | undefined;
  /** The operator took its name: nothing is held for it. */
  isEvicted = false;
  /** Its secret was first used in plain. One that was not is never accepted so: who has overheard it there is not it. */
  isExposed: boolean;
  #name: string;
  #folded: string;
  #mark: Mark;

  constructor({ hash, name, mark, plain }: Claim) {
    this.key = userKeyOf(hash);
    this.hash = hash;
    this.#name = name;
    this.#folded = foldName(name);
    this.#mark = mark;
    this.isExposed = plain;
  }

  /** The canonical name. Empty: of somebody who is gone, and nobody knows it any more. */
  get name(): string {
    return this.#name;
  }

  get folded(): string {
    return this.#folded;
  }

  /** What others are told about whose name this is. */
  get mark(): Mark {
    return this.#mark;
  }

  get privateRooms(): ReadonlySet<Room> {
    return this.#privateRooms ?? NO_ROOMS;
  }

  addPrivate(room: Room): void {
    this.#privateRooms ??= new Set();
    this.#privateRooms.add(room);
  }

  removePrivate(room: Room): void {
    this.#privateRooms?.delete(room);
  }

  get isBound(): boolean {
    return this.binding !== undefined;
  }

  /** The 8 bytes that stand for this user on the wire. */
  get id(): Uint8Array {
    // A copy: a view would move the hash out of V8's heap, which takes some hundred bytes.
    return this.hash.slice(0, USER_BYTES);
  }

  /** Some of its words cross a network unencrypted. */
  get isPlain(): boolean {
    for (const { connection } of this.sessions) if (connection.plain) return true;
    return false;
  }

  /** Of one who is gone: comes again, perhaps under another name, or is told by its name. */
  becomes(name: string, mark: Mark): void {
    this.#name = name;
    this.#folded = foldName(name);
    this.#mark = mark;
  }
}

/** A user as others see it. */
export function authorOf(user: User, plain = user.isPlain, mark = user.mark): Author {
  return { name: user.name, user: user.id, mark, plain };
}

export class Users {
  readonly #byKey = new Map<UserKey, User>();
  readonly #byName = new Map<string, User>();
  readonly #lookalikes = new Lookalikes<User>();
  /** Those who are no more, but in private rooms of bound users. */
  readonly #gone = new Map<UserKey, User>();

  /** Users who are here or whose place is held: not those who are known by a bound name alone. */
  get size(): number {
    let size = 0;
    for (const user of this.#byKey.values()) if (isHere(user)) size++;
    return size;
  }

  /** Users who are here, or whose place is held. */
  present(): User[] {
    return [...this.#byKey.values()].filter(isHere);
  }

  byKey(key: UserKey): User | undefined {
    return this.#byKey.get(key);
  }

  byName(canonical: string): User | undefined {
    return this.#byName.get(foldName(canonical));
  }

  /**
   * The user who this is already; undefined: a new one, and the name is free.
   * @param now on the monotonic clock
   * @throws Fault NAME_TAKEN, NAME_HELD, NAME_BOUND, NAME_CONFUSABLE, SECRET_USED, TLS_REQUIRED
   */
  find({ hash, name, plain }: Claim, now: number): User | undefined {
    const known = this.#byKey.get(userKeyOf(hash));
    if (plain && this.#everBy(hash)?.isExposed === false) {
      throw new Fault('TLS_REQUIRED', { text: SECRET_NEEDS_TLS });
    }
    const holder = this.byName(name);
    if (holder?.isBound === true && holder !== known) throw new Fault('NAME_BOUND', { name: holder.name });
    // Somebody shows a key as a secret: on the wire the two would be one.
    const twin = this.#everBy(turnedOver(hash));
    if (twin !== undefined) throw new Fault('SECRET_USED', { name: twin.name });
    if (known === undefined) {
      this.#assertFree(name, now);
      return undefined;
    }
    if (known.folded !== foldName(name)) throw new Fault('SECRET_USED', { name: known.name });
    return known;
  }

  /**
   * The user who this is: the one who is known, or a new one.
   * @param now on the monotonic clock
   * @throws Fault as `find`
   */
  claim(claim: Claim, now: number): User {
    const known = this.find(claim, now);
    if (known !== undefined) return known;
    // Who comes with the same secret or key is the same, also in private rooms that were kept.
    const gone = this.#gone.get(userKeyOf(claim.hash));
    gone?.becomes(claim.name, claim.mark);
    return this.#add(gone ?? new User(claim));
  }

  /** Somebody of whom an earlier process has left something. */
  restore(claim: Claim, heldUntil: number): User {
    const user = this.#byKey.get(userKeyOf(claim.hash)) ?? this.#add(new User(claim));
    user.heldUntil = heldUntil;
    // Who began in secret never came in plain after that.
    user.isExposed ||= claim.plain;
    return user;
  }

  /** Somebody who is in nothing but the private room of a bound user. */
  restoreGone(hash: Uint8Array): User {
    const key = userKeyOf(hash);
    const user = this.#gone.get(key) ?? new User({ hash, name: '', mark: Mark.GUEST, plain: true });
    this.#gone.set(key, user);
    return user;
  }

  /** This user is no more. What is kept of its private rooms is kept for the others. */
  remove(user: User): void {
    this.#byKey.delete(user.key);
    if (this.#byName.get(user.folded) === user) this.#byName.delete(user.folded);
    this.#lookalikes.remove(user);
    this.#gone.set(user.key, user);
    this.forgetGone(user);
  }

  /** Nobody has a private room with this one any more, who may be gone. */
  forgetGone(user: User): void {
    if (user.privateRooms.size === 0 && this.#gone.get(user.key) === user) this.#gone.delete(user.key);
  }

  isGone(user: User): boolean {
    return this.#gone.get(user.key) === user;
  }

  /** The user with this hash, who may be gone. */
  #everBy(hash: Uint8Array): User | undefined {
    const key = userKeyOf(hash);
    return this.#byKey.get(key) ?? this.#gone.get(key);
  }

  #assertFree(name: string, now: number): void {
    const holder = this.byName(name);
    if (holder !== undefined && holder.sessions.size > 0) {
      throw new Fault('NAME_TAKEN', { name: holder.name });
    }
    if (holder !== undefined) {
      const retryAfterMs = Math.max(0, Math.ceil(holder.heldUntil - now));
      throw new Fault('NAME_HELD', { name: holder.name, retryAfterMs });
    }
    const other = this.#lookalikes.find(name);
    if (other !== undefined) throw new Fault('NAME_CONFUSABLE', { name: other.name });
  }

  #add(user: User): User {
    this.#gone.delete(user.key);
    this.#byKey.set(user.key, user);
    // Two may have one name when an older disk came back: the one who is found first keeps it.
    if (!this.#byName.has(user.folded)) this.#byName.set(user.folded, user);
    this.#lookalikes.add(user);
    return user;
  }
}

function isHere({ sessions, rooms, cancelEnd }: User): boolean {
  return sessions.size > 0 || rooms.size > 0 || cancelEnd !== undefined;
}
