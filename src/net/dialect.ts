// What a new connection speaks: its first byte tells (docs/protocol.md, "One port").

/** What one port can speak. */
export type Dialect = 'frames' | 'tls' | 'http' | 'unknown';

/** Names of the protocols inside TLS (RFC 7301). */
export const ALPN_FRAMES = 'kentongan/1';
export const ALPN_HTTP = 'http/1.1';

/** The record type of a TLS handshake (RFC 8446 §5.1). */
const TLS_HANDSHAKE = 0x16;

/**
 * The client speaks first. A frame's length is below 2^24, so its first byte is 0; HTTP begins with the
 * capital letters of a method.
 */
export function dialectOf(firstByte: number): Dialect {
  if (firstByte === 0) return 'frames';
  if (firstByte === TLS_HANDSHAKE) return 'tls';
  return firstByte >= 0x41 && firstByte <= 0x5a ? 'http' : 'unknown';
}

/**
 * The same inside TLS, where no second TLS has a place, and where a client that has named its protocol must
 * speak it.
 * @param alpn what was agreed upon; false or null: nothing
 */
export function dialectInTls(firstByte: number, alpn: string | false | null): Dialect {
  const dialect = dialectOf(firstByte);
  switch (dialect) {
    case 'frames':
      return alpn === ALPN_HTTP ? 'unknown' : dialect;
    case 'http':
      return alpn === ALPN_FRAMES ? 'unknown' : dialect;
    case 'tls':
    case 'unknown':
      return 'unknown';
  }
}
