// The core's clock and randomness, as Node has them.
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Clock, Crypto } from '../core/ports.ts';
import { sha256 } from '../roomlog/sqlite/digest.ts';
import { RandomPool } from './random-pool.ts';

/** The real time, for one server. Owns: its timers. */
export class NodeClock implements Clock {
  readonly #timers = new Set<NodeJS.Timeout>();

  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  after(ms: number, callback: () => void): () => void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      callback();
    }, ms);
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
      clearTimeout(timer);
    };
  }

  defer(callback: () => void): void {
    setImmediate(callback);
  }

  /** Nothing that was asked for after some time comes any more. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

const pool = new RandomPool();

/** The system's randomness, OpenSSL's SHA-256. */
export const nodeCrypto: Crypto = {
  random: (length) => pool.take(length),
  sha256,
  verify: (key, message, signature) => {
    try {
      return verify(null, message, publicKeyOf(key), signature);
    } catch {
      // Bytes that are no point of the curve.
      return false;
    }
  },
};

/** What stands before an Ed25519 key in its X.509 form (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

function publicKeyOf(key: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, key]), format: 'der', type: 'spki' });
}
