// How late the event loop runs: the first thing that suffers when a server has too much to do.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { LoopDelay, MeasuredDelay } from '../control/status.ts';

/** Waking so often costs some 0.2 % of a core. */
const RESOLUTION_MS = 10;
const SPAN_MS = 60_000;
/** And this some 2 %: too much to pay while nobody looks. */
const FINE_RESOLUTION_MS = 1;
const FINE_SPAN_MS_MAX = 3_600_000;
const NANOSECONDS_PER_MS = 1e6;

type IntervalHistogram = ReturnType<typeof monitorEventLoopDelay>;

const NOTHING: LoopDelay = { p50: 0, p99: 0, p999: 0, p9999: 0, max: 0 };

/** Watches the last one to two minutes. */
export class LoopDelayMonitor {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #timer: NodeJS.Timeout;
  #before = NOTHING;

  constructor() {
    this.#histogram.enable();
    this.#timer = setInterval(() => {
      this.#before = delayOf(this.#histogram, RESOLUTION_MS);
      this.#histogram.reset();
    }, SPAN_MS);
    this.#timer.unref();
  }

  /** The worse of the minute before and the one that runs. */
  read(): LoopDelay {
    const now = delayOf(this.#histogram, RESOLUTION_MS);
    const before = this.#before;
    return {
      p50: Math.max(now.p50, before.p50),
      p99: Math.max(now.p99, before.p99),
      p999: Math.max(now.p999, before.p999),
      p9999: Math.max(now.p9999, before.p9999),
      max: Math.max(now.max, before.max),
    };
  }

  stop(): void {
    this.#histogram.disable();
    clearInterval(this.#timer);
  }
}

/** Measures finely, between one call and the next. Costs nothing before the first, nor an hour after the last. */
export class LoopDelayMeasure {
  #histogram: IntervalHistogram | undefined;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;

  /** What was measured since the last call; undefined: it begins now. Each call begins anew. */
  take(): MeasuredDelay | undefined {
    const histogram = this.#histogram;
    const now = performance.now();
    const measured = histogram && {
      spanMs: Math.round(now - this.#since),
      samples: histogram.count,
      ...delayOf(histogram, FINE_RESOLUTION_MS),
    };
    this.stop();
    this.#since = now;
    this.#histogram = monitorEventLoopDelay({ resolution: FINE_RESOLUTION_MS });
    this.#histogram.enable();
    this.#timer = setTimeout(() => this.stop(), FINE_SPAN_MS_MAX);
    this.#timer.unref();
    return measured;
  }

  stop(): void {
    this.#histogram?.disable();
    this.#histogram = undefined;
    clearTimeout(this.#timer);
  }
}

function delayOf(histogram: IntervalHistogram, resolutionMs: number): LoopDelay {
  if (histogram.count === 0) return NOTHING;
  // The histogram has the whole time between two timers.
  const lateness = (nanoseconds: number): number =>
    Math.max(0, Math.round((nanoseconds / NANOSECONDS_PER_MS - resolutionMs) * 100) / 100);
  return {
    p50: lateness(histogram.percentile(50)),
    p99: lateness(histogram.percentile(99)),
    p999: lateness(histogram.percentile(99.9)),
    p9999: lateness(histogram.percentile(99.99)),
    max: lateness(histogram.max),
  };
}
