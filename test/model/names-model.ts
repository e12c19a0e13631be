// Who may have which name, in as few words as possible: the reference for the commands beside it.

/** Two guests and two keys. */
export type Who = 'guest 1' | 'guest 2' | 'key 1' | 'key 2';
export const EVERYBODY: readonly Who[] = ['guest 1', 'guest 2', 'key 1', 'key 2'];

/** The last two look alike, in capitals. */
export const NAMES = ['budi', 'tini', 'bob', 'b0b'] as const;
export type Name = (typeof NAMES)[number];

const ALIKE: Partial<Record<Name, Name>> = { bob: 'b0b', b0b: 'bob' };
const SESSIONS_MAX = 8;

interface User {
  readonly name: Name;
  sessions: number;
  /** Was a member, and is waited for. */
  held: boolean;
  bound: boolean;
}

export type Answer =
  | 'welcome'
  | 'NAME_TAKEN'
  | 'NAME_HELD'
  | 'NAME_BOUND'
  | 'NAME_CONFUSABLE'
  | 'SECRET_USED'
  | 'TOO_MANY_SESSIONS';

export class NamesModel {
  readonly users = new Map<Who, User>();
  /** From whom the operator took a name last, until another key has it. No day ends here. */
  readonly #released = new Map<Name, Who>();

  get bound(): Name[] {
    return [...this.users.values()].filter(({ bound }) => bound).map(({ name }) => name);
  }

  /** Those who are here or held. */
  get present(): number {
    return [...this.users.values()].filter(({ sessions, held }) => sessions > 0 || held).length;
  }

  hello(who: Who, name: Name): Answer {
    const isKey = who.startsWith('key');
    const me = this.users.get(who);
    const holder = this.holder(name);
    if (isKey && this.#released.get(name) === who) return 'NAME_BOUND';
    if (holder !== undefined && holder !== me && holder.bound) return 'NAME_BOUND';
    if (me !== undefined && me.name !== name) return 'SECRET_USED';
    if (me === undefined && holder !== undefined) return holder.sessions > 0 ? 'NAME_TAKEN' : 'NAME_HELD';
    const other = ALIKE[name];
    if (me === undefined && other !== undefined && this.holder(other) !== undefined) return 'NAME_CONFUSABLE';
    const user = me ?? { name, sessions: 0, held: false, bound: false };
    this.users.set(who, user);
    user.bound ||= isKey;
    if (isKey) this.#released.delete(name);
    if (isKey && user.sessions >= SESSIONS_MAX) return 'TOO_MANY_SESSIONS';
    user.sessions = isKey ? user.sessions + 1 : 1;
    user.held = false;
    return 'welcome';
  }

  lose(who: Who): void {
    const user = this.users.get(who);
    if (user === undefined || user.sessions === 0) return;
    user.sessions = 0;
    user.held = true;
  }

  graceOver(): void {
    for (const user of this.users.values()) user.held = false;
    this.#forget();
  }

  release(name: Name): boolean {
    for (const [who, user] of this.users) {
      if (user.name !== name || !user.bound) continue;
      this.users.delete(who);
      this.#released.set(name, who);
      return true;
    }
    return false;
  }

  holder(name: Name): User | undefined {
    return [...this.users.values()].find((user) => user.name === name);
  }

  #forget(): void {
    for (const [who, { sessions, held, bound }] of this.users) {
      if (sessions === 0 && !held && !bound) this.users.delete(who);
    }
  }
}
