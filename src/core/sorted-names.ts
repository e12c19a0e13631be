// Owns names in their order, so that a page of many costs no more than a page of few.

export class SortedNames {
  readonly #names: string[] = [];

  get size(): number {
    return this.#names.length;
  }

  add(name: string): void {
    const at = this.#firstFrom(name);
    if (this.#names[at] !== name) this.#names.splice(at, 0, name);
  }

  remove(name: string): void {
    const at = this.#firstFrom(name);
    if (this.#names[at] === name) this.#names.splice(at, 1);
  }

  /** Those that begin with `prefix` and stand behind `after`, by UTF-16 code units. */
  *behind(after: string, prefix: string): Generator<string, void> {
    let at = this.#firstFrom(after < prefix ? prefix : after);
    if (this.#names[at] === after) at++;
    for (let name = this.#names[at]; name?.startsWith(prefix) === true; name = this.#names[++at]) yield name;
  }

  /** Where the first name stands that is not before this one. */
  #firstFrom(name: string): number {
    let from = 0;
    let to = this.#names.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#names[middle] as string) < name) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
