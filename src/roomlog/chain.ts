// The hash chain of a room (docs/protocol.md §10): each entry's check depends on every entry before it.

import { putBe64 } from './be64.ts';

export type Sha256 = (data: Uint8Array) => Uint8Array;

const CHAIN_BYTES = 16;

/** What is hashed for one entry; used again for the next. */
const link = new Uint8Array(CHAIN_BYTES + 16 + 32);
const linkView = new DataView(link.buffer);

/**
 * c(0) = log_id; c(n) = SHA-256(c(n-1) ‖ be64 seq ‖ be64 time ‖ SHA-256(body)), first 16 bytes.
 * The body enters by its hash, so that one body can be erased and the chain still verifies.
 */
export function nextChain(
  sha256: Sha256,
  previous: Uint8Array,
  entry: { readonly seq: number; readonly time: number; readonly body: Uint8Array },
): Uint8Array {
  return nextChainOver(sha256, previous, { seq: entry.seq, time: entry.time, hash: sha256(entry.body) });
}

/** As `nextChain`, for a body of which the hash alone is left. */
export function nextChainOver(
  sha256: Sha256,
  previous: Uint8Array,
  entry: { readonly seq: number; readonly time: number; readonly hash: Uint8Array },
): Uint8Array {
  for (let at = 0; at < CHAIN_BYTES; at++) link[at] = previous[at] ?? 0;
  putBe64(linkView, CHAIN_BYTES, entry.seq);
  putBe64(linkView, CHAIN_BYTES + 8, entry.time);
  link.set(entry.hash, CHAIN_BYTES + 16);
  return sha256(link).slice(0, CHAIN_BYTES);
}

/** What stands in the stamp: the first four bytes, big-endian. */
export function checkOf(chain: Uint8Array): number {
  return new DataView(chain.buffer, chain.byteOffset).getUint32(0);
}
