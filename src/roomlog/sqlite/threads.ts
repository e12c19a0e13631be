// Starts the threads of a log, and hears of their ends.
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { LogError, type LogErrorCode } from './log-error.ts';
import type { FromReader, FromWriter, StartFailure, ThreadSettings, ToReader, ToWriter } from './messages.ts';

/** A thread that has started. */
export interface Thread<In, Out> {
  /** Gives the message away: `give` is no longer the sender's. */
  send(message: In, give?: readonly ArrayBuffer[]): void;
  onMessage(take: (message: Out) => void): void;
  /** Resolves when the thread is gone, however that came. */
  readonly ended: Promise<void>;
  /** Why the thread broke down, if it did. */
  onFailed(tell: (error: Error) => void): void;
  /** Ends it at once. */
  stop(): void;
}

/** How the threads of a log are started; tests have others. */
export interface Threads {
  /**
   * @param before takes what the thread tells before it says that it has started
   * @throws LogError; the system's error
   */
  startWriter(
    settings: ThreadSettings,
    before: (message: FromWriter) => void,
  ): Promise<{ readonly thread: WriterThread; readonly start: WriterStart }>;
  /**
   * Loads at once, so that the two threads do not wait for each other, and opens the log when it is there.
   * @param log resolves when the writer has made the log ready; when it rejects there is no reader either
   * @throws LogError; the system's error
   */
  startReader(settings: ThreadSettings, log: Promise<unknown>): Promise<ReaderThread>;
}

export type WriterThread = Thread<ToWriter, FromWriter>;
export type ReaderThread = Thread<ToReader, FromReader>;
type WriterStart = FromWriter & { did: 'start' };

/** Threads of this process. */
export const threads: Threads = {
  startWriter: async (settings, before) => {
    const worker = load('./writer-thread', settings);
    const { thread, start } = await started<ToWriter, FromWriter>(worker, before);
    return { thread, start: start as WriterStart };
  },
  startReader: async (settings, log) => {
    const worker = load('./reader-thread', settings);
    const starting = started<ToReader, FromReader>(worker, () => undefined);
    // What goes wrong while it loads is told below, when somebody waits for it.
    starting.catch(() => undefined);
    try {
      await log;
    } catch (error) {
      await worker.terminate();
      throw error;
    }
    worker.postMessage(OPEN, []);
    return (await starting).thread;
  },
};

/** The first message to a reader: the log is there. */
const OPEN = 'open';

function load(module: string, settings: ThreadSettings): Worker {
  // As this module: TypeScript in a checkout, JavaScript in a package.
  return new Worker(new URL(`${module}${extname(import.meta.url)}`, import.meta.url), {
    workerData: settings,
    // What the process was started with is for its main thread.
    execArgv: [],
    stdout: false,
    stderr: false,
  });
}

async function started<In, Out extends { readonly did: string }>(
  worker: Worker,
  before: (message: Out) => void,
): Promise<{ thread: Thread<In, Out>; start: Out }> {
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => resolve());
  });
  // What comes before somebody listens is not lost.
  const early: Out[] = [];
  let sink = (message: Out): void => void early.push(message);
  let broken: Error | undefined;
  let tellFailed: ((error: Error) => void) | undefined;
  const start = await new Promise<Out>((resolve, reject) => {
    worker.on('error', (error) => {
      broken = error;
      reject(error);
      tellFailed?.(error);
    });
    worker.on('message', (message: Out) => {
      if (message.did === 'start') resolve(message);
      else if (isFailure(message)) reject(startError(message.error));
      else sink(message);
    });
  });
  for (const message of early.splice(0)) before(message);
  const thread: Thread<In, Out> = {
    send: (message, give = []) => worker.postMessage(message, [...give]),
    onMessage: (take) => {
      sink = take;
      for (const message of early.splice(0)) take(message);
    },
    ended,
    onFailed: (tell) => {
      tellFailed = tell;
      if (broken !== undefined) tell(broken);
    },
    stop: () => void worker.terminate(),
  };
  return { thread, start };
}

function isFailure(message: { readonly did: string }): message is { did: string; error: StartFailure } {
  return message.did === 'fail-to-start';
}

function startError({ code, values, message }: StartFailure): Error {
  return code === undefined ? new Error(message) : new LogError(code as LogErrorCode, values ?? {});
}
