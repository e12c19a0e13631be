// What was asked on one connection and has no answer yet.
import type { ClientError } from './errors.ts';
import type { SystemKind } from './session.ts';

/** Who made a request. Exactly one of the two is called, or none when the session ends before. */
export interface Asker {
  onAnswer(answer: SystemKind, room: string): void;
  onRefused(error: ClientError): void;
}

/** The Hello is the first request of its session. */
export const HELLO_REF = 1;
const REF_MAX = 0xffff_ffff;

/** Owns: the refs of one session's requests, and who waits for each. */
export class Asked {
  readonly #askers = new Map<number, Asker>();
  #ref = HELLO_REF;

  /** The ref for the next request. */
  add(asker: Asker): number {
    this.#ref = this.#ref === REF_MAX ? HELLO_REF + 1 : this.#ref + 1;
    this.#askers.set(this.#ref, asker);
    return this.#ref;
  }

  /** Tells who asked. False: nobody waits under this ref any more. */
  answer(ref: number, tell: (asker: Asker) => void): boolean {
    const asker = this.#askers.get(ref);
    if (asker === undefined) return false;
    this.#askers.delete(ref);
    tell(asker);
    return true;
  }
}
