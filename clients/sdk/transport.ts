// How the SDK reaches a server. It knows streams of bytes and nothing of sockets, so it runs in browsers too.
import type { Binding } from '../../src/protocol/index.ts';

/** What a proof of a key can be tied to on one connection, 32 bytes each. */
export type Bindings = ReadonlyMap<Binding, Uint8Array>;

/** A byte stream to a server, from the moment of dialling on. */
export interface Transport {
  /**
   * Takes the bytes, one or more whole frames, in order, before or after `onOpen`. They are never changed afterwards.
   * Nothing of them may leave before the transport is sure whom it talks to.
   */
  write(bytes: Uint8Array): void;
  /** Asked once, after the first byte has come. Absent: no login by key here. */
  readonly bindings?: Bindings | Promise<Bindings>;
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
  /**
   * Called exactly once; nothing follows. `error` says why when it was not asked for; a ClientError becomes the cause
   * as it is.
   */
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
