// What all of `kentongan log …` have in common: how they are watched, stopped, and fail.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { assertReadable } from '../archive/log-file.ts';
import { Work } from '../archive/work.ts';
import { dataIn } from '../config/defaults.ts';
import { dataSaid } from './ask.ts';
import { LogError } from '../roomlog/sqlite/log-error.ts';
import { reasonOf, StartError } from '../texts/start-error.ts';
import { fill, type TextKey, type Texts, type TextValues } from '../texts/texts.ts';

/** What says something to people, in their language. */
export type Say = (key: TextKey, values?: TextValues) => string;

export function sayIn(texts: Texts): Say {
  return (key, values = {}) => fill(texts[key], values);
}

/** The data directory that was named, absolute; it need not exist. */
export function directoryOf(said: string | undefined): string {
  const named = dataSaid(said);
  return named === undefined ? dataIn(process.cwd()) : resolve(named);
}

/** A file that was named, absolute. @throws StartError, LogError when it does not exist, or is none, or may not be read */
export function existingFile(path: string): string {
  const file = resolve(path);
  try {
    assertReadable(file);
  } catch (error) {
    if (error instanceof LogError && error.code === 'absent') throw new StartError('log.no-file', { file });
    throw error;
  }
  if (statSync(file).isDirectory()) throw new StartError('log.directory', { file });
  return file;
}

/** Standard output, for whoever reads it at any speed, or no longer. */
export class Lines {
  #isClosed = false;

  constructor() {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      // `… | head` has read enough.
      if (error.code !== 'EPIPE') throw error;
      this.#isClosed = true;
    });
  }

  /** Waits until it is taken. False: nobody reads any more. */
  async write(text: string): Promise<boolean> {
    if (this.#isClosed) return false;
    await new Promise((taken) => {
      process.stdout.write(text, taken);
    });
    return !this.#isClosed;
  }

  async line(text: string): Promise<boolean> {
    return await this.write(`${text}\n`);
  }
}

const STOPPING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'];

/**
 * Does something that takes long: people see how far it is, and a signal ends it cleanly.
 * @param failed what to say when the system refuses something
 */
export async function working<T>(
  about: string,
  failed: (reason: string) => StartError,
  run: (work: Work) => Promise<T>,
): Promise<T> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort(new StartError('log.interrupted', {}));
  for (const signal of STOPPING) process.on(signal, stop);
  const progress = progressLine(about);
  try {
    return await run(new Work(stopping.signal, progress.show));
  } catch (error) {
    throw knownError(error, failed);
  } finally {
    progress.clear();
    for (const signal of STOPPING) process.off(signal, stop);
  }
}

/** The disk, or what is on it. */
export function diskFailed(reason: string): StartError {
  return new StartError('log.error.disk', { reason });
}

/** What can be told to people; a defect comes out as it is. */
export function knownError(error: unknown, failed: (reason: string) => StartError): unknown {
  if (error instanceof StartError) return error;
  if (error instanceof LogError) return new StartError(`log.error.${error.code}`, error.values);
  // SQLite's errors and the system's have one; defects have none.
  if (error instanceof Error && 'code' in error) return failed(sqliteReason(error) ?? reasonOf(error));
  return error;
}

function sqliteReason(error: Error): string | undefined {
  return 'errcode' in error ? error.message : undefined;
}

/** One line on a terminal, rewritten in place; nothing elsewhere. */
function progressLine(about: string): { show: (share: number) => void; clear: () => void } {
  let shown = '';
  const { stderr } = process;
  return {
    show: (share) => {
      const text = `${about}: ${Math.floor(share * 100)} %`;
      if (!stderr.isTTY || text === shown) return;
      shown = text;
      stderr.write(`\r${text}\u001b[K`);
    },
    clear: () => {
      if (shown !== '') stderr.write('\r\u001b[K');
    },
  };
}

const KIB = 1024;
const MIB = 1_048_576;

/** `812 B`, `37 KiB`, `1.4 MiB` */
export function sizeOf(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`;
  return bytes < MIB ? `${Math.floor(bytes / KIB)} KiB` : `${(bytes / MIB).toFixed(1)} MiB`;
}
