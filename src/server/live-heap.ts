// What is alive in memory: what is left when the garbage is collected.
import { Session } from 'node:inspector/promises';
import type { LiveHeap } from '../control/status.ts';

/** What lies outside of the heap is freed when the collector's finalizers have run, which is later. */
const COLLECTIONS = 3;

/**
 * Collects all garbage first, which stops the event loop: some milliseconds for each 10 MB that are alive. By the
 * inspector, which needs no port for that: V8's flags must not be changed while several threads run.
 */
export async function readLiveHeap(): Promise<LiveHeap> {
  const session = new Session();
  session.connect();
  try {
    for (let n = 0; n < COLLECTIONS; n++) {
      await session.post('HeapProfiler.collectGarbage');
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  } finally {
    session.disconnect();
  }
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  return { liveBytes: heapUsed, externalBytes: external, arrayBufferBytes: arrayBuffers, rssBytes: rss };
}
