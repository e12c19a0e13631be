// `kentongan log erase`: through the server that runs, or without one.
import { eraseOffline } from '../archive/erase.ts';
import { existingLogIn } from '../archive/log-file.ts';
import { askServer } from '../control/client.ts';
import { takeDataDirectory } from '../server/data-directory.ts';
import { StartError } from '../texts/start-error.ts';
import { STORAGE_REFUSALS } from '../texts/storage-refusals.ts';
import type { TextKey, Texts } from '../texts/texts.ts';
import type { EraseRequest } from './log-request.ts';
import { directoryOf, diskFailed, Lines, sayIn, working } from './log-work.ts';

export async function logErase({ data, room, seq }: EraseRequest, texts: Texts): Promise<number> {
  const say = sayIn(texts);
  const directory = directoryOf(data);
  const removal = await working('', diskFailed, async () => {
    return (await throughServer(directory, room, seq)) ?? (await alone(directory, room, seq));
  });
  await new Lines().write(
    `${say('log.erase.done', { room, seq, removal })}\n${say('log.erase.elsewhere')}\n`,
  );
  return 0;
}

/** Undefined: no server runs there. */
async function throughServer(directory: string, room: string, seq: number): Promise<number | undefined> {
  try {
    const reply = await askServer(directory, { do: 'erase', room, seq });
    if (!reply.ok) throw refused(reply.reason, room, seq);
    return 'seq' in reply ? reply.seq : 0;
  } catch (error) {
    if (error instanceof StartError && error.key === 'start.status-only') return undefined;
    throw error;
  }
}

async function alone(directory: string, room: string, seq: number): Promise<number> {
  existingLogIn(directory);
  const lock = takeDataDirectory(directory);
  try {
    const result = await eraseOffline(lock.path, room, seq);
    if ('refusal' in result) throw refused(result.refusal, room, seq);
    return result.seq;
  } finally {
    lock.release();
  }
}

const REFUSALS: Readonly<Record<string, TextKey>> = {
  ...STORAGE_REFUSALS,
  NO_SUCH_ROOM: 'log.no-room',
  NO_SUCH_ENTRY: 'log.erase.no-entry',
  NOT_ERASABLE: 'log.erase.not-erasable',
  ERASED_ALREADY: 'log.erase.already',
};

function refused(reason: string, room: string, seq: number): StartError {
  return new StartError(REFUSALS[reason] ?? 'log.erase.refused', { room, seq, reason });
}
