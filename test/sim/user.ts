// Who is who: the full hash by which the server tells users apart, here worked out once more.
import { createHash } from 'node:crypto';

/** Hexadecimal. The hash of a key has its last byte turned over, so that no secret has it. */
export function userOf({
  secret,
  key,
}: {
  readonly secret?: Uint8Array | undefined;
  readonly key?: Uint8Array | undefined;
}): string {
  const isKey = key !== undefined && key.length > 0;
  const hash = createHash('sha256')
    .update(isKey ? key : (secret ?? new Uint8Array(0)))
    .digest();
  if (isKey) hash.writeUInt8(hash.readUInt8(31) ^ 0xff, 31);
  return hash.toString('hex');
}
