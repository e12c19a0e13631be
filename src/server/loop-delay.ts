// How late the event loop runs: the first thing that suffers when a server has too much to do.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { LoopDelay } from '../control/status.ts';

const RESOLUTION_MS = 20;
const SPAN_MS = 60_000;
const NANOSECONDS_PER_MS = 1e6;

/** Watches the last one to two minutes. */
export class LoopDelayMonitor {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #timer: NodeJS.Timeout;
  #before: LoopDelay = { p50: 0, p99: 0, max: 0 };

  constructor() {
    this.#histogram.enable();
    this.#timer = setInterval(() => {
      this.#before = this.#current();
      this.#histogram.reset();
    }, SPAN_MS);
    this.#timer.unref();
  }

  /** The worse of the minute before and the one that runs. */
  read(): LoopDelay {
    const now = this.#current();
    return {
      p50: Math.max(now.p50, this.#before.p50),
      p99: Math.max(now.p99, this.#before.p99),
      max: Math.max(now.max, this.#before.max),
    };
  }

  stop(): void {
    this.#histogram.disable();
    clearInterval(this.#timer);
  }

  #current(): LoopDelay {
    const histogram = this.#histogram;
    if (histogram.count === 0) return { p50: 0, p99: 0, max: 0 };
    return {
      p50: lateness(histogram.percentile(50)),
      p99: lateness(histogram.percentile(99)),
      max: lateness(histogram.max),
    };
  }
}

/** The histogram has the whole time between two timers. */
function lateness(nanoseconds: number): number {
  return Math.max(0, Math.round((nanoseconds / NANOSECONDS_PER_MS - RESOLUTION_MS) * 10) / 10);
}
