// What holds where nobody has said anything: on the command line and in a program that embeds a server.
import { join, resolve } from 'node:path';

/** Core and the engine have one of their own: of what all of them see, the protocol, a day is no part. */
export const DAY_MS = 86_400_000;

/** How long the place of a lost connection is held. */
export const GRACE_MS = 30_000;
/** What a room keeps in memory. On disk it keeps everything. */
export const MEMORY_RETAIN_BYTES = 67_108_864;
/** Space on the disk that the log leaves free. */
export const RESERVE_BYTES = 67_108_864;

/** A file of chat.log, and one of operator.log, is not larger than this. */
export const LOG_BYTES = 67_108_864;
/** So many old files of each are kept. */
export const LOG_FILES = 10;

/** Where the rooms are kept: in the data directory, or nowhere. */
export const ENGINES = ['sqlite', 'memory'] as const;
export type Engine = (typeof ENGINES)[number];
export const ENGINE: Engine = 'sqlite';

/** From where unencrypted connections are taken: from this machine alone, or from the whole network, too. */
export const PLAIN_POLICIES = ['loopback', 'lan'] as const;
export type PlainPolicy = (typeof PLAIN_POLICIES)[number];
export const PLAIN: PlainPolicy = 'loopback';

const LAB_RETAIN_DAYS = 1;
/** How long a room of a server for a lab keeps what was said. */
export const LAB_RETAIN_AGE_MS = LAB_RETAIN_DAYS * DAY_MS;

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
