// What a server says of itself.
import { setTimeout as wait } from 'node:timers/promises';
import { askServer } from '../src/control/client.ts';
import type { ServerStatus } from '../src/control/status.ts';

/** @param measure how late the event loop is, finely, from now on until it is asked again */
export async function statusOf(data: string, measure = false): Promise<ServerStatus> {
  const reply = await askServer(data, { do: 'status', measure });
  if (!('status' in reply)) throw new Error('the server does not say how it is');
  return reply.status;
}

/** Resolves when chat.log has everything. */
export async function settled(data: string): Promise<void> {
  while (((await statusOf(data)).chatLog?.lag ?? 0) > 0) {
    await wait(200);
  }
}
