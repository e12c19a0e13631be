// A stream of bytes to a server, over each of the transports that it offers on its one port.
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';

export const TRANSPORTS = ['plain', 'tls', 'ws', 'wss'] as const;
export type Transport = (typeof TRANSPORTS)[number];

export interface Target {
  readonly transport: Transport;
  readonly port: number;
  /** The address to call from, so that one machine can be many; absent: any. */
  readonly from?: string | undefined;
}

export interface LinkOwner {
  onData(chunk: Buffer): void;
  /** The other end has gone, or never came. Once. */
  onEnd(reason: string): void;
}

export interface Link {
  /** Over a WebSocket one message: whole frames, at most 65,540 bytes. Before the connection stands it waits. */
  write(bytes: Uint8Array): void;
  /** Hangs up without a word; nothing is heard any more. */
  destroy(): void;
}

const HOST = '127.0.0.1';
const PATH = '/kentongan';
const SUBPROTOCOL = 'kentongan.v1';
const ALPN = 'kentongan/1';
// The certificate is the server's own, and this is loopback: who answers is not the question here.
const ANY_CERTIFICATE = { rejectUnauthorized: false } as const;

export function dial(target: Target, owner: LinkOwner): Link {
  switch (target.transport) {
    case 'plain':
    case 'tls':
      return dialSocket(target, owner);
    case 'ws':
    case 'wss':
      return dialWebSocket(target, owner);
  }
}

function dialSocket({ transport, port, from }: Target, owner: LinkOwner): Link {
  const where = { host: HOST, port, noDelay: true, ...(from === undefined ? {} : { localAddress: from }) };
  const socket: Socket =
    transport === 'plain'
      ? connectTcp(where)
      : connectTls({ ...where, ...ANY_CERTIFICATE, ALPNProtocols: [ALPN] });
  let failure = '';
  socket.setNoDelay(true);
  socket.on('data', (chunk) => owner.onData(chunk));
  socket.on('error', (error) => {
    failure = error.message;
  });
  socket.on('close', () => owner.onEnd(failure === '' ? 'closed' : failure));
  return {
    write: (bytes) => void socket.write(bytes),
    destroy: () => {
      socket.removeAllListeners('data').removeAllListeners('close');
      socket.destroy();
    },
  };
}

function dialWebSocket({ transport, port, from }: Target, owner: LinkOwner): Link {
  const socket = new WebSocket(`${transport}://${HOST}:${port}${PATH}`, SUBPROTOCOL, {
    perMessageDeflate: false,
    ...ANY_CERTIFICATE,
    ...(from === undefined ? {} : { localAddress: from }),
  });
  const waiting: Uint8Array[] = [];
  let failure = '';
  socket.on('open', () => {
    for (const bytes of waiting.splice(0)) socket.send(bytes);
  });
  socket.on('message', (data: Buffer) => owner.onData(data));
  socket.on('error', (error) => {
    failure = error.message;
  });
  socket.on('close', (code) => owner.onEnd(failure === '' ? `closed with ${code}` : failure));
  return {
    write: (bytes) => {
      if (socket.readyState === WebSocket.CONNECTING) waiting.push(bytes);
      else if (socket.readyState === WebSocket.OPEN) socket.send(bytes);
    },
    destroy: () => {
      socket.removeAllListeners('message').removeAllListeners('close');
      socket.terminate();
    },
  };
}
