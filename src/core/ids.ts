// Ids that the server chooses.
import { ENTRY_ID_BYTES } from '../protocol/limits.ts';
import { asUuid7 } from '../protocol/uuid.ts';

/** The id of an entry that the server itself makes. */
export function entryId(now: number, random: (length: number) => Uint8Array): Uint8Array {
  return asUuid7(random(ENTRY_ID_BYTES).slice(), now);
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** The name of a private room: unguessable, and meaningless to everybody else. */
export function privateRoomName(random: (length: number) => Uint8Array): string {
  let bits = 0n;
  for (const byte of random(16)) bits = bits * 256n + BigInt(byte);
  let name = '~';
  // 128 bits are 25 groups of five and three bits more.
  for (let shift = 125n; shift >= 0n; shift -= 5n) name += BASE32[Number((bits >> shift) & 31n)];
  return name;
}
