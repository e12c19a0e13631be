// Owns the names that are in use, by what they look like.
import { skeletonOf } from './skeleton.ts';

/** Letters look alike in one case and not in the other: «РОТАТО» is "POTATO", and nobody remembers its case. */
const FORMS: ReadonlyArray<(canonical: string) => string> = [
  (canonical) => canonical,
  (canonical) => canonical.toLowerCase(),
  (canonical) => canonical.toUpperCase(),
];

/** What has a name. */
interface Named {
  /** Canonical; it does not change as long as its owner is in here. */
  readonly name: string;
}

/** Finds a name that looks like another one in a time that does not depend on how many there are. */
export class Lookalikes<Owner extends Named> {
  /** For each form: who looks like that. */
  readonly #bySkeleton = FORMS.map(() => new Map<string, Owner[]>());

  add(owner: Owner): void {
    for (const [i, form] of FORMS.entries()) {
      const skeletons = this.#bySkeleton[i];
      const skeleton = skeletonOf(form(owner.name));
      skeletons?.set(skeleton, [...(skeletons.get(skeleton) ?? []), owner]);
    }
  }

  remove(owner: Owner): void {
    for (const [i, form] of FORMS.entries()) {
      const skeletons = this.#bySkeleton[i];
      const skeleton = skeletonOf(form(owner.name));
      const others = skeletons?.get(skeleton)?.filter((other) => other !== owner) ?? [];
      if (others.length > 0) skeletons?.set(skeleton, others);
      else skeletons?.delete(skeleton);
    }
  }

  /** Somebody whose name looks like this one. */
  find(canonical: string): Owner | undefined {
    for (const [i, form] of FORMS.entries()) {
      const [owner] = this.#bySkeleton[i]?.get(skeletonOf(form(canonical))) ?? [];
      if (owner !== undefined) return owner;
    }
    return undefined;
  }
}
