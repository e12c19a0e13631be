// Owns how every command of the client ends; `--help` lists it.
export const EXIT = {
  /** Everything that was asked for happened. */
  OK: 0,
  /** Refused, or not all of it happened. */
  FAILURE: 1,
  /** The command line makes no sense. */
  USAGE: 2,
  /** No server answers there, or it was lost and did not come back. */
  UNREACHABLE: 3,
  /** The server is not the one that it was, or that the link told of. Somebody has to decide. */
  UNTRUSTED: 4,
  /** Ended by Ctrl-C. */
  INTERRUPTED: 130,
} as const;
