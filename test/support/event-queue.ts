// Virtual time: what happens when, and, of two things at the same time, which first.
import type { Random } from './random.ts';

interface Event {
  readonly at: number;
  readonly tie: number;
  run: (() => void) | undefined;
}

/**
 * A heap of things to come. Time is in microseconds and stands still while something happens. What is due at
 * the same microsecond happens in an order that the random numbers choose.
 */
export class EventQueue {
  readonly #random: Random;
  readonly #heap: Event[] = [];
  #now = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Microseconds since the start. */
  get now(): number {
    return this.#now;
  }

  /** Does `run` once, `us` microseconds from now. The result cancels it. */
  after(us: number, run: () => void): () => void {
    const event: Event = { at: this.#now + Math.max(0, Math.round(us)), tie: this.#random.uint32(), run };
    this.#push(event);
    return () => {
      event.run = undefined;
    };
  }

  /** Lets the next thing happen, unless it lies beyond `until`: then time moves there and the answer is false. */
  step(until: number): boolean {
    for (let head = this.#heap[0]; head !== undefined && head.at <= until; head = this.#heap[0]) {
      this.#pop();
      const { run } = head;
      if (run === undefined) continue;
      this.#now = head.at;
      run();
      return true;
    }
    this.#now = until;
    return false;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Event;
      if (!before(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Event;
    const length = heap.length;
    if (length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && before(heap[child + 1] as Event, heap[child] as Event)) child++;
      const below = heap[child] as Event;
      if (!before(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}

function before(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.tie < other.tie);
}
