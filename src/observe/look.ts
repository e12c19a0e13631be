// Names on the operator's screen that look like other ones.
import { skeletonOf } from '../core/skeleton.ts';

const ASCII = /^[\x21-\x7e]+$/;
const STRANGE = /[^\x21-\x7e]/gu;
const LATIN = /\p{Script=Latin}/u;
/** Letters of scripts that have Latin's shapes, too. */
const ALIKE = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/gu;

/**
 * The name; behind one that looks as if it were written in plain letters, or mixes Latin ones with such that have
 * their shapes, the code points of those: `аlice [U+0430]`. The server takes no two names that look alike at a time,
 * but who reads one has to know which it is.
 */
export function withLook(name: string): string {
  if (ASCII.test(name)) return name;
  const letters = ASCII.test(skeletonOf(name)) ? STRANGE : LATIN.test(name) ? ALIKE : undefined;
  const points =
    letters === undefined ? [] : Array.from(name.matchAll(letters), ([letter]) => pointOf(letter));
  if (points.length === 0) return name;
  return `${name} [${points.join(' ')}]`;
}

/** `U+0430` */
function pointOf(letter: string): string {
  return `U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
