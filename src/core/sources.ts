// Owns what is counted by where it comes from: the sources of connections (`Connection.source`).
import { Fault, type FaultName, faultName } from '../protocol/faults.ts';
import type { User } from './user.ts';

/** A quota remembers so many sources; beyond it the one that was counted first is forgotten. */
const SOURCES_MAX = 10_000;
export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

interface Span {
  readonly endsAt: number;
  count: number;
}

/** So many of something from one source in a span of time; the span begins with the first one. */
export class Quota {
  readonly #max: number;
  readonly #spanMs: number;
  /** In the order in which they end. */
  readonly #spans = new Map<string, Span>();

  /** @param max 0 = any number */
  constructor(max: number, spanMs: number) {
    this.#max = max;
    this.#spanMs = spanMs;
  }

  /** Sources that are remembered. */
  get size(): number {
    return this.#spans.size;
  }

  /**
   * @param now on the monotonic clock
   * @throws Fault RATE_LIMITED while this source has used up what it may
   */
  assertLeft(source: string, now: number): void {
    const span = this.#spans.get(source);
    if (this.#max === 0 || span === undefined || span.count < this.#max || now >= span.endsAt) return;
    throw new Fault('RATE_LIMITED', { retryAfterMs: Math.ceil(span.endsAt - now), limit: this.#max });
  }

  count(source: string, now: number): void {
    const span = this.#spans.get(source);
    if (span !== undefined && now < span.endsAt) {
      span.count++;
      return;
    }
    this.#spans.delete(source);
    for (const [other, { endsAt }] of this.#spans) {
      if (now < endsAt && this.#spans.size < SOURCES_MAX) break;
      this.#spans.delete(other);
    }
    this.#spans.set(source, { endsAt: now + this.#spanMs, count: 1 });
  }
}

/** What a Hello is refused with when somebody may be guessing: names, passwords, codes, proofs. */
const GUESSES: ReadonlySet<string> = new Set<FaultName>([
  'NAME_TAKEN',
  'NAME_HELD',
  'NAME_BAD',
  'NAME_CONFUSABLE',
  'NAME_BOUND',
  'SECRET_USED',
  'PASSWORD_WRONG',
  'KEY_REQUIRED',
  'AUTH_FAILED',
]);

export function isGuess({ code }: Fault): boolean {
  return GUESSES.has(faultName(code));
}

/** The users without a session whose names are held, by where their last session came from. */
export class Held {
  readonly #max: number;
  readonly #sources = new Map<User, string>();
  /** Those who are held for longest come first. */
  readonly #users = new Map<string, Set<User>>();

  /** @param max 0 = any number */
  constructor(max: number) {
    this.#max = max;
  }

  /** Returns who has been held for longest, and is not any more, if these are too many. */
  add(user: User, source: string): User | undefined {
    this.remove(user);
    const users = this.#users.get(source) ?? new Set<User>();
    users.add(user);
    this.#users.set(source, users);
    this.#sources.set(user, source);
    const [longest] = users;
    if (longest === undefined || this.#max === 0 || users.size <= this.#max) return undefined;
    this.remove(longest);
    return longest;
  }

  /** The user is back, or gone. */
  remove(user: User): void {
    const source = this.#sources.get(user);
    if (source === undefined) return;
    this.#sources.delete(user);
    const users = this.#users.get(source);
    users?.delete(user);
    if (users?.size === 0) this.#users.delete(source);
  }
}
