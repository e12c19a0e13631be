// What a new connection speaks: its first byte tells (docs/protocol.md, "One port").

/** A language that one port can speak. TLS (0x16) and HTTP (a capital letter) will stand here. */
export type Language = 'frames' | 'unknown';

/** The client speaks first. A frame's length is below 2^24, so its first byte is 0. */
export function languageOf(firstByte: number): Language {
  return firstByte === 0 ? 'frames' : 'unknown';
}
