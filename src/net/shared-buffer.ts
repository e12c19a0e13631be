// Bytes as Node wants them, made once for all who are written the same.

let newest: { readonly bytes: Uint8Array; readonly buffer: Buffer } | undefined;

/** The same memory as a Buffer. A thousand readers at the same position are written the same view, one after the other. */
export function bufferOf(bytes: Uint8Array): Buffer {
  if (newest?.bytes !== bytes) {
    newest = { bytes, buffer: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
  }
  return newest.buffer;
}
