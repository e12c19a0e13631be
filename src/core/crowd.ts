// Owns those who wait, by where they come from, and says who of them goes when they are too many.

export class Crowd<One> {
  readonly #sources = new Map<One, string>();
  /** By source; in each the one that waits for longest comes first. */
  readonly #bySource = new Map<string, Set<One>>();

  get size(): number {
    return this.#sources.size;
  }

  add(one: One, source: string): void {
    const others = this.#bySource.get(source) ?? new Set();
    others.add(one);
    this.#bySource.set(source, others);
    this.#sources.set(one, source);
  }

  /** It waits no more. Harmless when it did not. */
  delete(one: One): void {
    const source = this.#sources.get(one);
    if (source === undefined) return;
    this.#sources.delete(one);
    const others = this.#bySource.get(source);
    others?.delete(one);
    if (others?.size === 0) this.#bySource.delete(source);
  }

  /**
   * Of the source from which most wait, the one that waits for longest. So one source can fill all of the places, but
   * push out nobody else.
   */
  longestOfMost(): One | undefined {
    let most: ReadonlySet<One> = new Set();
    // The map is in the order in which sources began to wait: of two that are equal the older one goes.
    for (const one of this.#bySource.values()) if (one.size > most.size) most = one;
    const [longest] = most;
    return longest;
  }
}
