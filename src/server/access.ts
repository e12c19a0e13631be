// Who may come in: bound names, invites and the password, as they are kept.
import { DAY_MS } from '../config/defaults.ts';
import type { OperatorObserve } from '../observe/operator-event.ts';
import { nodeDisk } from '../followers/disk.ts';
import { reasonOf, StartError } from '../texts/start-error.ts';
import { readPassword, ServerAdmission } from './admission.ts';
import { Invites } from './invites.ts';
import { NamesFile } from './names-file.ts';
import { nodeCrypto } from './node-ports.ts';
import type { ServerSettings } from './options.ts';

export interface Access {
  readonly names: NamesFile;
  readonly invites: Invites;
  readonly admission: ServerAdmission;
}

/** The code on the board is the same for so long, but for the last day. */
const LAB_CODE_MS = 30 * DAY_MS;
const LAB_CODE_LEFT_MS = DAY_MS;

/** The caller holds the lock of `data`. @throws StartError */
export async function openAccess(
  settings: ServerSettings,
  data: string,
  now: () => number,
  observe: OperatorObserve,
): Promise<Access> {
  const { passwordFile, membersOnly, lab } = settings;
  const names = await NamesFile.open(data, nodeDisk);
  const invites = await Invites.open(data, nodeDisk, nodeCrypto.random, now());
  const admission = new ServerAdmission(invites, now, membersOnly || lab);
  if (passwordFile !== undefined) takePassword(passwordFile, admission, observe);
  if (lab && labCode(invites, now()) === undefined) {
    try {
      const { number } = await invites.make({ now: now(), expiresMs: LAB_CODE_MS, note: 'lab', shown: true });
      observe({ event: 'invite-made', number });
    } catch (error) {
      throw new StartError('start.invites-write', { reason: reasonOf(error) });
    }
  }
  return { names, invites, admission };
}

/** The code that is shown to everybody in the room, and until when it holds. */
export function labCode(
  invites: Invites,
  now: number,
): { readonly code: string; readonly expiresAt: number } | undefined {
  const found = invites.shown(now, LAB_CODE_LEFT_MS);
  return found?.code === undefined ? undefined : { code: found.code, expiresAt: found.expiresAt };
}

/** Reads the password, again if it was read before. @throws StartError; then the old one holds */
export function takePassword(path: string, admission: ServerAdmission, observe: OperatorObserve): void {
  const password = readPassword(path);
  admission.setPassword(password);
  if (password.isReadable) observe({ event: 'password-readable', path });
}
