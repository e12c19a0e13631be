// Numbers of 64 bits, big-endian, as digests and files have them. JavaScript's own way goes through a BigInt each.

const LOW = 2 ** 32;

/** @param value a whole number, −(2^53 − 1) to 2^53 − 1; negative ones as two's complement */
export function putBe64(into: DataView, at: number, value: number): void {
  into.setUint32(at, Math.floor(value / LOW));
  into.setUint32(at + 4, value);
}
