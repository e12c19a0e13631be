// Preloaded into a server that is measured: tells of its event loop and its memory when asked over IPC.
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Since the last `reset`. */
export interface ProbeReport {
  /** How late timers of one millisecond fired, milliseconds. */
  readonly loopMs: {
    readonly p50: number;
    readonly p99: number;
    readonly p9999: number;
    readonly max: number;
  };
  readonly memory: NodeJS.MemoryUsage;
}

const RESOLUTION_MS = 1;
const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
histogram.enable();

function late(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
}

function report(): ProbeReport {
  return {
    loopMs: {
      p50: late(histogram.percentile(50)),
      p99: late(histogram.percentile(99)),
      p9999: late(histogram.percentile(99.99)),
      max: late(histogram.max),
    },
    memory: process.memoryUsage(),
  };
}

process.on('message', (word) => {
  if (word === 'reset') histogram.reset();
  else if (word === 'report') process.send?.(report());
});
// The channel is no reason to go on.
process.channel?.unref();
