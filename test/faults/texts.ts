// What people say here: each text is said once, and some of them are hard on whoever stores or prints them.
import { asUuid7 } from '../../src/protocol/index.ts';
import type { Random } from '../support/random.ts';

const WORDS = [
  'halo',
  'selamat pagi',
  'a\nb',
  '\\',
  '\\n',
  '日本語',
  '😀',
  '\u001b[2J',
  '\u202e',
  ' ',
  '\t',
  '\u0000',
  'é',
];
/** Mostly lines, sometimes pages. */
const LENGTHS = [0, 0, 1, 3, 8, 8, 20, 20, 60, 400];

/** The `n`th text of `sender`, unlike every other. */
export function lineText(random: Random, sender: string, n: number): string {
  const words = Array.from({ length: random.below(random.pick(LENGTHS) + 1) }, () => random.pick(WORDS));
  return `${sender} ${n} ${words.join(' ')}`;
}

let newest = 0;

/** A new id, as a client of today makes it; now and then any 16 bytes. */
export function newId(random: Random): Uint8Array {
  const bytes = random.bytes(16);
  if (random.chance(0.05)) return bytes;
  newest = Math.max(newest, Date.now());
  return asUuid7(bytes, newest);
}
