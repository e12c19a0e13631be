// Owns which name belongs to which key, for as long as it does.
import { Fault } from '../protocol/faults.ts';
import { Mark } from '../protocol/gen/kentongan/v1/kentongan.ts';
import { failureFault } from './answers.ts';
import type { Settings } from './options.ts';
import type { BoundName, Connection, NameFailure, NameStore, Ports } from './ports.ts';
import { type ReleasedName, ReleasedNames } from './released-names.ts';
import { DAY_MS, Quota } from './sources.ts';
import { type Claim, keyHashOf, type User, type Users } from './user.ts';

/** What an operator is told of a bound name. */
export interface BoundNameStatus extends BoundName {
  /** Open sessions at this moment. */
  readonly sessions: number;
}

export type Released = 'released' | 'NO_SUCH_NAME' | NameFailure;

/** A name and its key; `binding` and `releasing` while that is being made durable. */
export interface Binding {
  at: 'binding' | 'bound' | 'releasing';
  record: BoundName;
  /** Called when what is under way is decided. */
  waiting: Array<(failure?: NameFailure) => void>;
}

/** What bound names need of their hub. */
export interface NamesHost {
  readonly ports: Ports;
  readonly settings: Settings;
  readonly users: Users;
  /** Something is under way that a draining server waits for; the result is called when it is decided. */
  appending(bytes: number): () => void;
  /** This user may hold nothing any more. */
  released(user: User): void;
  /** The name of this user, who has no session, is held no longer, whatever held it. */
  evict(user: User): void;
}

type From = Pick<Connection, 'source' | 'address'>;

const SWEEP_MS = 3_600_000;
const RETRY_AFTER_MS = 1_000;

export class BoundNames {
  readonly #host: NamesHost;
  readonly #store: NameStore;
  /** Those whose name is bound, or about to be. */
  readonly #users = new Set<User>();
  readonly #released: ReleasedNames;
  readonly #quota: Quota;

  /** Makes a user of every name that is bound. */
  constructor(host: NamesHost) {
    this.#host = host;
    const { clock, crypto, names } = host.ports;
    this.#store = names ?? new MemoryNameStore((callback) => clock.defer(callback));
    this.#released = new ReleasedNames(crypto);
    this.#quota = new Quota(host.settings.bindingsPerSource, DAY_MS);
    const records = this.#store.all();
    for (const record of records) this.#restore(record);
    this.#recount(records);
    this.#sweepLater();
  }

