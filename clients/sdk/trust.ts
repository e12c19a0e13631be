// Whether the server that answers is the one that is meant. Types and what needs no file; pins are in known-hosts.ts.

/** What a TLS server has shown, before a single byte is sent to it. */
export interface CertificateFacts {
  /** The system's own authorities vouch for it, for exactly this host. */
  readonly chainIsValid: boolean;
}

/**
 * `expected`: the fingerprint that should have been shown, and whether a pin or whoever invited said so. '' with a pin:
 * none in particular, but one that the system's authorities vouch for, as before.
 */
export type Judgement =
  | { readonly trusted: true }
  | { readonly trusted: false; readonly expected: string; readonly by: 'pin' | 'invite' };

export interface Trust {
  /**
   * Judges a certificate. Nothing is sent before the judgement is `trusted`, but the server's deadlines run: who asks
   * a person has about ten seconds. What it throws ends the client as `untrusted`, too, with the error as its cause.
   * @param host as it was dialled
   * @param fingerprint SHA-256 of the certificate (DER), 64 lower-case hexadecimal digits
   */
  judge(
    host: string,
    port: number,
    fingerprint: string,
    facts: CertificateFacts,
  ): Judgement | Promise<Judgement>;
}

const FINGERPRINT = /^[0-9a-f]{64}$/;

/**
 * A fingerprint as people write it (any case, colons or spaces in it or none, `sha256:` before it or not) as 64
 * lower-case digits; undefined: it is none.
 */
export function readFingerprint(text: string): string | undefined {
  const digits = text
    .toLowerCase()
    .replace(/^sha256:/, '')
    .replace(/[ :]/g, '');
  return FINGERPRINT.test(digits) ? digits : undefined;
}

/**
 * Trusts this one certificate and remembers nothing: for programs that are told the fingerprint.
 * @throws RangeError when it is no fingerprint
 */
export function trustOnly(fingerprint: string): Trust {
  const expected = requireFingerprint(fingerprint);
  return {
    judge: (_host, _port, presented) =>
      presented === expected ? { trusted: true } : { trusted: false, expected, by: 'invite' },
  };
}

/** @throws RangeError when it is no fingerprint */
export function requireFingerprint(text: string): string {
  const digits = readFingerprint(text);
  if (digits === undefined) throw new RangeError('a fingerprint is 64 hexadecimal digits');
  return digits;
}
