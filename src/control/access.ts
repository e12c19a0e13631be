// What an operator is told of who may come in.

/** What one has to give others so that they find this server, and know it. */
export interface InviteFacts {
  /** The address that it listens on. */
  readonly address: string;
  readonly port: number;
  /** Host names of the server beside those of its machine. */
  readonly names: readonly string[];
  /** SHA-256 of the certificate, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
  /** A code that lets in; absent: none was made. */
  readonly code: string | undefined;
  /** Until when, milliseconds since 1970. */
  readonly expiresAt: number | undefined;
  /** A code or password is asked for. */
  readonly isDemanding: boolean;
}

/** An invite code, without the code. */
export interface InviteStatus {
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  readonly expiresAt: number;
  readonly note: string;
}

/** A name that belongs to a key, or did until it was released. */
export interface NameStatus {
  readonly name: string;
  /** The first 8 bytes of SHA-256 of the key, 16 hexadecimal digits: `author.user` of what is said under it. */
  readonly user: string;
  /** Milliseconds since 1970; `usedAt` as exact as a day. */
  readonly boundAt: number;
  readonly usedAt: number;
  /** From where it was bound. */
  readonly source: string;
  /** Open connections. */
  readonly sessions: number;
  /** It was released: nobody has it by a key, and this key can not have it before then. */
  readonly releasedUntil?: number;
}
