// Ed25519 identities on Node. Not part of the browser-safe core: import it from here.
import { createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import type { ClientIdentity } from './api.ts';

/** What an identity is made of: 32 random bytes, the private key of RFC 8032 §5.1.5. Whoever has them is this user. */
export const SEED_BYTES = 32;

/** PKCS #8 of an Ed25519 private key up to its 32 bytes (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
/** The same of a public key: SubjectPublicKeyInfo (RFC 8410 §4). */
const SPKI_PREFIX_BYTES = 12;

/** A new seed. Keep it as a secret, and make identities of it. */
export function makeSeed(): Uint8Array {
  return Uint8Array.from(randomBytes(SEED_BYTES));
}

/**
 * The identity of a seed: the same seed is the same user, on every machine.
 * @throws RangeError when it is not 32 bytes
 */
export function identityOf(seed: Uint8Array): ClientIdentity {
  if (seed.length !== SEED_BYTES) throw new RangeError(`a seed is ${SEED_BYTES} bytes`);
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    key: Uint8Array.from(spki.subarray(SPKI_PREFIX_BYTES)),
    sign: (message) => Uint8Array.from(sign(null, message, privateKey)),
  };
}
