// Owns how people read and write the fingerprint of a certificate.
import { readFingerprint } from '../sdk/index.ts';

/** SHA-256 as people may write it: any case, colons, spaces, `sha256:` before it. 64 lower-case hexadecimal digits. */
export function parseFingerprint(text: string): string | undefined {
  return readFingerprint(
    text
      .trim()
      .replace(/^sha-?256[:=]/i, '')
      .replaceAll(/\s+/g, ''),
  );
}

/** In groups of four digits, which can be compared by eye and are taken back by `parseFingerprint`. */
export function fingerprintGroups(fingerprint: string): string {
  return (fingerprint.match(/.{1,4}/g) ?? []).join(' ');
}
