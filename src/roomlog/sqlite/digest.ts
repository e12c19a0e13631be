// Sums over what is stored: a changed bit shows. Against accidents of disks, not against people.
import { hash } from 'node:crypto';
import { putBe64 } from '../be64.ts';

const SHA256_BYTES = 32;

/** SHA-256, 32 bytes in an array of their own. */
export function sha256(data: Uint8Array): Uint8Array {
  // A text crosses from OpenSSL in half the time that a Buffer takes, and so small an array lives in the heap.
  const text = hash('sha256', data, 'binary');
  const bytes = new Uint8Array(SHA256_BYTES);
  for (let at = 0; at < SHA256_BYTES; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

export const DIGEST_BYTES = 16;

/** What a digest covers: numbers as 64 bits big-endian, bytes and texts with their lengths before them. */
export type Covered = number | Uint8Array | string | null;

/** The first 16 bytes of SHA-256 over all parts. No two different lists of parts of the same kinds are encoded alike. */
export function digestOf(parts: readonly Covered[]): Uint8Array {
  const pieces = parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
  const size = pieces.reduce<number>((sum, piece) => sum + 8 + lengthOf(piece), 0);
  const all = new Uint8Array(size);
  const view = new DataView(all.buffer);
  let at = 0;
  for (const piece of pieces) {
    putBe64(view, at, typeof piece === 'number' ? piece : (piece?.length ?? -1));
    at += 8;
    if (typeof piece === 'object' && piece !== null) all.set(piece, at);
    at += lengthOf(piece);
  }
  return sha256(all).subarray(0, DIGEST_BYTES);
}

function lengthOf(piece: Uint8Array | number | null): number {
  return typeof piece === 'object' && piece !== null ? piece.length : 0;
}
