// The thread that reads.
import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadSettings, ToReader } from './messages.ts';
import { startReaderLoop } from './reader-loop.ts';

const port = parentPort;
if (port === null) throw new Error('not a thread');
// Everything is loaded; the first message says that the log is there.
port.once('message', () => {
  const loop = startReaderLoop(workerData as ThreadSettings, {
    send: (message, give = []) => port.postMessage(message, [...give]),
    end: () => port.close(),
  });
  port.on('message', (message: ToReader) => loop.take(message));
});
