// Reads again what an operator may change while a server runs. What can not be read changes nothing.
import type { ReloadFailure } from '../observe/operator-event.ts';
import { reasonOf, StartError } from '../texts/start-error.ts';
import { takePassword } from './access.ts';
import type { Parts } from './parts.ts';
import { takeTls } from './tls-files.ts';

/** The certificate with its key, and the password. Connections that are open keep what they have. */
export function reload({ listener, directory, settings, admission, observe }: Parts): void {
  try {
    listener.reload(takeTls(directory.path, settings.tls, settings.net.names ?? []));
    observe({ event: 'certificate-reloaded', fingerprint: listener.fingerprint });
  } catch (error) {
    observe({ event: 'certificate-failed', ...whyNot(error) });
  }
  const { passwordFile } = settings;
  if (passwordFile === undefined) return;
  try {
    takePassword(passwordFile, admission, observe);
    observe({ event: 'password-reloaded' });
  } catch (error) {
    observe({ event: 'password-failed', ...whyNot(error) });
  }
}

/** OpenSSL speaks for itself. */
function whyNot(cause: unknown): Pick<ReloadFailure, 'key' | 'values'> {
  if (cause instanceof StartError) return { key: cause.key, values: cause.values };
  return { key: 'usage.other', values: { what: reasonOf(cause) } };
}
