// TCP for Node. Not part of the browser-safe core: import it from here.
import { connect } from 'node:net';
import type { Dial, Transport } from './transport.ts';

export interface TcpOptions {
  /** How long a connection may take to come about. Default 10 s. */
  readonly connectTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Plain TCP to a server: what crosses the network is not encrypted, the secret, the password and all that is said
 * included, and nobody proves to be the server. Whoever dials so has decided it; nothing in the SDK comes here by
 * itself when `dialTls` fails. Servers take it from their own machine, and from elsewhere only if their operator says
 * so. There is no login by key here (TLS_REQUIRED).
 *
 * Use a secret here that was never shown over TLS, and the other way round. Errors come as Node makes them, with their
 * `code` (`ECONNREFUSED`, `ENOTFOUND`, …); `ETIMEDOUT` when nobody answered in time.
 */
export function dialTcp(host: string, port: number, options: TcpOptions = {}): Dial {
  const { connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  return (listener): Transport => {
    const socket = connect({ host, port, noDelay: true });
    let failure: Error | undefined;
    const timer = setTimeout(() => {
      const error = new Error(`connect ETIMEDOUT ${host}:${port}`);
      socket.destroy(Object.assign(error, { code: 'ETIMEDOUT', address: host, port }));
    }, connectTimeoutMs);
    socket.on('connect', () => {
      clearTimeout(timer);
      listener.onOpen();
    });
    socket.on('data', (chunk) => listener.onData(chunk));
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('close', () => {
      clearTimeout(timer);
      listener.onClose(failure);
    });
    return {
      write: (bytes) => {
        if (socket.writable) socket.write(bytes);
      },
      get bufferedBytes(): number {
        return socket.writableLength;
      },
      end: () => {
        socket.end();
      },
      destroy: () => {
        socket.destroy();
      },
    };
  };
}
