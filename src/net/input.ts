// What a connection is connected with: the core's `SessionInput`.

/** What the core does with a connection's bytes. `lost` is the last call, exactly once. */
export interface Input {
  receive(chunk: Uint8Array): void;
  finish(): void;
  lost(): void;
  writable(): void;
}

/** Nobody: a connection that is only told something, and ended. */
export const NOBODY: Input = {
  receive: () => undefined,
  finish: () => undefined,
  lost: () => undefined,
  writable: () => undefined,
};
