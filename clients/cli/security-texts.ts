// What a table of texts must have about certificates, keys and codes.

/** Everything in parameters is safe for a terminal already. Fingerprints come in two rows. */
export interface SecurityTexts {
  readonly firstUse: (address: string, fingerprint: string) => string;
  /** `command`: what accepts the certificate that the server has now. */
  readonly changed: (address: string, before: string, now: string, command: string) => string;
  /** In the place of a fingerprint. */
  readonly byAuthority: string;
  readonly notInvited: (address: string, invited: string, now: string) => string;
  readonly hostsDamaged: (path: string, line: number) => string;
  readonly hostsLineDamaged: (path: string, line: number) => string;
  readonly notTls: (address: string, plain: string) => string;
  readonly otherProtocol: (address: string) => string;
  readonly tlsRefused: (address: string) => string;
  readonly tlsTimeout: (address: string) => string;
  /** Others on the network can read along. */
  readonly exposed: string;
  readonly keyNotUsed: (name: string) => string;
  readonly keyDamaged: (path: string) => string;
  readonly noProof: (address: string) => string;
  readonly askCode: (address: string) => string;
  readonly codeRefused: string;
  readonly trust: TrustTexts;
  readonly identity: IdentityTexts;
}

/** `kentongan trust`. */
export interface TrustTexts {
  readonly badFingerprint: (text: string) => string;
  readonly needsFingerprint: string;
  readonly oneThing: string;
  readonly trusted: (address: string, fingerprint: string) => string;
  readonly none: string;
  readonly forgotten: (address: string) => string;
  readonly unknown: (address: string) => string;
}

/** `kentongan identity`. */
export interface IdentityTexts {
  readonly badName: (name: string) => string;
  readonly needsName: string;
  readonly created: (name: string, path: string) => string;
  readonly exists: (name: string) => string;
  readonly none: string;
  readonly noneOf: (name: string) => string;
  readonly several: (names: string) => string;
  readonly shown: (name: string, key: string, user: string, path: string) => string;
  readonly exported: (name: string, file: string) => string;
  readonly fileExists: (file: string) => string;
  /** Or its directory. */
  readonly fileMissing: (file: string) => string;
  readonly fileFailed: (file: string, detail: string) => string;
  readonly imported: (name: string) => string;
  readonly same: (name: string) => string;
  readonly otherKey: (name: string) => string;
  /** In the place of a file. */
  readonly standardInput: string;
  readonly notOne: (file: string) => string;
  readonly laterVersion: (file: string) => string;
  readonly damaged: (file: string) => string;
  readonly deleteNeedsForce: (name: string) => string;
  readonly deleted: (name: string) => string;
}
