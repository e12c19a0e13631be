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
  const all = new Gathered(pieces.reduce<number>((sum, piece) => sum + 8 + lengthOf(piece), 0));
  for (const piece of pieces) {
    if (typeof piece === 'number') all.number(piece);
    else {
      all.number(piece === null ? -1 : piece.length);
      if (piece !== null) all.bytes(piece);
    }
  }
  return all.digest();
}

function lengthOf(piece: Uint8Array | number | null): number {
  return typeof piece === 'object' && piece !== null ? piece.length : 0;
}

/** Enough for a segment of usual size with its keys. */
const SCRATCH_BYTES = 262_144;
const scratch = new DataView(new ArrayBuffer(SCRATCH_BYTES));

/** What a digest covers, put together where the last one was: one at a time. */
export class Gathered {
  readonly #view: DataView;
  readonly #all: Uint8Array;
  #at = 0;

  constructor(size: number) {
    this.#view = size <= SCRATCH_BYTES ? scratch : new DataView(new ArrayBuffer(size));
    this.#all = new Uint8Array(this.#view.buffer, 0, size);
  }

  /** As 64 bits. */
  number(value: number): void {
    putBe64(this.#view, this.#at, value);
    this.#at += 8;
  }

  bytes(value: Uint8Array): void {
    this.#all.set(value, this.#at);
    this.#at += value.length;
  }

  /** The first 16 bytes of SHA-256 over all of it. */
  digest(): Uint8Array {
    return sha256(this.#all).subarray(0, DIGEST_BYTES);
  }
}
