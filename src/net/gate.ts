// Who is let in: counts connections, in all and by where they come from, and bounds those that have not said what they are.
import { Crowd } from '../core/crowd.ts';

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

const PLACE: Place = { is: 'place' };

/**
 * Owns: the counts. Every connection `enter`s when it is accepted and `leave`s when it is closed, whatever it has
 * become in between.
 */
export class Gate {
  readonly #limits: GateLimits;
  readonly #bySource = new Map<string, number>();
  readonly #waiting = new Crowd<Waiting>();
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
    return PLACE;
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

  /** Waits until it is settled. If too many wait, one goes. */
  waits(one: Waiting): void {
    this.#waiting.add(one, one.source);
    if (this.#waiting.size > this.#limits.silent) this.#waiting.longestOfMost()?.drop();
  }

  /** It is a session now, or closed. Harmless when it was settled before. */
  settled(one: Waiting): void {
    this.#waiting.delete(one);
  }

  #refuse(limit: number): Place | undefined {
    if (this.#refusals >= REFUSALS_MAX) return undefined;
    this.#refusals++;
    return { is: 'refusal', limit };
  }
}
