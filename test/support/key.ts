// An Ed25519 key pair of a seed, made by Node alone: nothing of the product signs here.
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';

/** PKCS #8 of an Ed25519 private key up to its 32 bytes (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface KeyPair {
  /** The public key, 32 bytes. */
  readonly key: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

export function keyPairOf(seed: Uint8Array): KeyPair {
  const secret = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const { x = '' } = createPublicKey(secret).export({ format: 'jwk' });
  return {
    key: Uint8Array.from(Buffer.from(x, 'base64url')),
    sign: (message) => Uint8Array.from(sign(null, message, secret)),
  };
}
