// The last words to a connection that speaks frames and does not get in.
import { encodeFrame, systemFrame } from '../protocol/frame.ts';
import { FaultCode } from '../protocol/gen/kentongan/v1/kentongan.ts';

/** When a client that found no place may try again. */
export const BUSY_RETRY_MS = 5_000;

/** There is no place: `limit` connections are there already; 0: for another reason. */
export function busyFrame(limit: number): Uint8Array {
  return faultFrame(FaultCode.SERVER_BUSY, 'the server has no place for this connection', {
    limit,
    retryAfterMs: BUSY_RETRY_MS,
  });
}

/**
 * Frames in plain are not taken from where this came from.
 * @param here where the client has reached this server, `192.0.2.7:7660`. No fingerprint: what comes in plain proves nothing
 */
export function tlsRequiredFrame(here: string): Uint8Array {
  return faultFrame(FaultCode.TLS_REQUIRED, `no plain connections here; use TLS: kentongan://${here}`);
}

function faultFrame(
  code: FaultCode,
  text: string,
  { limit = 0, retryAfterMs = 0 }: { limit?: number; retryAfterMs?: number } = {},
): Uint8Array {
  const value = { code, retryAfterMs, limit, seq: 0, untilMs: 0, name: '', text };
  return encodeFrame(systemFrame({ $case: 'fault', value }));
}