  /** What was bound within the day counts for its source, as if there had been no restart. */
  #recount(records: readonly BoundName[]): void {
    const { clock } = this.#host.ports;
    const [now, wallNow] = [clock.monotonic(), clock.now()];
    // A clock that was set back makes none of them younger than new.
    const recent = records
      .map(({ source, boundAt }) => ({ source, ageMs: Math.max(0, wallNow - boundAt) }))
      .filter(({ ageMs }) => ageMs < DAY_MS);
    for (const { source, ageMs } of recent.toSorted((a, b) => b.ageMs - a.ageMs)) {
      this.#quota.count(source, now - ageMs);
    }
  }

  #restore(record: BoundName): void {
    const { ports, users } = this.#host;
    const { name, releasedAt } = record;
    if (releasedAt !== undefined) {
      this.#released.add({ ...record, releasedAt });
      return;
    }
    const claim = { hash: keyHashOf(record.key, ports.crypto), name, mark: Mark.BOUND, plain: false };
    const user = users.restore(claim, 0);
    // Of two with one name or one key, which nobody wrote here, the first one counts.
    if (user.isBound || users.byName(name) !== user) return;
    user.binding = { at: 'bound', record, waiting: [] };
    this.#users.add(user);
  }

  /** In the order of their names. */
  all(): BoundNameStatus[] {
    return [...this.#users]
      .toSorted((a, b) => (a.folded < b.folded ? -1 : 1))
      .flatMap(({ binding, sessions }) =>
        binding === undefined || binding.at === 'binding'
          ? []
          : [{ ...binding.record, sessions: sessions.size }],
      );
  }

  /** Names that their keys may not have for a while, in order. */
  released(): ReleasedName[] {
    return this.#released.all(this.#host.ports.clock.now());
  }

  /** Whether the operator took the name of this user, who may be known from its rooms alone. */
  isReleased({ name, hash }: User): boolean {
    return this.#released.isOf({ name, hash }, this.#host.ports.clock.now());
  }

  /** Whether the name of this user is bound, durably, and stays so for now. */
  isBound(user: User | undefined): user is User {
    return user?.binding?.at === 'bound';
  }

  /**
   * Whether a key with this claim can come in; the proof is still to come.
   * @returns whose name is bound already
   * @throws Fault NAME_BOUND of a key that had it; as `Users.find`; RATE_LIMITED when too many names are bound, or
   *   were from there; BUSY
   */
  admit(claim: Claim, source: string): User | undefined {
    const { users, ports, settings } = this.#host;
    const now = ports.clock.monotonic();
    this.#released.assertNotOf(claim, ports.clock.now());
    const user = users.find(claim, now);
    if (user?.binding?.at === 'releasing') throw new Fault('BUSY', { retryAfterMs: RETRY_AFTER_MS });
    if (user?.isBound === true) return user;
    const limit = settings.boundNamesMax;
    // What is not used for long is looked for once in a while.
    if (this.#users.size >= limit) throw new Fault('RATE_LIMITED', { retryAfterMs: SWEEP_MS, limit });
    this.#quota.assertLeft(source, now);
    return undefined;
  }

  /**
   * Binds the name of a claim to the key, which was proven. Until that is decided nobody else gets the name.
   * @param done called later, never from within, with the user or why nothing is bound
   * @throws Fault as `admit`
   */
  bind(claim: Claim, key: Uint8Array, from: From, done: (result: User | Fault) => void): void {
    const { users, ports } = this.#host;
    const known = this.admit(claim, from.source);
    if (known?.binding !== undefined) {
      known.binding.waiting.push((failure) => done(failure === undefined ? known : failureFault(failure)));
      return;
    }
    const user = users.claim(claim, ports.clock.monotonic());
    this.#quota.count(from.source, ports.clock.monotonic());
    const now = ports.clock.now();
    const record = { name: user.name, key: key.slice(), boundAt: now, usedAt: now, source: from.source };
    const binding: Binding = { at: 'binding', record, waiting: [] };
    user.binding = binding;
    user.isEvicted = false;
    this.#users.add(user);
    const decided = this.#host.appending(0);
    this.#store.put(record, (failure) => {
      if (failure === undefined) {
        binding.at = 'bound';
        this.#released.delete(user.name);
        ports.observe({ event: 'name-bound', name: user.name, address: from.address });
      } else this.#unbind(user);
      done(failure === undefined ? user : failureFault(failure));
      for (const waiting of binding.waiting.splice(0)) waiting(failure);
      if (failure !== undefined) this.#host.released(user);
      decided();
    });
  }

  /** A session of this user begins. */
  used(user: User): void {
    const { binding } = user;
    if (binding?.at !== 'bound') return;
    const usedAt = this.#host.ports.clock.now();
    if (usedAt - binding.record.usedAt < DAY_MS) return;
    binding.record = { ...binding.record, usedAt };
    // If it is not kept it is tried again tomorrow, and that is soon enough.
    this.#store.put(binding.record, () => {});
  }

  /** Takes a name from its key: its sessions end, nothing holds the name, and the key does not get it for a day. */
  release(name: string, done: (result: Released) => void): void {
    const user = this.#host.users.byName(name.normalize('NFKC'));
    if (user === undefined || user.binding === undefined || user.binding.at === 'binding') {
      this.#host.ports.clock.defer(() => done('NO_SUCH_NAME'));
      return;
    }
    this.#release(user, user.binding, 'name-released', (failure) => done(failure ?? 'released'));
  }

  #release(
    user: User,
    binding: Binding,
    event: 'name-released' | 'name-expired',
    done: (failure?: NameFailure) => void,
  ): void {
    binding.waiting.push(done);
    if (binding.at === 'releasing') return;
    binding.at = 'releasing';
    const { record } = binding;
    const decided = this.#host.appending(0);
    const decide = (failure?: NameFailure): void => {
      binding.at = 'bound';
      if (failure === undefined) {
        this.#unbind(user);
        this.#host.ports.observe({ event, name: user.name });
        for (const session of [...user.sessions]) session.end(new Fault('AUTH_FAILED'));
        this.#host.evict(user);
      }
      for (const waiting of binding.waiting.splice(0)) waiting(failure);
      decided();
    };
    if (event === 'name-expired') {
      this.#store.remove(record.name, decide);
      return;
    }
    const released = { ...record, releasedAt: this.#host.ports.clock.now() };
    this.#store.put(released, (failure) => {
      if (failure === undefined) this.#released.add(released);
      decide(failure);
    });
  }

  #unbind(user: User): void {
    user.binding = undefined;
    this.#users.delete(user);
  }

  #sweepLater(): void {
    this.#host.ports.clock.after(SWEEP_MS, () => {
      this.#sweep();
      this.#sweepLater();
    });
  }

  /** Names that nobody has used for long are free again. Who is here uses the name. */
  #sweep(): void {
    const { settings, ports } = this.#host;
    this.#sweepReleased();
    for (const user of [...this.#users]) {
      const { binding, sessions } = user;
      if (binding?.at !== 'bound') continue;
      const unusedMs = ports.clock.now() - binding.record.usedAt;
      if (sessions.size > 0) this.used(user);
      else if (settings.boundTtlMs > 0 && unusedMs >= settings.boundTtlMs) {
        this.#release(user, binding, 'name-expired', () => {});
      }
    }
  }

  /** Not while somebody is binding the name: that writes the same record. */
  #sweepReleased(): void {
    const { users, ports } = this.#host;
    for (const { name } of this.#released.over(ports.clock.now())) {
      if (users.byName(name)?.isBound === true) continue;
      this.#released.delete(name);
      // If it is kept all the same, that says nothing any more.
      this.#store.remove(name, () => {});
    }
  }
}

/** Keeps names for as long as this process lives. */
class MemoryNameStore implements NameStore {
  readonly #defer: (callback: () => void) => void;

  constructor(defer: (callback: () => void) => void) {
    this.#defer = defer;
  }

  all(): readonly BoundName[] {
    return [];
  }

  put(_name: BoundName, done: (failure?: NameFailure) => void): void {
    this.#defer(done);
  }

  remove(_name: string, done: (failure?: NameFailure) => void): void {
    this.#defer(done);
  }
}
