// Owns which key may not have which name any more, since the operator took it, and until when (KTG-7.27).
import { sameBytes } from '../protocol/bytes.ts';
import { Fault } from '../protocol/faults.ts';
import { foldName } from './names.ts';
import type { BoundName, Crypto } from './ports.ts';
import { DAY_MS } from './sources.ts';
import { type Claim, keyHashOf } from './user.ts';

/** What an operator is told of a released name. */
export interface ReleasedName extends BoundName {
  /** The key may have it again from then on, milliseconds since 1970. */
  readonly until: number;
}

interface Released {
  /** Of the key: `Claim.hash`. */
  readonly hash: Uint8Array;
  readonly record: ReleasedName;
}

export class ReleasedNames {
  readonly #crypto: Pick<Crypto, 'sha256'>;
  /** By folded names. */
  readonly #names = new Map<string, Released>();

  constructor(crypto: Pick<Crypto, 'sha256'>) {
    this.#crypto = crypto;
  }

  /** In the order of their names. @param now since 1970 */
  all(now: number): ReleasedName[] {
    return [...this.#names]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, { record }]) => (isOver(record, now) ? [] : [record]));
  }

  /** Takes a record that says when the name was released. */
  add(record: BoundName & { readonly releasedAt: number }): void {
    const until = record.releasedAt + DAY_MS;
    const released = { hash: keyHashOf(record.key, this.#crypto), record: { ...record, until } };
    this.#names.set(foldName(record.name), released);
  }

  delete(name: string): void {
    this.#names.delete(foldName(name));
  }

  /** Whether this name was taken from this key, and not long ago. @param now since 1970 */
  isOf({ name, hash }: Pick<Claim, 'name' | 'hash'>, now: number): boolean {
    return this.#of(name, hash, now) !== undefined;
  }

  /**
   * @param now since 1970
   * @throws Fault NAME_BOUND when this name was taken from this key, and not long ago
   */
  assertNotOf({ name, hash }: Pick<Claim, 'name' | 'hash'>, now: number): void {
    const record = this.#of(name, hash, now);
    if (record === undefined) return;
    // A clock that was set back makes the wait longer, but what is said stays within a day.
    const retryAfterMs = Math.min(record.until - now, DAY_MS);
    throw new Fault('NAME_BOUND', { name: record.name, retryAfterMs });
  }

  /** Those whose time is over. @param now since 1970 */
  over(now: number): ReleasedName[] {
    return [...this.#names.values()].flatMap(({ record }) => (isOver(record, now) ? [record] : []));
  }

  #of(name: string, hash: Uint8Array, now: number): ReleasedName | undefined {
    const released = this.#names.get(foldName(name));
    if (released === undefined || isOver(released.record, now)) return undefined;
    return sameBytes(released.hash, hash) ? released.record : undefined;
  }
}

function isOver({ until }: ReleasedName, now: number): boolean {
  return now >= until;
}
