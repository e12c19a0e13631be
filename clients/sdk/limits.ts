// What a server takes, as far as a client has to know before it asks.
import { limits, type Welcome } from '../../src/protocol/index.ts';

export interface ServerLimits {
  /** Sends that may be on the wire at once. */
  readonly inFlight: number;
  /** Of one text, UTF-8. */
  readonly textBytes: number;
}

/**
 * What `Welcome.limits` says, or the protocol's own numbers where it says nothing.
 *
 * A server delays what comes faster than `rate` and refuses what has waited for two seconds because of that. With no
 * more than `rate` on the wire nothing waits longer than about one: whoever sends a file is slowed, never refused.
 */
export function limitsOf(welcome: Welcome): ServerLimits {
  const { inFlight = 0, textBytes = 0, rate = 0 } = welcome.limits ?? {};
  const places = inFlight || limits.APPENDS_IN_FLIGHT_PER_SESSION_MAX;
  return {
    inFlight: rate === 0 ? places : Math.min(places, rate),
    textBytes: Math.min(textBytes || limits.TEXT_BYTES_MAX, limits.TEXT_BYTES_MAX),
  };
}
