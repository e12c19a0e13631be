// The loops of both threads in the thread of the test: an engine that starts in milliseconds.
import type { FromReader, FromWriter, ToReader, ToWriter } from '../../../src/roomlog/sqlite/messages.ts';
import { startReaderLoop } from '../../../src/roomlog/sqlite/reader-loop.ts';
import { LogError, type LogErrorCode } from '../../../src/roomlog/sqlite/log-error.ts';
import type { Thread, Threads } from '../../../src/roomlog/sqlite/threads.ts';
import { startWriterLoop } from '../../../src/roomlog/sqlite/writer-loop.ts';

/** A thread whose messages take a turn of the event loop each way, and are copied. */
function inline<In, Out extends { readonly did: string }>(): {
  readonly port: { send(message: Out): void; next(): In | undefined; end(): void };
  readonly thread: Thread<In, Out>;
  readonly started: Out[];
  run(loop: { take(message: In): void }): void;
} {
  const started: Out[] = [];
  let sink: ((message: Out) => void) | undefined;
  let loop: { take(message: In): void } | undefined;
  let tellEnded: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    tellEnded = resolve;
  });
  const port = {
    send: (message: Out) => {
      if (sink === undefined) started.push(message);
      else setImmediate(() => sink?.(structuredClone(message)));
    },
    next: () => undefined,
    end: () => setImmediate(tellEnded),
  };
  const thread: Thread<In, Out> = {
    send: (message) => void setImmediate((sent: In) => loop?.take(sent), structuredClone(message)),
    onMessage: (take) => {
      sink = take;
    },
    ended,
    onFailed: () => undefined,
    stop: () => undefined,
  };
  return { port, thread, started, run: (started_) => void (loop = started_) };
}

export const inlineThreads: Threads = {
  startWriter: async (settings, before) => {
    const { port, thread, started, run } = inline<ToWriter, FromWriter>();
    const loop = startWriterLoop(settings, port);
    for (const message of started) {
      if (message.did === 'fail-to-start') {
        const { code, values, message: text } = message.error;
        throw code === undefined ? new Error(text) : new LogError(code as LogErrorCode, values ?? {});
      }
      if (message.did !== 'start') before(message);
    }
    if (loop !== undefined) run(loop);
    return { thread, start: started.at(-1) as FromWriter & { did: 'start' } };
  },
  startReader: async (settings, log) => {
    await log;
    const { port, thread, run } = inline<ToReader, FromReader>();
    run(startReaderLoop(settings, port));
    return thread;
  },
};
