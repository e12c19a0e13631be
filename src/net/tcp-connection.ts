// One TCP socket as the core sees it.
import type { Socket } from 'node:net';
import type { Connection } from '../core/ports.ts';
import type { Binding } from '../protocol/gen/kentongan/v1/kentongan.ts';
import { LINGER_BYTES_MAX, LINGER_MS } from '../protocol/limits.ts';

/**
 * What the core does with a connection's bytes: its `SessionInput`.
 * `lost` is the last call, exactly once.
 */
export interface Input {
  receive(chunk: Uint8Array): void;
  finish(): void;
  lost(): void;
  writable(): void;
}

/** How long the last bytes may take to leave, however slowly they move. */
const FLUSH_MS_MAX = 30_000;

/**
 * ```
 * OPEN ──end()──► LINGERING ──both directions ended, or the linger is over──► GONE
 *   └────────────── reset, or destroyed ───────────────────────────────────────┘
 * ```
 * Owns: the socket. Invariant: `lost()` is called once, when the socket is closed, and nothing after it.
 */
export class TcpConnection implements Connection {
  readonly address: string;
  readonly plain: boolean;
  readonly source: string;
  readonly bindings: ReadonlyMap<Binding, Uint8Array> = new Map();
  readonly #socket: Socket;
  #state: { at: 'open' } | { at: 'lingering'; discarded: number; timer: NodeJS.Timeout } | { at: 'gone' } = {
    at: 'open',
  };

  /** The socket is paused or has not been read from; `start` lets its bytes in. */
  constructor(socket: Socket, address: string, source: string, plain: boolean) {
    this.#socket = socket;
    this.address = address;
    this.source = source;
    this.plain = plain;
  }

  /** Connects the socket with the core. `first` are bytes that have been read already. */
  start(input: Input, first: Uint8Array): void {
    const socket = this.#socket;
    socket.on('data', (chunk: Uint8Array) => {
      if (this.#state.at === 'open') input.receive(chunk);
      else this.#discard(chunk.length);
    });
    socket.on('end', () => {
      if (this.#state.at === 'open') input.finish();
    });
    socket.on('drain', () => {
      if (this.#state.at === 'open') input.writable();
    });
    socket.on('close', () => {
      if (this.#state.at === 'lingering') clearTimeout(this.#state.timer);
      this.#state = { at: 'gone' };
      input.lost();
    });
    input.receive(first);
  }

  write(parts: readonly Uint8Array[]): boolean {
    if (this.#state.at !== 'open') return true;
    const socket = this.#socket;
    if (parts.length === 1 && parts[0] !== undefined) {
      socket.write(parts[0]);
    } else {
      // Corked parts leave in one writev.
      socket.cork();
      for (const part of parts) socket.write(part);
      socket.uncork();
    }
    return !socket.writableNeedDrain;
  }

  end(): void {
    if (this.#state.at !== 'open') return;
    this.#state = { at: 'lingering', discarded: 0, timer: this.#lingerTimer(performance.now()) };
    this.#socket.end();
    // Whatever the client still sends is read and thrown away: closing over unread input would reset the
    // connection and could take the last answers with it.
    this.#socket.resume();
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

  #discard(bytes: number): void {
    if (this.#state.at !== 'lingering') return;
    this.#state.discarded += bytes;
    if (this.#state.discarded > LINGER_BYTES_MAX) this.#socket.destroy();
  }

  /** Cuts after LINGER_MS, unless what was written is still on its way and moving. */
  #lingerTimer(since: number): NodeJS.Timeout {
    const before = this.#socket.writableLength;
    return setTimeout(() => {
      const left = this.#socket.writableLength;
      if (this.#state.at !== 'lingering') return;
      if (left > 0 && left < before && performance.now() - since < FLUSH_MS_MAX) {
        this.#state.timer = this.#lingerTimer(since);
      } else {
        this.#socket.destroy();
      }
    }, LINGER_MS);
  }
}
