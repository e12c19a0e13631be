// Who is let in: whoever knows the password, or an invite code that holds.
import { hash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Admission } from '../core/options.ts';
import { limits, utf8Bytes } from '../protocol/index.ts';
import { reasonOf, StartError } from '../texts/start-error.ts';
import { codeDigest } from './codes.ts';
import type { Invites } from './invites.ts';

/** The same text typed on another machine may have other bytes (Unicode TR15). */
function passwordDigest(password: string): Buffer {
  return hash('sha256', password.normalize('NFC'), 'buffer');
}

/** A password that was read. */
export interface Password {
  readonly digest: Buffer;
  /** Others than its owner may read the file. */
  readonly isReadable: boolean;
}

const OTHERS = 0o077;

/** @throws StartError when there is no password in the file */
export function readPassword(path: string): Password {
  let text: string;
  let mode: number;
  try {
    text = readFileSync(path, 'utf8');
    mode = statSync(path).mode;
  } catch (error) {
    throw new StartError('start.password-read', { path, reason: reasonOf(error) });
  }
  const [line = ''] = text.split(/\r?\n/, 1);
  const limit = limits.PASSWORD_BYTES_MAX;
  if (line === '') throw new StartError('start.password-empty', { path });
  if (utf8Bytes(line) > limit) throw new StartError('start.password-long', { path, limit });
  return { digest: passwordDigest(line), isReadable: process.platform !== 'win32' && (mode & OTHERS) !== 0 };
}

/** Never equal to a digest of anything. */
const NOTHING = Buffer.alloc(32);

/**
 * The state is: a password or none, and the invites. Once an invite was made, and until all are revoked, one has to
 * know something, also when none holds any more: what expires opens no door.
 */
export class ServerAdmission implements Admission {
  readonly #invites: Invites;
  readonly #now: () => number;
  readonly #always: boolean;
  #password: Buffer | undefined;

  /** @param always ask for something even where nothing is known that would do */
  constructor(invites: Invites, now: () => number, always: boolean) {
    this.#invites = invites;
    this.#now = now;
    this.#always = always;
  }

  setPassword(password: Password | undefined): void {
    this.#password = password?.digest;
  }

  get hasPassword(): boolean {
    return this.#password !== undefined;
  }

  /** Whether somebody new has to know something. */
  get isDemanding(): boolean {
    return this.#always || this.hasPassword || this.#invites.all().length > 0;
  }

  admits(password: string): boolean {
    if (!this.isDemanding) return true;
    const now = this.#now();
    const [asPassword, asCode] = [passwordDigest(password), codeDigest(password)];
    let admitted = timingSafeEqual(asPassword, this.#password ?? NOTHING);
    // To the end, whatever was found: the time says nothing.
    for (const { sha256, expiresAt } of this.#invites.all()) {
      const isSame = timingSafeEqual(asCode, Buffer.from(sha256, 'hex'));
      admitted = (isSame && expiresAt > now) || admitted;
    }
    return admitted;
  }
}
