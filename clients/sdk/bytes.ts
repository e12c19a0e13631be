// Bytes that outlive the frame that they came in.

/** A copy that keeps nothing else in memory. (`slice` would not do: a Buffer's is a view.) */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
