// What a server takes, as far as a client has to know before it asks.
import { limits, type Welcome } from '../../src/protocol/index.ts';

/** What `Welcome.limits` says, or the protocol's own numbers where it says nothing. */
export function limitsOf(welcome: Welcome): { readonly inFlight: number; readonly textBytes: number } {
  return {
    inFlight: welcome.limits?.inFlight || limits.APPENDS_IN_FLIGHT_PER_SESSION_MAX,
    textBytes: Math.min(welcome.limits?.textBytes || limits.TEXT_BYTES_MAX, limits.TEXT_BYTES_MAX),
  };
}
