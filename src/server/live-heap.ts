// What is alive in memory: what is left when the garbage is collected.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LiveHeap } from '../control/status.ts';

/** What lies outside of the heap is freed when the collector's finalizers have run, which is later. */
const COLLECTIONS = 3;

/** Collects all garbage first, which stops the event loop: some milliseconds for each 10 MB that are alive. */
export async function readLiveHeap(): Promise<LiveHeap> {
  // The flag brings the function into contexts that are made from now on; this one is for nothing else.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  for (let n = 0; n < COLLECTIONS; n++) {
    collect();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  return { liveBytes: heapUsed, externalBytes: external, arrayBufferBytes: arrayBuffers, rssBytes: rss };
}
