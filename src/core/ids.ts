// Ids that the server chooses.
import { ENTRY_ID_BYTES } from '../protocol/limits.ts';

/** A UUIDv7 (RFC 9562 §5.7) as 16 bytes: entries that come one after the other have ids that do, too. */
export function entryId(now: number, random: (length: number) => Uint8Array): Uint8Array {
  const id = random(ENTRY_ID_BYTES).slice();
  const view = new DataView(id.buffer);
  view.setUint16(0, Math.floor(now / 2 ** 32));
  view.setUint32(2, now % 2 ** 32);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  return id;
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
