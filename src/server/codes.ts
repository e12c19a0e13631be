// Invite codes: what a person reads from a board and types.
import { hash } from 'node:crypto';

/** Crockford's base32: no I, L, O, U. What is read wrongly all the same is taken for what was meant. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const BITS = 5;
const CHARACTERS = 8;
const GROUP = 4;

/** A code of 40 bits: `7K3M-Q0XD`. @param random gives unpredictable bytes */
export function makeCode(random: (length: number) => Uint8Array): string {
  const characters = Array.from(random(CHARACTERS), (byte) => ALPHABET[byte % 2 ** BITS]).join('');
  return `${characters.slice(0, GROUP)}-${characters.slice(GROUP)}`;
}

/** Capitals, hyphens and spaces do not matter; O is 0, I and L are 1. */
function plainCode(typed: string): string {
  return typed.toUpperCase().replace(/[-\s]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
}

/** By which a code is known without being kept: SHA-256 of its characters, 32 bytes. */
export function codeDigest(typed: string): Buffer {
  return hash('sha256', plainCode(typed), 'buffer');
}
