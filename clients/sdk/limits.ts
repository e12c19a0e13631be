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
 * A server that delays what comes faster than `rate` delays with it all that this client says behind it: Pongs, so
 * that the server's window stays shut, and requests. With no more than `rate` on the wire none of these waits for
 * much longer than a second, however long the text is that somebody pipes in.
 */
export function limitsOf(welcome: Welcome): ServerLimits {
  const { inFlight = 0, textBytes = 0, rate = 0 } = welcome.limits ?? {};
  const places = inFlight || limits.APPENDS_IN_FLIGHT_PER_SESSION_MAX;
  return {
    inFlight: rate === 0 ? places : Math.min(places, rate),
    textBytes: Math.min(textBytes || limits.TEXT_BYTES_MAX, limits.TEXT_BYTES_MAX),
  };
}
