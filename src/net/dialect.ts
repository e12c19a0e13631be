// What a new connection speaks: its first byte tells (docs/protocol.md, "One port").

/** What one port can speak. TLS (0x16) and HTTP (a capital letter) will stand here. */
export type Dialect = 'frames' | 'unknown';

/** The client speaks first. A frame's length is below 2^24, so its first byte is 0. */
export function dialectOf(firstByte: number): Dialect {
  return firstByte === 0 ? 'frames' : 'unknown';
}
