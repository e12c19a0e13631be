// The one file of the SDK's core that touches real time and real randomness.
import type { SdkClock } from './transport.ts';

/** The clock of the machine, for Node and browsers. */
export const realClock: SdkClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** `length` unpredictable bytes from the platform. */
export function realRandom(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}
