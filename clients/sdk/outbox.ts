// What may be on the wire without an answer, shared fairly by the rooms of one connection.
import { limits } from '../../src/protocol/index.ts';
import { limitsOf } from './limits.ts';
import type { Send } from './line.ts';
import type { Session } from './session.ts';

/** A room that has something to send. */
export interface Speaker {
  /** What it would send now. */
  nextSend(): Send | undefined;
  /** Writes what `nextSend` showed. */
  writeSend(session: Session, send: Send): void;
}

/** Above this the transport is not given more, unless nothing else would ever wake the outbox. */
const BUFFERED_BYTES_MAX = 65_536;

/**
 * Owns: the number and the bytes of the sends that the server has not answered.
 * Invariant: at most `Welcome.limits.in_flight` and 256 KiB of them; the rest waits in the rooms' lines.
 */
export class Outbox {
  #count = 0;
  #bytes = 0;
  /** In the order of their turns. */
  readonly #ready = new Set<Speaker>();

  onReady(speaker: Speaker): void {
    this.#ready.add(speaker);
  }

  onAnswered(cost: number): void {
    this.#count--;
    this.#bytes -= cost;
  }

  /** Writes what may be written: one send of each room in turn. */
  pump(session: Session): void {
    const { welcome } = session;
    if (welcome === undefined) return;
    const { inFlight } = limitsOf(welcome);
    for (const speaker of this.#ready) {
      const send = speaker.nextSend();
      if (send !== undefined && !this.#hasPlace(send, inFlight, session)) return;
      this.#ready.delete(speaker);
      if (send === undefined) continue;
      this.#count++;
      this.#bytes += send.cost;
      speaker.writeSend(session, send);
      // Behind the others: the loop comes back to it.
      this.#ready.add(speaker);
    }
  }

  #hasPlace(send: Send, inFlight: number, session: Session): boolean {
    if (this.#count === 0) return true;
    return (
      this.#count < inFlight &&
      this.#bytes + send.cost <= limits.APPENDS_IN_FLIGHT_PER_SESSION_BYTES_MAX &&
      session.bufferedBytes < BUFFERED_BYTES_MAX
    );
  }
}
