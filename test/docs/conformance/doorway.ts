// A real Port on the loopback interface, and clients that knock at it in every way.
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Connection } from '../../../src/core/ports.ts';
import type { Input } from '../../../src/net/input.ts';
import { Port, type PortOptions } from '../../../src/net/port.ts';
import { MATERIAL } from '../../net/material.ts';
import { codec } from '../rig.ts';
import { concat, fromHex, type Json, toHex, unframe } from '../spec-codec.ts';

/** A frame of one byte; nothing here decodes it. */
export const FRAME = fromHex('0000000100');
/** What a session says to whatever comes in. */
const ECHO = fromHex('00000002aabb');
export const ECHO_HEX = toHex(ECHO);

const open: Port[] = [];
const sockets: Socket[] = [];

/** A port that is closed by `closeDoors`. Each session answers what it gets with ECHO, and ends when its client does. */
export async function doorway(options: Partial<PortOptions> = {}): Promise<Door> {
  const connections: Connection[] = [];
  const accept = (connection: Connection): Input => {
    connections.push(connection);
    return {
      receive: () => void connection.write([ECHO]),
      finish: () => connection.end(),
      lost: () => undefined,
      writable: () => undefined,
    };
  };
  const port = await Port.listen({ host: '127.0.0.1', port: 0, tls: MATERIAL, accept, ...options });
  open.push(port);
  return { port: port.address.port, fingerprint: port.fingerprint, connections };
}

export interface Door {
  readonly port: number;
  readonly fingerprint: string;
  /** What was handed to the core. */
  readonly connections: readonly Connection[];
}

export function closeDoors(): void {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const port of open.splice(0)) port.close();
}

/** What has come until the server ended, and how. */
export interface Heard {
  readonly hex: string;
  readonly bytes: Uint8Array;
  readonly ms: number;
}

/** Everything that a server says on a socket until its end, be it an end or a reset. */
export function untilEnd(socket: Socket): Promise<Heard> {
  const chunks: Uint8Array[] = [];
  const from = performance.now();
  return new Promise((resolve) => {
    socket.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      const bytes = concat(chunks);
      resolve({ bytes, hex: toHex(bytes), ms: performance.now() - from });
    });
  });
}

/** Over TCP. */
export function plainly(port: number, host = '127.0.0.1'): Socket {
  const socket = connectTcp({ port, host, allowHalfOpen: true });
  socket.on('error', () => undefined);
  sockets.push(socket);
  return socket;
}

/** Over TLS; resolves when the handshake is done, rejects when it is refused. */
export function secretly(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    sockets.push(socket);
    socket.once('secureConnect', () => resolve(socket));
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('closed in the handshake')));
  });
}

/** The fault that is all that was said. */
export function onlyFault(bytes: Uint8Array): Json {
  const [payload = new Uint8Array(0), ...more] = unframe(bytes);
  if (more.length > 0) throw new Error('more than one frame');
  const frame = codec.decode('Frame', payload) as { readonly system?: { readonly fault?: Json } };
  return frame.system?.fault ?? {};
}

/** The head of an HTTP answer: its status, and its headers by their names in lower case. */
export function headOf(bytes: Uint8Array): {
  readonly status: number;
  readonly headers: Map<string, string>;
} {
  const [first = '', ...lines] = (Buffer.from(bytes).toString('latin1').split('\r\n\r\n')[0] ?? '').split(
    '\r\n',
  );
  const headers = new Map(
    lines.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const;
    }),
  );
  return { status: Number(first.split(' ')[1]), headers };
}
