// The real hub behind the real port, with certificates, and real sockets against it.
import { createHash, X509Certificate } from 'node:crypto';
import { connect as connectTcp, createServer as createTcp, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTls, type TlsOptions, type TLSSocket } from 'node:tls';
import { ChatClient, type ClientOptions } from '../../../clients/sdk/index.ts';
import { Hub } from '../../../src/core/hub.ts';
import type { HubOptions } from '../../../src/core/options.ts';
import { type KeyAndCertificate, makeCertificate } from '../../../src/net/certificate.ts';
import { Port, type PortOptions } from '../../../src/net/port.ts';
import { MemoryLog } from '../../../src/roomlog/memory.ts';
import { NodeClock, nodeCrypto } from '../../../src/server/node-ports.ts';

export const LOOPBACK = '127.0.0.1';

/** A certificate for this machine, unlike every other. */
export function newMaterial(): KeyAndCertificate & { readonly fingerprint: string } {
  const material = makeCertificate({ names: ['localhost'], addresses: [LOOPBACK] });
  const { raw } = new X509Certificate(material.cert);
  return { ...material, fingerprint: createHash('sha256').update(raw).digest('hex') };
}

/** Undone when the test is over, the newest first. */
const undone: Array<() => unknown> = [];

export async function tearDown(): Promise<void> {
  for (const undo of undone.splice(0).toReversed()) await undo();
}

/** Whatever is left open at the end of a test. */
export function atEnd(undo: () => unknown): void {
  undone.push(undo);
}

export interface SecureServer {
  readonly port: number;
  readonly fingerprint: string;
  readonly hub: Hub;
  /** The open connections. */
  readonly sockets: Port;
}

export async function serve(
  options: Partial<HubOptions> = {},
  { tls = newMaterial(), ...more }: Partial<PortOptions> = {},
): Promise<SecureServer> {
  const clock = new NodeClock();
  const log = new MemoryLog({
    crypto: nodeCrypto,
    now: () => clock.now(),
    defer: (call) => clock.defer(call),
  });
  const hub = new Hub(
    log,
    { clock, crypto: nodeCrypto, observe: () => undefined },
    { software: 'test', ...options },
  );
  const sockets = await Port.listen({
    host: LOOPBACK,
    port: 0,
    tls,
    accept: (connection) => hub.accept(connection),
    ...more,
  });
  atEnd(() => {
    sockets.close();
    clock.stop();
  });
  return { port: sockets.address.port, fingerprint: sockets.fingerprint, hub, sockets };
}

/** A client that is closed at the end. */
export function clientOf(options: ClientOptions): ChatClient {
  const client = new ChatClient({ reconnect: { minMs: 1, maxMs: 5 }, ...options });
  atEnd(() => client.close());
  return client;
}

export async function listening(server: Server, host = LOOPBACK, port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A TCP server that is closed with its connections at the end. */
export async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcp((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    onSocket(socket);
  });
  atEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return listening(server);
}

export interface Middle {
  readonly port: number;
  readonly fingerprint: string;
  /** What came to it through its TLS, in all. */
  readonly heard: Buffer[];
  /** TCP connections that came to it. */
  readonly connections: () => number;
  /** Handshakes that came to their end at its side. */
  readonly handshakes: () => number;
}

/** Beside the certificate, what somebody in the middle does. */
export interface MiddleOptions extends TlsOptions {
  /** Where they listen. Default: anywhere. */
  readonly at?: number;
  readonly material?: KeyAndCertificate & { readonly fingerprint: string };
}

/**
 * Somebody in the middle who ends TLS with a certificate of their own and, to a server, speaks as a client would:
 * all that is said goes both ways, unchanged. Without a server they only listen.
 */
export async function standBetween(
  server: { readonly port: number } | undefined,
  { at = 0, material = newMaterial(), ...options }: MiddleOptions = {},
): Promise<Middle> {
  const heard: Buffer[] = [];
  let handshakes = 0;
  let connections = 0;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  };
  const { key, cert, fingerprint } = material;
  const relay = createTls({ key, cert, ALPNProtocols: ['kentongan/1'], ...options }, (socket) => {
    handshakes++;
    keep(socket);
    socket.on('data', (chunk: Buffer) => heard.push(chunk));
    if (server !== undefined) passOn(socket, server.port, keep);
  });
  relay.on('connection', (socket) => {
    connections++;
    keep(socket);
  });
  relay.on('tlsClientError', () => undefined);
  atEnd(() => {
    for (const socket of sockets) socket.destroy();
    relay.close();
  });
  return {
    port: await listening(relay, LOOPBACK, at),
    fingerprint,
    heard,
    connections: () => connections,
    handshakes: () => handshakes,
  };
}

function passOn(socket: TLSSocket, port: number, keep: (socket: Socket) => void): void {
  const onward = connectTls({
    host: LOOPBACK,
    port,
    rejectUnauthorized: false,
    ALPNProtocols: ['kentongan/1'],
  });
  keep(onward);
  socket.pipe(onward).pipe(socket);
}

/** A wire that can be cut: bytes go through as they are. */
export async function passThrough(port: number): Promise<{ port: number; cut(): void }> {
  const open = new Set<Socket>();
  const through = await listen((socket) => {
    const onward = connectTcp(port, LOOPBACK);
    onward.on('error', () => undefined);
    for (const end of [socket, onward]) open.add(end);
    socket.pipe(onward).pipe(socket);
  });
  return {
    port: through,
    cut: () => {
      for (const socket of open) socket.destroy();
      open.clear();
    },
  };
}
