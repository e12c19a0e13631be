// Sums over what is stored: a changed bit shows. Against accidents of disks, not against people.
import { hash } from 'node:crypto';

/** SHA-256, 32 bytes. */
export function sha256(data: Uint8Array): Uint8Array {
  return hash('sha256', data, 'buffer');
}

export const DIGEST_BYTES = 16;

/** What a digest covers: numbers as 64 bits big-endian, bytes and texts with their lengths before them. */
export type Covered = number | Uint8Array | string | null;

/** The first 16 bytes of SHA-256 over all parts. No two different lists of parts of the same kinds are encoded alike. */
export function digestOf(parts: readonly Covered[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    const head = Buffer.allocUnsafe(8);
    if (typeof bytes === 'number') head.writeBigInt64BE(BigInt(bytes));
    else head.writeBigInt64BE(BigInt(bytes === null ? -1 : bytes.length));
    pieces.push(head);
    if (bytes !== null && typeof bytes !== 'number') pieces.push(bytes);
  }
  return sha256(Buffer.concat(pieces)).subarray(0, DIGEST_BYTES);
}
