// How often what was refused, since the start.
import type { OperatorEvent, OperatorObserve } from './operator-event.ts';

/** Counts before anything is left out, and passes everything on. Owns: the counts. */
export class RefusalCount {
  readonly #counts = new Map<string, number>();
  readonly #next: OperatorObserve;

  constructor(next: OperatorObserve) {
    this.#next = next;
  }

  observe(event: OperatorEvent): void {
    const what = refusalOf(event);
    if (what !== undefined) this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
    this.#next(event);
  }

  /** By the name of the fault; where there was none, of the event. */
  read(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}

/** Names come from our own tables alone, so there are not many. */
function refusalOf(event: OperatorEvent): string | undefined {
  switch (event.event) {
    case 'refused':
      return event.fault;
    case 'stranger':
    case 'no-place':
    case 'plain-refused':
    case 'tls-failed':
      return event.event;
    default:
      return undefined;
  }
}
