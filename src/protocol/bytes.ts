// What both sides do with bytes that stand for something: compare them, and write them down.

/** Equal length, equal bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Two lower-case hexadecimal digits a byte. */
export function hexOf(bytes: Uint8Array): string {
  // In one piece: a text that was put together bit by bit stays a tree of its parts, ten times as large.
  return Array.from(bytes, (byte) => HEX[byte]).join('');
}
