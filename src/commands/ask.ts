// Asks the running server of a data directory.
import { resolve } from 'node:path';
import { dataIn } from '../config/defaults.ts';
import { askServer } from '../control/client.ts';
import type { ControlReply, ControlRequest } from '../control/socket.ts';
import { StartError } from '../texts/start-error.ts';
import { STORAGE_REFUSALS } from '../texts/storage-refusals.ts';
import type { TextKey, TextValues } from '../texts/texts.ts';

/** The directory as it was said: by the flag, else by KENTONGAN_DATA. */
export function dataSaid(data: string | undefined): string | undefined {
  return data ?? (process.env['KENTONGAN_DATA'] || undefined);
}

/** The directory: as it was said, else the default. @throws StartError when nobody answers */
export async function ask(data: string | undefined, request: ControlRequest): Promise<ControlReply> {
  const said = dataSaid(data);
  return await askServer(said === undefined ? dataIn(process.cwd()) : resolve(said), request);
}

/** Why a server refused, in words. `known` are the reasons that this command has words for. */
export function refusal(
  reply: ControlReply,
  known: Readonly<Partial<Record<string, TextKey>>> = {},
  values: TextValues = {},
): StartError {
  const reason = reply.ok ? JSON.stringify(reply) : reply.reason;
  const key = known[reason] ?? STORAGE_REFUSALS[reason] ?? 'control.refused';
  return new StartError(key, { ...values, reason });
}
