// Things in an order that changes, of which the first is wanted.

/** Owns: a binary heap. Both operations take logarithmic time. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #isBefore: (a: T, b: T) => boolean;

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    let at = this.#items.push(item) - 1;
    while (at > 0) {
      const above = (at - 1) >>> 1;
      if (!this.#isBefore(item, this.#items[above] as T)) break;
      this.#items[at] = this.#items[above] as T;
      at = above;
    }
    this.#items[at] = item;
  }

  pop(): T | undefined {
    const [first] = this.#items;
    const item = this.#items.pop();
    if (item !== undefined && this.#items.length > 0) this.#sink(item);
    return first;
  }

  /** Lets an item take the place of the first one, and sink to its own. */
  #sink(item: T): void {
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= this.#items.length) break;
      const right = below + 1;
      if (right < this.#items.length && this.#isBefore(this.#items[right] as T, this.#items[below] as T))
        below = right;
      if (!this.#isBefore(this.#items[below] as T, item)) break;
      this.#items[at] = this.#items[below] as T;
      at = below;
    }
    this.#items[at] = item;
  }
}
