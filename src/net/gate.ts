// Who is let in: counts connections, in all and by where they come from, and bounds those that have not said what they are.

export interface GateLimits {
  /** Connections in all. */
  readonly connections: number;
  /** Connections from one address. */
  readonly perAddress: number;
  /** Connections that are no session yet: silent, in a handshake, in an HTTP request. */
  readonly silent: number;
}

/** Connections over a limit that are kept for as long as it takes to tell them so. */
const REFUSALS_MAX = 32;

/** A connection that is no session yet. */
export interface Waiting {
  readonly source: string;
  /** It has to go, so that others can come. Calls `Gate.settled`, at once or later. */
  drop(): void;
}

/** What a connection takes while it is open: one of the places, or one of those in which it is told that there is none. */
export type Place = { readonly is: 'place' } | { readonly is: 'refusal'; readonly limit: number };

/**
 * Owns: the counts. Every connection `enter`s when it is accepted and `leave`s when it is closed, whatever it has
 * become in between.
 */
export class Gate {
  readonly #limits: GateLimits;
  readonly #bySource = new Map<string, number>();
  /** By source; in each the one that waits for longest comes first. */
  readonly #waiting = new Map<string, Set<Waiting>>();
  #waitingCount = 0;
  #connections = 0;
  #refusals = 0;

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  get connections(): number {
    return this.#connections;
  }

  /** Undefined: nobody has time even to tell it. */
  enter(source: string): Place | undefined {
    const fromHere = this.#bySource.get(source) ?? 0;
    const { connections, perAddress } = this.#limits;
    if (fromHere >= perAddress) return this.#refuse(perAddress);
    if (this.#connections >= connections) return this.#refuse(connections);
    this.#connections++;
    this.#bySource.set(source, fromHere + 1);
    return { is: 'place' };
  }

  leave(source: string, place: Place): void {
    if (place.is === 'refusal') {
      this.#refusals--;
      return;
    }
    this.#connections--;
    const left = (this.#bySource.get(source) ?? 0) - 1;
    if (left > 0) this.#bySource.set(source, left);
    else this.#bySource.delete(source);
  }

  /**
   * Waits until it is settled. If too many wait, one goes: of the address from which most wait, the one that
   * waits for longest. So one address can fill all of it, but push out nobody else.
   */
  waits(one: Waiting): void {
    const { source } = one;
    const others = this.#waiting.get(source) ?? new Set();
    others.add(one);
    this.#waiting.set(source, others);
    this.#waitingCount++;
    if (this.#waitingCount > this.#limits.silent) this.#longestOfMost()?.drop();
  }

  /** It is a session now, or closed. Harmless when it was settled before. */
  settled(one: Waiting): void {
    const others = this.#waiting.get(one.source);
    if (others?.delete(one) !== true) return;
    this.#waitingCount--;
    if (others.size === 0) this.#waiting.delete(one.source);
  }

  #refuse(limit: number): Place | undefined {
    if (this.#refusals >= REFUSALS_MAX) return undefined;
    this.#refusals++;
    return { is: 'refusal', limit };
  }

  #longestOfMost(): Waiting | undefined {
    let most: ReadonlySet<Waiting> = new Set();
    // The map is in the order in which sources began to wait: of two that are equal the older one goes.
    for (const one of this.#waiting.values()) if (one.size > most.size) most = one;
    const [longest] = most;
    return longest;
  }
}
