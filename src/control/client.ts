// Asks the server that uses a data directory.
import { connect } from 'node:net';
import type { ControlReply, ControlRequest } from './socket.ts';
import { findControlPath } from './path.ts';
import { reasonOf, StartError } from '../texts/start-error.ts';

const ANSWER_MS = 10_000;
const NOBODY: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTDIR']);

/** What people typed, where it is not what is asked. */
const COMMANDS: Readonly<Partial<Record<ControlRequest['do'], string>>> = {
  invites: 'invite list',
  revoke: 'invite revoke',
  release: 'names release',
};

/**
 * Sends one request and waits for its answer.
 * @throws StartError when nobody is there (`start.status-only`) or no answer comes
 */
export async function askServer(data: string, request: ControlRequest): Promise<ControlReply> {
  try {
    return await ask(findControlPath(data), request);
  } catch (error) {
    const reason = reasonOf(error);
    const command = COMMANDS[request.do] ?? request.do;
    if (NOBODY.has(reason)) throw new StartError('start.status-only', { command, path: data });
    throw new StartError('control.failed', { path: data, reason });
  }
}

function ask(path: string, request: ControlRequest): Promise<ControlReply> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = '';
    socket.setEncoding('utf8');
    socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error('ETIMEDOUT')));
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end < 0) return;
      socket.end();
      try {
        resolve(JSON.parse(text.slice(0, end)) as ControlReply);
      } catch (error) {
        reject(error);
      }
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('ECONNRESET')));
  });
}
