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

/** In groups of four digits, which `parseFingerprint` takes back. */
export function fingerprintGroups(fingerprint: string): string {
  return (fingerprint.match(/.{1,4}/g) ?? []).join(' ');
}

const ROW = 39;

/** In two rows of eight groups, which fit every terminal and can be compared by eye. */
export function fingerprintRows(fingerprint: string): string {
  const groups = fingerprintGroups(fingerprint);
  return `${groups.slice(0, ROW)}\n${groups.slice(ROW + 1)}`;
}

/** A label before a text, whose rows stay under each other. */
export function labelled(label: string, text: string): string {
  return label + text.replaceAll('\n', `\n${' '.repeat(label.length)}`);
}
