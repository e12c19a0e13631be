// One socket that carries frames as they are, over TCP or TLS, as the core sees it.
import type { Socket } from 'node:net';
import type { Connection } from '../core/ports.ts';
import type { Input } from './input.ts';
import { Linger } from './linger.ts';
import { bufferOf } from './shared-buffer.ts';

/** Several parts that are not longer together are copied into one: that is less work than a list of them. */
const COPIED_BYTES_MAX = 16_384;

/** What the core is told of a connection, beside its bytes. */
export type ConnectionFacts = Pick<Connection, 'address' | 'source' | 'plain' | 'bindings'>;

type State = { readonly at: 'open' | 'gone' } | { readonly at: 'lingering'; readonly linger: Linger };

/** One for all. */
const OPEN: State = { at: 'open' };
const GONE: State = { at: 'gone' };

/**
 * ```
 * OPEN ──end()──► LINGERING ──both directions ended, or the linger is over──► GONE
 *   └────────────── reset, or destroyed ───────────────────────────────────────┘
 * ```
 * Owns: the socket, or the TLS in it. Invariant: `lost()` is called once, when the socket is closed, and nothing after it.
 */
export class SocketConnection implements Connection {
  readonly address: string;
  readonly plain: boolean;
  readonly source: string;
  readonly bindings: Connection['bindings'];
  readonly #socket: Socket;
  #state: State = OPEN;

  /** The socket is paused or has not been read from; `start` lets its bytes in. */
  constructor(socket: Socket, { address, source, plain, bindings }: ConnectionFacts) {
    this.#socket = socket;
    this.address = address;
    this.source = source;
    this.plain = plain;
    this.bindings = bindings;
  }

  /** Connects the socket with the core. `first` are bytes that have been read already. */
  start(input: Input, first: Uint8Array): void {
    const socket = this.#socket;
    socket.on('data', (chunk: Uint8Array) => {
      if (this.#state.at === 'open') input.receive(chunk);
      else if (this.#state.at === 'lingering') this.#state.linger.discard(chunk.length);
    });
    socket.on('end', () => {
      if (this.#state.at === 'open') input.finish();
    });
    socket.on('drain', () => {
      if (this.#state.at === 'open') input.writable();
    });
    socket.on('close', () => {
      if (this.#state.at === 'lingering') this.#state.linger.stop();
      this.#state = GONE;
      input.lost();
    });
    // Before the input: it may pause again.
    socket.resume();
    input.receive(first);
  }

  write(parts: readonly Uint8Array[]): boolean {
    if (this.#state.at !== 'open') return true;
    const socket = this.#socket;
    if (parts.length === 1 && parts[0] !== undefined) {
      socket.write(bufferOf(parts[0]));
    } else if (bytesOf(parts) <= COPIED_BYTES_MAX) {
      socket.write(Buffer.concat(parts));
    } else {
      // Corked parts leave in one writev, or in one run of TLS records.
      socket.cork();
      for (const part of parts) socket.write(bufferOf(part));
      socket.uncork();
    }
    return !socket.writableNeedDrain;
  }

  end(): void {
    if (this.#state.at !== 'open') return;
    const socket = this.#socket;
    const linger = new Linger(
      () => socket.writableLength,
      () => socket.destroy(),
    );
    this.#state = { at: 'lingering', linger };
    socket.end();
    socket.resume();
  }

  pauseReading(): void {
    if (this.#state.at === 'open') this.#socket.pause();
  }

  resumeReading(): void {
    if (this.#state.at === 'open') this.#socket.resume();
  }

  /** Cuts the connection at once. */
  destroy(): void {
    this.#socket.destroy();
  }
}

function bytesOf(parts: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const part of parts) bytes += part.length;
  return bytes;
}
