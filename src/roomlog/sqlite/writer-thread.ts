// The thread that writes.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { ThreadSettings, ToWriter } from './messages.ts';
import { startWriterLoop } from './writer-loop.ts';

const port = parentPort;
if (port === null) throw new Error('not a thread');
const loop = startWriterLoop(workerData as ThreadSettings, {
  send: (message, give = []) => port.postMessage(message, [...give]),
  next: () => receiveMessageOnPort(port)?.message as ToWriter | undefined,
  end: () => port.close(),
});
if (loop !== undefined) port.on('message', (message: ToWriter) => loop.take(message));
