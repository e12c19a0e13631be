// The two files that a server writes for people.
import { dirname, resolve } from 'node:path';
import { existsSync } from 'node:fs';
import { AppendFile } from '../followers/append-file.ts';
import { ChatFile, type ChatFileOptions } from '../followers/chat-file.ts';
import type { TroubleListener } from '../followers/retry.ts';
import type { LineSink } from '../observe/operator-log.ts';
import { reasonOf, StartError } from '../texts/start-error.ts';

/** How large a file of a log gets before it gets a number, 0 = any size, and how many of those are kept. */
export interface LogFiles {
  readonly bytesMax: number;
  readonly filesMax: number;
}

/**
 * Opens the operator log for appending.
 * @throws StartError when it can not be written
 */
export function openOperatorLog(
  path: string,
  listener: TroubleListener,
  files: LogFiles,
): Promise<AppendFile> {
  return opened(path, '--operator-log', AppendFile.open(path, listener, files));
}

/**
 * Opens chat.log where an earlier process has stopped.
 * @throws StartError when it can not be written, or its position beside it can not
 */
export function openChatFile(
  path: string,
  listener: TroubleListener,
  options: ChatFileOptions,
): Promise<ChatFile> {
  return opened(path, '--log', ChatFile.open(path, listener, options));
}

async function opened<T>(path: string, flag: string, file: Promise<T>): Promise<T> {
  try {
    return await file;
  } catch (error) {
    if (!existsSync(dirname(path))) throw new StartError('start.log-directory', { path, flag });
    throw new StartError('start.log', { path, flag, reason: reasonOf(error) });
  }
}

/** @throws StartError (usage) when both logs are one file */
export function assertTwoFiles(chatLog: string, operatorLog: string): void {
  if (resolve(chatLog) === resolve(operatorLog)) {
    throw new StartError('config.same-file', { path: chatLog }, 'usage');
  }
}

/** What may wait while a file can not be written. Above it lines are given up. */
const WAITING_BYTES_MAX = 4_194_304;

/** A file as a sink of lines that nobody waits for. */
export class BoundedSink implements LineSink {
  readonly #file: AppendFile;
  readonly #onDropped: (count: number) => void;
  #waiting = 0;
  #dropped = 0;

  /** `onDropped` is called when lines are taken again. */
  constructor(file: AppendFile, onDropped: (count: number) => void) {
    this.#file = file;
    this.#onDropped = onDropped;
  }

  write(line: string): void {
    if (this.#waiting + line.length > WAITING_BYTES_MAX) {
      this.#dropped++;
      return;
    }
    this.#waiting += line.length;
    this.#file.append(line, () => {
      this.#waiting -= line.length;
      if (this.#dropped === 0 || this.#waiting > 0) return;
      const dropped = this.#dropped;
      this.#dropped = 0;
      this.#onDropped(dropped);
    });
  }
}
