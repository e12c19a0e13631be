// The one port: listens, and hands every connection that speaks frames to the core.
import { createServer, type Server, type Socket } from 'node:net';
import type { Connection } from '../core/ports.ts';
import { formatAddress, isLoopback } from './address.ts';
import { dialectOf } from './dialect.ts';
import { type Input, TcpConnection } from './tcp-connection.ts';

const SILENT_MS = 10_000;
/** Connections that have said nothing yet. Above it the one that is silent for longest goes. */
const SILENT_MAX = 128;
const KEEP_ALIVE_MS = 60_000;

export interface TcpOptions {
  /** The address to listen on; all addresses when absent. */
  readonly host?: string | undefined;
  /** 0 = any free one. */
  readonly port: number;
  /** Takes a connection that speaks frames, or undefined: no place for it. */
  accept(connection: Connection): Input | undefined;
  /** How long a connection may say nothing at all, milliseconds. Default 10,000. */
  readonly silentMs?: number;
  /** There was no place for a connection; it was closed. */
  onNoPlace?(address: string): void;
  /** A connection that spoke nothing of ours was closed. */
  onStranger?(address: string): void;
  /** The listener failed after it had begun. */
  onError?(error: Error): void;
}

/**
 * Owns: the listening socket and every connection that it accepted.
 */
export class TcpListener {
  readonly #server: Server;
  readonly #options: TcpOptions;
  readonly #silent = new Set<Socket>();
  readonly #connections = new Set<TcpConnection>();

  private constructor(options: TcpOptions) {
    this.#options = options;
    this.#server = createServer(
      { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS },
      (socket) => this.#hearFirst(socket),
    );
  }

  /** @throws the system's error (EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOTFOUND …) */
  static listen(options: TcpOptions): Promise<TcpListener> {
    const listener = new TcpListener(options);
    const server = listener.#server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: options.port, host: options.host }, () => {
        server.off('error', reject);
        server.on('error', (error) => options.onError?.(error));
        resolve(listener);
      });
    });
  }

  /** Where it listens. */
  get address(): { host: string; port: number } {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('this listener is closed');
    return { host: address.address, port: address.port };
  }

  /** Accepts no more. Open connections live on. */
  stop(): void {
    if (this.#server.listening) this.#server.close();
    for (const socket of this.#silent) socket.destroy();
  }

  /** Stops, and cuts what is still open. */
  close(): void {
    this.stop();
    for (const connection of this.#connections) connection.destroy();
  }

  /** The client speaks first: until then it gets nothing, and takes one of few places for a short time. */
  #hearFirst(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    // Every error is followed by 'close', where the session learns that it is lost.
    socket.on('error', () => socket.destroy());
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy();
      return;
    }
    const timer = setTimeout(() => socket.destroy(), this.#options.silentMs ?? SILENT_MS);
    const settle = (): void => {
      clearTimeout(timer);
      this.#silent.delete(socket);
      socket.off('data', onFirst);
      socket.off('end', onEnd);
      socket.off('close', settle);
    };
    const onFirst = (chunk: Uint8Array): void => {
      settle();
      const address = formatAddress(remoteAddress, remotePort);
      switch (dialectOf(chunk[0] ?? -1)) {
        case 'frames':
          this.#open(
            socket,
            new TcpConnection(socket, address, remoteAddress, !isLoopback(remoteAddress)),
            chunk,
          );
          break;
        case 'unknown':
          socket.destroy();
          this.#options.onStranger?.(address);
          break;
      }
    };
    const onEnd = (): void => {
      socket.destroy();
    };
    socket.on('data', onFirst);
    socket.on('end', onEnd);
    socket.on('close', settle);
    this.#silent.add(socket);
    if (this.#silent.size > SILENT_MAX) {
      const [longest] = this.#silent;
      longest?.destroy();
    }
  }

  #open(socket: Socket, connection: TcpConnection, first: Uint8Array): void {
    const input = this.#options.accept(connection);
    if (input === undefined) {
      socket.destroy();
      this.#options.onNoPlace?.(connection.address);
      return;
    }
    this.#connections.add(connection);
    socket.on('close', () => this.#connections.delete(connection));
    connection.start(input, first);
  }
}
