// What holds where nobody has said anything: on the command line and in a program that embeds a server.
import { join, resolve } from 'node:path';

/** How long the place of a lost connection is held. */
export const GRACE_MS = 30_000;
/** Memory for the messages of one room. */
export const RETAIN_BYTES = 67_108_864;

/** The data directory of a server that is started in `cwd`. */
export function dataIn(cwd: string): string {
  return resolve(cwd, 'kentongan-data');
}

export function chatLogIn(data: string): string {
  return join(data, 'chat.log');
}

export function operatorLogIn(data: string): string {
  return join(data, 'operator.log');
}
