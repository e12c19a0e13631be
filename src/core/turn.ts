// Owns one turn of the event loop: whoever asked is served once, at its end.
import { Pace, type Paced } from './pace.ts';
import type { Clock } from './ports.ts';
import type { Session } from './session.ts';

/** Frames of all sessions together that are dealt with in one turn: some milliseconds. */
const FRAMES_PER_TURN_MAX = 512;

export class Turn {
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  #dirty: Session[] = [];
  readonly #resuming = new Set<Session>();
  readonly #pace: Pace;
  #isComing = false;
  #framesLeft = FRAMES_PER_TURN_MAX;
  /** When this turn began, on the monotonic clock. Behind `countFrame` it is surely this one and not the one before. */
  now: number;

  /** @param onEnd called behind each turn */
  constructor(clock: Clock, onEnd: () => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.#pace = new Pace(clock, () => this.#come());
    this.now = clock.monotonic();
  }

  /** Nobody waits to be served. */
  get isIdle(): boolean {
    return this.#dirty.length === 0 && this.#resuming.size === 0 && this.#pace.isIdle;
  }

  /** Enough has been dealt with: what else comes in waits for the next turn. */
  get isFull(): boolean {
    return this.#framesLeft <= 0;
  }

  countFrame(): void {
    this.#framesLeft--;
    // A turn that is counted has an end.
    this.#come();
  }

  /** What this session has to say is written at the end of the turn. */
  schedule(session: Session): void {
    if (session.isScheduled) return;
    session.isScheduled = true;
    this.#dirty.push(session);
    this.#come();
  }

  /** This session reads on at the end of the turn, if it waited. */
  resume(session: Session): void {
    this.#resuming.add(session);
    this.schedule(session);
  }

  /** There is something for all readers of this room: at the end of the turn, or a little later when there is much to do. */
  grown(room: Paced): void {
    this.#pace.grown(room);
  }

  forget(session: Session): void {
    session.isScheduled = false;
    this.#resuming.delete(session);
  }

  #come(): void {
    if (this.#isComing) return;
    this.#isComing = true;
    this.now = this.#clock.monotonic();
    this.#clock.defer(() => this.#run());
  }

  /** First what waited for decisions reads on, then everybody writes, once. */
  #run(): void {
    this.#isComing = false;
    this.#framesLeft = FRAMES_PER_TURN_MAX;
    for (const session of [...this.#resuming]) {
      if (this.isFull) break;
      this.#resuming.delete(session);
      session.resume();
    }
    if (this.#resuming.size > 0) this.#come();
    this.#pace.serve(() => this.#pump());
    this.#onEnd();
  }

  #pump(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const session of dirty) {
      // Forgotten, or there twice since then.
      if (!session.isScheduled) continue;
      session.isScheduled = false;
      session.pump();
    }
  }
}
