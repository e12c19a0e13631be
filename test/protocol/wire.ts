// Bytes by hand: what no encoder would write.
const encoder = new TextEncoder();

/** A number as a varint, in at least `bytes` bytes. */
export function varint(value: number | bigint, bytes = 1): number[] {
  const out: number[] = [];
  let rest = BigInt(value);
  do {
    out.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  } while (rest > 0n);
  while (out.length < bytes) out.push(0x80);
  out.push((out.pop() as number) & 0x7f);
  return out;
}

export const tag = (id: number, wire: number): number[] => varint(id * 8 + wire);

/** A field of wire type 2: a message, a string or bytes. */
export function field(id: number, content: readonly number[] | string): number[] {
  const bytes = typeof content === 'string' ? [...encoder.encode(content)] : content;
  return [...tag(id, 2), ...varint(bytes.length), ...bytes];
}

/** A field of wire type 0. */
export const number = (id: number, value: number | bigint): number[] => [...tag(id, 0), ...varint(value)];

export const bytes = (...parts: ReadonlyArray<readonly number[]>): Uint8Array =>
  Uint8Array.from(parts.flat());
