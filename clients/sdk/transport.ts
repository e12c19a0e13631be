// How the SDK reaches a server. It knows streams of bytes and nothing of sockets, so it runs in browsers too.

/** A byte stream to a server, from the moment of dialling on. */
export interface Transport {
  /** Takes the bytes, in order, before or after `onOpen`. They are never changed afterwards. */
  write(bytes: Uint8Array): void;
  /** Bytes taken and not yet accepted by the network. */
  readonly bufferedBytes: number;
  /** Ends the stream: what was written is still delivered. `onClose` follows. */
  end(): void;
  /** Drops the stream at once. `onClose` follows. */
  destroy(): void;
}

/** Never called from within a call to `Dial` or to the transport. */
export interface TransportListener {
  onOpen(): void;
  onData(chunk: Uint8Array): void;
  /** Called exactly once; nothing follows. `error` says why when it was not asked for. */
  onClose(error?: Error): void;
}

/** Opens one connection. Called again for each reconnect. */
export type Dial = (listener: TransportListener) => Transport;

/** Time, as the SDK needs it. Browsers and Node have it in `realClock`; tests bring their own. */
export interface SdkClock {
  /** Wall time, milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some moment; never goes back. */
  monotonic(): number;
  /** Calls back once after `ms`; the result cancels it. */
  after(ms: number, callback: () => void): () => void;
}
