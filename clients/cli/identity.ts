// Owns the identities of this machine's user: one key per name, each in a file of its own.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Identity, identityText, makeIdentity, readIdentityText } from './identity-text.ts';
import { loginName } from './login-name.ts';
import { fileNameOf, nameKey, readState, StateError, writeState } from './state-directory.ts';
import { makeSeed } from '../sdk/identity.ts';

const FOLDER = 'identities';
const ENDING = '.key';

/** The file of a name's key. */
export function identityPath(directory: string, name: string): string {
  return join(directory, FOLDER, `${fileNameOf(nameKey(name))}${ENDING}`);
}

/**
 * The identity of a name, if there is one.
 * @throws StateError: its file can not be read, or is damaged
 */
export function findIdentity(directory: string, name: string): Identity | undefined {
  return readFile(identityPath(directory, name));
}

/**
 * All identities, by their names.
 * @throws StateError
 */
export function listIdentities(directory: string): Identity[] {
  const folder = join(directory, FOLDER);
  let files: string[];
  try {
    files = readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new StateError('read', folder, error);
  }
  return files
    .filter((file) => file.endsWith(ENDING))
    .sort()
    .flatMap((file) => readFile(join(folder, file)) ?? []);
}

function readFile(path: string): Identity | undefined {
  let text: string | undefined;
  try {
    text = readState(path);
  } catch (error) {
    throw new StateError('read', path, error);
  }
  if (text === undefined) return undefined;
  try {
    return readIdentityText(text);
  } catch (error) {
    throw new StateError('key', path, error);
  }
}

/** A new key, on the disk before anybody sees it. @throws StateError write */
export function createIdentity(directory: string, name: string): Identity {
  const identity = makeIdentity(name, makeSeed());
  keepIdentity(directory, identity);
  return identity;
}

/** Replaces the key of the name, if there is one. @throws StateError write */
export function keepIdentity(directory: string, identity: Identity): void {
  const path = identityPath(directory, identity.name);
  try {
    writeState(path, identityText(identity));
  } catch (error) {
    throw new StateError('write', path, error);
  }
}

/** @throws StateError write */
export function deleteIdentity(directory: string, name: string): void {
  const path = identityPath(directory, name);
  try {
    rmSync(path);
  } catch (error) {
    throw new StateError('write', path, error);
  }
}

/**
 * The name of whoever did not say one: that of the only identity, else that of the login. '' when neither is.
 * An identity that can not be read is told where it is used.
 */
export function defaultName(directory: string): string {
  let identities: Identity[] = [];
  try {
    identities = listIdentities(directory);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
  }
  const [only, ...others] = identities;
  return only !== undefined && others.length === 0 ? only.name : loginName();
}
