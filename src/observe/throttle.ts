// Keeps what happens a thousand times a second from filling disks and screens.
import { type OperatorEvent, type OperatorObserve, THROTTLED, type Throttled } from './operator-event.ts';
import { isUnstored } from './unstored.ts';

const SECOND_MS = 1000;

/** How many events of one kind are told: so many at once, and so many each second for long. */
interface Allowance {
  readonly perSecond: number;
  readonly atOnce: number;
}

/**
 * Of everything that clients can bring about as often as they like. Each kind has its own allowance, so that a flood
 * of one hides no other. What is told in a day of all floods at once is less than a gigabyte; a class that comes in
 * at once is told whole.
 */
export const ALLOWANCES: Readonly<Record<Throttled, Allowance>> = {
  refusals: { perSecond: 20, atOnce: 20 },
  connections: { perSecond: 10, atOnce: 200 },
  visits: { perSecond: 20, atOnce: 2_000 },
  troubles: { perSecond: 1, atOnce: 100 },
};

/** What is left out of one kind; told once a second. Owns: the allowance that is left. */
class Throttle {
  readonly #what: Throttled;
  readonly #allowance: Allowance;
  #left: number;
  #filledAt = Number.NEGATIVE_INFINITY;
  #suppressed = 0;
  #unstored = 0;

  constructor(what: Throttled) {
    this.#what = what;
    this.#allowance = ALLOWANCES[what];
    this.#left = this.#allowance.atOnce;
  }

  /** @param now on a monotonic clock, milliseconds */
  takes(event: OperatorEvent, now: number): boolean {
    const { perSecond, atOnce } = this.#allowance;
    const filled = this.#left + ((now - this.#filledAt) / SECOND_MS) * perSecond;
    this.#left = Math.min(atOnce, filled);
    this.#filledAt = now;
    if (this.#left >= 1) {
      this.#left--;
      return true;
    }
    this.#suppressed++;
    if (event.event === 'refused' && isUnstored(event.code)) this.#unstored++;
    return false;
  }

  /** What was left out since this was last asked; undefined: nothing. */
  leftOut(): OperatorEvent | undefined {
    const [count, unstored] = [this.#suppressed, this.#unstored];
    if (count === 0) return undefined;
    this.#suppressed = 0;
    this.#unstored = 0;
    return { event: 'suppressed', what: this.#what, count, unstored };
  }
}

/**
 * Lets as much through as each kind of event is allowed; how many more there were is told by one `suppressed` event
 * for each kind, before the next event that comes after that second, and before the last one.
 * @param monotonic milliseconds
 */
export function throttle(monotonic: () => number, next: OperatorObserve): OperatorObserve {
  const throttles = new Map<Throttled | undefined, Throttle>(
    THROTTLED.map((kind) => [kind, new Throttle(kind)]),
  );
  let begun = Number.NEGATIVE_INFINITY;
  return (event) => {
    const now = monotonic();
    if (now - begun >= SECOND_MS || event.event === 'stopped') {
      begun = now;
      for (const one of throttles.values()) {
        const leftOut = one.leftOut();
        if (leftOut !== undefined) next(leftOut);
      }
    }
    const own = throttles.get(kindOf(event));
    if (own === undefined || own.takes(event, now)) next(event);
  };
}

const MINUTE_MS = 60_000;
const ROOMS_MAX = 1_000;

/** Tells once a minute that nothing of a room can be stored, however often somebody tries. */
export function throttleFailures(monotonic: () => number, next: OperatorObserve): OperatorObserve {
  const told = new Map<string, { readonly failure: string; readonly at: number }>();
  return (event) => {
    if (event.event === 'append-failed') {
      const { room, failure } = event;
      const [now, last] = [monotonic(), told.get(room)];
      if (last?.failure === failure && now - last.at < MINUTE_MS) return;
      if (told.size >= ROOMS_MAX) told.clear();
      told.set(room, { failure, at: now });
    }
    next(event);
  };
}

const KINDS: ReadonlyMap<OperatorEvent['event'], Throttled> = new Map([
  ['refused', 'refusals'],
  ['stranger', 'refusals'],
  ['no-place', 'refusals'],
  ['plain-refused', 'refusals'],
  ['tls-failed', 'refusals'],
  ['listener-failed', 'refusals'],
  ['opened', 'connections'],
  ['welcomed', 'visits'],
  ['joined', 'visits'],
  ['left', 'visits'],
  ['held', 'visits'],
  ['returned', 'visits'],
  ['closed', 'visits'],
  ['position-refused', 'troubles'],
  ['defect', 'troubles'],
]);

/** Undefined: nobody outside can bring it about as often as they like. */
function kindOf(event: OperatorEvent): Throttled | undefined {
  return event.event === 'closed' && event.name === '' ? 'connections' : KINDS.get(event.event);
}
