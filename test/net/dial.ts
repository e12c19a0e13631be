// Clients of every kind that one port takes, with one face.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { MATERIAL } from './material.ts';

/** A client's end of a conversation. */
export interface Talk {
  send(bytes: Uint8Array): void;
  /** Says that it has nothing more to say. */
  finish(): void;
  readonly received: Buffer;
  /** The server has ended its direction, or has closed. */
  readonly ended: boolean;
  /** The server's close code, of a WebSocket. */
  readonly code: number | undefined;
  readonly error: NodeJS.ErrnoException | undefined;
  /** The TCP socket, whatever runs over it. */
  readonly raw: Socket;
  pause(): void;
  resume(): void;
  destroy(): void;
}

export const TRANSPORTS = ['plain', 'tls', 'tls without ALPN', 'ws', 'wss', 'wss with ALPN'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** @param from an address of this machine to come from */
export async function dialTcp(port: number, host = '127.0.0.1', from?: string): Promise<Socket> {
  const options = { port, host, noDelay: true, allowHalfOpen: true };
  const socket = connect(from === undefined ? options : { ...options, localAddress: from });
  await once(socket, 'connect');
  return socket;
}

/** TLS over a TCP connection that is there. */
export async function shakeHands(raw: Socket, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const all: ConnectionOptions = { socket: raw, ca: MATERIAL.cert, host: '127.0.0.1', ...options };
  // What connectTls takes of a socket's own options is not in its types.
  const socket = connectTls({ ...all, allowHalfOpen: true } as ConnectionOptions);
  await once(socket, 'secureConnect');
  return socket;
}

const ALPN: Readonly<Record<Transport, string[] | undefined>> = {
  plain: undefined,
  tls: ['kentongan/1'],
  'tls without ALPN': undefined,
  ws: undefined,
  wss: undefined,
  'wss with ALPN': ['http/1.1'],
};

export async function dial(transport: Transport, port: number): Promise<Talk> {
  const raw = await dialTcp(port);
  const secure = transport.startsWith('tls') || transport.startsWith('wss');
  const ALPNProtocols = ALPN[transport];
  const socket = secure ? await shakeHands(raw, ALPNProtocols && { ALPNProtocols }) : raw;
  if (!transport.startsWith('ws')) return socketTalk(raw, socket);
  return webSocketTalk(raw, `${secure ? 'wss' : 'ws'}://127.0.0.1:${port}/kentongan`, socket);
}

export function socketTalk(raw: Socket, socket: Socket = raw): Talk {
  const chunks: Buffer[] = [];
  const state: { ended: boolean; error: NodeJS.ErrnoException | undefined } = {
    ended: false,
    error: undefined,
  };
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('end', () => {
    state.ended = true;
  });
  socket.on('close', () => {
    state.ended = true;
  });
  socket.on('error', (error) => {
    state.error = error;
  });
  return {
    raw,
    code: undefined,
    send: (bytes) => void socket.write(bytes),
    finish: () => void socket.end(),
    get received() {
      return Buffer.concat(chunks);
    },
    get ended() {
      return state.ended;
    },
    get error() {
      return state.error;
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    destroy: () => void socket.destroy(),
  };
}

/** A WebSocket over a socket that is connected already. */
export async function webSocketTalk(
  raw: Socket,
  url: string,
  socket: Socket = raw,
  options: { origin?: string; protocols?: string[] } = {},
): Promise<Talk> {
  const { protocols = ['kentongan.v1'], ...rest } = options;
  const websocket = new WebSocket(url, protocols, { ...rest, createConnection: () => socket });
  const chunks: Buffer[] = [];
  const state: { code: number | undefined; error: NodeJS.ErrnoException | undefined } = {
    code: undefined,
    error: undefined,
  };
  websocket.on('message', (data) => chunks.push(data as Buffer));
  websocket.on('close', (code) => {
    state.code = code;
  });
  const opened = once(websocket, 'open');
  websocket.on('error', (error) => {
    state.error = error;
  });
  await opened;
  return {
    raw,
    get code() {
      return state.code;
    },
    send: (bytes) => websocket.send(bytes),
    finish: () => websocket.close(1000),
    get received() {
      return Buffer.concat(chunks);
    },
    get ended() {
      return state.code !== undefined;
    },
    get error() {
      return state.error;
    },
    pause: () => websocket.pause(),
    resume: () => websocket.resume(),
    destroy: () => websocket.terminate(),
  };
}
