// What becomes of bytes on the way from somebody who means harm.
import type { Random } from '../support/random.ts';

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

/** Each makes a payload wrong in a way of its own. */
const MUTATIONS: readonly Mutation[] = [flipBits, setByte, cut, insert, remove, repeat, swap, lieOnLength];

/** One to three mutations; sometimes the tail of another payload is spliced on. */
export function mutated(payload: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let bytes = Uint8Array.from(payload);
  if (random.chance(0.15)) bytes = spliced(bytes, other, random);
  const count = random.between(1, 3);
  for (let n = 0; n < count; n++) bytes = Uint8Array.from(random.pick(MUTATIONS)(bytes, random));
  return bytes;
}

function spliced(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const [from, to] = [random.below(bytes.length + 1), random.below(other.length + 1)];
  return Uint8Array.from([...bytes.subarray(0, from), ...other.subarray(to)]);
}

function flipBits(bytes: Uint8Array, random: Random): Uint8Array {
  for (let n = random.between(1, 4); n > 0 && bytes.length > 0; n--) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  }
  return bytes;
}

function setByte(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length > 0) bytes[random.below(bytes.length)] = random.pick([0, 1, 0x7f, 0x80, 0xfe, 0xff]);
  return bytes;
}

function cut(bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.subarray(0, random.below(bytes.length + 1));
}

function insert(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  return Uint8Array.from([
    ...bytes.subarray(0, at),
    ...random.bytes(random.between(1, 8)),
    ...bytes.subarray(at),
  ]);
}

function remove(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + random.between(1, 8))]);
}

/** A whole field twice, with luck: the second one would win in a decoder that is lax. */
function repeat(bytes: Uint8Array, random: Random): Uint8Array {
  const from = random.below(bytes.length + 1);
  const piece = bytes.subarray(from, from + random.between(1, 40));
  return Uint8Array.from([...bytes, ...piece]);
}

function swap(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length < 2) return bytes;
  const [a, b] = [random.below(bytes.length), random.below(bytes.length)];
  [bytes[a], bytes[b]] = [bytes[b] ?? 0, bytes[a] ?? 0];
  return bytes;
}

/** The length of the first field that has one says something else. */
function lieOnLength(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length > 1)
    bytes[1] = random.pick([0, 1, 2, bytes.length, bytes.length + 1, 0x7f, 0x80, 0xff]) & 0xff;
  return bytes;
}
