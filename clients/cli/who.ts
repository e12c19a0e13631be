// Owns as whom a command comes in: by a key, as a guest, or as nobody.
import { limits } from '../../src/protocol/index.ts';
import { serverKey } from '../sdk/index.ts';
import type { Environment } from './environment.ts';
import { findIdentity } from './identity.ts';
import type { Identity } from './identity-text.ts';
import { safeText } from './safe-text.ts';
import { stateDirectory } from './state-directory.ts';
import { stateKey, type Target } from './target.ts';
import { openUserFile, type UserFile } from './user-file.ts';

export type Who =
  /** Can only read along. */
  | { readonly is: 'nobody' }
  | {
      readonly is: 'guest';
      readonly name: string;
      readonly userFile: UserFile;
      /** Beside other sessions of the same user, instead of in their place. */
      readonly beside: boolean;
    }
  | {
      readonly is: 'key';
      readonly name: string;
      readonly userFile: UserFile;
      readonly identity: Identity;
    };

export type Named = Exclude<Who, { is: 'nobody' }>;

export const NOBODY: Who = { is: 'nobody' };

/**
 * Whoever has the name on this machine: the identity of that name, else a guest. A key is never used without TLS,
 * which is said.
 * @throws StateError
 */
export function whoIs(
  target: Target,
  name: string,
  { isGuest, beside }: { readonly isGuest: boolean; readonly beside: boolean },
  { variables, texts, remark }: Pick<Environment, 'variables' | 'texts' | 'remark'>,
): Named {
  const directory = stateDirectory(variables);
  const userFile = openUserFile(directory, stateKey(target), name);
  const identity = isGuest ? undefined : findIdentity(directory, name);
  if (identity === undefined) return { is: 'guest', name, userFile, beside };
  if (target.transport === 'tls') return { is: 'key', name, userFile, identity };
  remark(texts.security.keyNotUsed(safeText(name)));
  return { is: 'guest', name, userFile, beside };
}

/** Whether others can read what crosses the network. */
export function isExposed({ transport, host }: Pick<Target, 'transport' | 'host'>): boolean {
  return transport === 'plain' && !serverKey(host, 0).startsWith('localhost:');
}

/** 16 hexadecimal digits: the user of a key, as every server tells it to others. */
export function userDigits(hash: Uint8Array): string {
  return Buffer.from(hash)
    .toString('hex')
    .slice(0, 2 * limits.USER_BYTES);
}
