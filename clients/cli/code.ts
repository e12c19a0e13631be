// Owns what is remembered of passwords and invite codes: one per server, for the certificate that it was used with.
import { join } from 'node:path';
import { fileNameOf, readState, StateError, writeState } from './state-directory.ts';

const VERSION = 1;

interface Remembered {
  readonly code: string;
  /** '': none, without TLS, or any that an authority vouches for. */
  readonly fingerprint: string;
}

function codePath(directory: string, server: string): string {
  return join(directory, 'servers', fileNameOf(server), 'code.json');
}

/**
 * The code that worked here before, if the server still has the certificate that it had then.
 * @throws StateError read; what can not be understood is as good as nothing
 */
export function rememberedCode(
  directory: string,
  server: string,
  fingerprint: string | undefined,
): string | undefined {
  if (fingerprint === undefined) return undefined;
  const path = codePath(directory, server);
  let text: string | undefined;
  try {
    text = readState(path);
  } catch (error) {
    throw new StateError('read', path, error);
  }
  const remembered = text === undefined ? undefined : readCode(text);
  return remembered?.fingerprint === fingerprint ? remembered.code : undefined;
}

function readCode(text: string): Remembered | undefined {
  try {
    const value = JSON.parse(text) as Partial<Remembered & { version: number }> | null;
    if (value?.version !== VERSION) return undefined;
    const { code, fingerprint } = value;
    return typeof code === 'string' && typeof fingerprint === 'string' ? { code, fingerprint } : undefined;
  } catch {
    return undefined;
  }
}

/** Only this user may read it. @throws StateError write */
export function rememberCode(directory: string, server: string, remembered: Remembered): void {
  const path = codePath(directory, server);
  try {
    writeState(path, `${JSON.stringify({ version: VERSION, ...remembered }, null, 2)}\n`);
  } catch (error) {
    throw new StateError('write', path, error);
  }
}
