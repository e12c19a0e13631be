// Owns the requests of one session whose answers wait for the window: history, rosters, lists of rooms.
import { Fault, type FaultName } from '../protocol/faults.ts';
import { type Address, faultFrame } from './answers.ts';
import type { Source } from './outlet.ts';

/** Makes the frames of an answer when its turn has come; `ready` is called once, at once or later. */
export type Answerer = (ready: (frames: readonly Uint8Array[]) => void) => void;

interface Request {
  readonly to: Address;
  readonly answerer: Answerer;
  readonly revision: () => number;
  frames: Uint8Array[] | undefined;
  /** How often it was begun to make the answer, and in which revision the last time. */
  attempts: number;
  madeIn: number;
}

/** Answers come in the order of the requests; only the one at the front is ever made. */
export class Requests implements Source {
  readonly atHead = false;
  readonly #waiting: Request[] = [];
  readonly #waitingMax: number;
  readonly #wake: () => void;

  constructor(waitingMax: number, wake: () => void) {
    this.#waitingMax = waitingMax;
    this.#wake = wake;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /**
   * @param revision an answer that waits is made anew when this changes
   * @throws Fault BUSY when too many are waiting
   */
  add(to: Address, answerer: Answerer, revision: () => number = () => 0): void {
    if (this.#waiting.length >= this.#waitingMax) {
      throw new Fault('BUSY', { limit: this.#waitingMax, retryAfterMs: 250 });
    }
    this.#waiting.push({ to, answerer, revision, frames: undefined, attempts: 0, madeIn: 0 });
    this.#wake();
  }

  /** The session is leaving this room: what is not yet written is refused. Returns the refusals. */
  cancel(room: string, why: FaultName): Uint8Array[] {
    const cancelled = this.#waiting.filter(({ to }) => to.room === room);
    for (const request of cancelled) this.#waiting.splice(this.#waiting.indexOf(request), 1);
    return cancelled.map(({ to }) => faultFrame(to, new Fault(why)));
  }

  pull(budget: number): Uint8Array | 'idle' | 'full' {
    const request = this.#waiting[0];
    if (request === undefined) return 'idle';
    this.#start(request);
    const frame = request.frames?.[0];
    if (frame === undefined) return 'idle';
    if (frame.length > budget) return 'full';
    request.frames?.shift();
    if (request.frames?.length === 0) this.#waiting.shift();
    return frame;
  }

  #start(request: Request): void {
    if (request.attempts > 0 && request.madeIn === request.revision()) return;
    const attempt = ++request.attempts;
    request.madeIn = request.revision();
    request.frames = undefined;
    request.answerer((frames) => {
      if (request.attempts !== attempt) return;
      request.frames = [...frames];
      this.#wake();
    });
  }
}
