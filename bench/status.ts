// What a server says of itself.
import { setTimeout as wait } from 'node:timers/promises';
import { askServer } from '../src/control/client.ts';
import type { ServerStatus } from '../src/control/status.ts';

export async function statusOf(data: string): Promise<ServerStatus> {
  const reply = await askServer(data, { do: 'status' });
  if (!('status' in reply)) throw new Error('the server does not say how it is');
  return reply.status;
}

/** Resolves when chat.log has everything. */
export async function settled(data: string): Promise<void> {
  while (((await statusOf(data)).chatLog?.lag ?? 0) > 0) {
    await wait(200);
  }
}
