// Owns in which rooms the Chats of one session are stopped (docs/protocol.md, KTG-9.11).
import { Fault } from '../protocol/faults.ts';

/** What it needs of the connection's pings. */
export interface Pings {
  /** Writes a Ping behind all that was said so far. Returns its number. */
  ping(): number;
  /** The number of the newest one that was answered. */
  readonly answered: number;
}

/**
 * A Chat that was refused may come again. Until the client has answered a Ping behind the refusal, and so knows of
 * it, nothing may overtake that Chat.
 */
export class Lines {
  readonly #pings: Pings;
  /** By room: the Ping whose answer ends the stop. Absent before the first one: hardly any session has one. */
  #stopped: Map<string, number> | undefined;

  constructor(pings: Pings) {
    this.#pings = pings;
  }

  /** Also when it is stopped already: then for longer, until this refusal is known, too. */
  stop(room: string): void {
    this.#stopped ??= new Map();
    for (const [other, ping] of this.#stopped) if (this.#isKnown(ping)) this.#stopped.delete(other);
    this.#stopped.set(room, this.#pings.ping());
  }

  /** @throws Fault OUT_OF_LINE */
  assertOpen(room: string): void {
    const ping = this.#stopped?.get(room);
    if (ping === undefined) return;
    if (!this.#isKnown(ping)) throw new Fault('OUT_OF_LINE');
    this.#stopped?.delete(room);
  }

  #isKnown(ping: number): boolean {
    return this.#pings.answered >= ping;
  }
}
