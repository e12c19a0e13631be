// The one port: listens, finds out what each connection speaks, and hands sessions to the core.
import { createServer, type Server, type Socket } from 'node:net';
import type { Server as TlsServer, TLSSocket } from 'node:tls';
import type { WebSocket } from 'ws';
import type { Connection } from '../core/ports.ts';
import { LINGER_MS } from '../protocol/limits.ts';
import { fingerprintOf, type KeyAndCertificate } from './certificate.ts';
import { DescriptorWatch } from './descriptors.ts';
import { type Dialect, dialectInTls, dialectOf } from './dialect.ts';
import { Gate, type GateLimits } from './gate.ts';
import { type Input, NOBODY } from './input.ts';
import { normal, type Page } from './http-rules.ts';
import { Newcomer } from './newcomer.ts';
import { busyFrame, tlsRequiredFrame } from './refusals.ts';
import { type ConnectionFacts, SocketConnection } from './socket-connection.ts';
import { createTls, renewTls, tlsBindings, webBindings } from './tls.ts';
import { Web, type Way } from './web.ts';
import { WebSocketConnection } from './websocket-connection.ts';

const KEEP_ALIVE_MS = 60_000;
/** So many may come in one moment: everybody, when a network is back. The system has a bound of its own. */
const BACKLOG = 4_096;
/** As in src/config, which net can not import; a test compares them. */
export const PORT_DEFAULTS = {
  plain: 'loopback',
  limits: { connections: 10_000, perAddress: 128, silent: 128 },
  handshakeMs: 5_000,
} as const;

/**
 * From where plain, unencrypted connections are taken: from this machine alone, or from the whole network. That of
 * src/config, again because of the layers; src/server hands one to the other, and the compiler compares them.
 */
type PlainPolicy = 'loopback' | 'lan';

export interface PortOptions {
  /** The address to listen on; all addresses when absent. */
  readonly host?: string | undefined;
  /** 0 = any free one. */
  readonly port: number;
  readonly tls: KeyAndCertificate;
  /** Default `loopback`. */
  readonly plain?: PlainPolicy | undefined;
  /** Host names and addresses, beside that of the connection, by which browsers may know this server. */
  readonly names?: readonly string[] | undefined;
  /** Origins of other pages that may connect. */
  readonly origins?: readonly string[] | undefined;
  /** What may stay out: 10,000 connections, 128 from one address, 128 that are no session yet. */
  readonly limits?: Partial<GateLimits> | undefined;
  /** How long each step to a session may take: first byte, TLS, first byte in it, HTTP request. Milliseconds, default 5,000. */
  readonly handshakeMs?: number | undefined;
  /** Takes a connection that speaks frames, or undefined: no place for it. */
  accept(connection: Connection): Input | undefined;
  /** There was no place for a connection; it was closed. */
  onNoPlace?(address: string): void;
  /** A connection that spoke nothing of ours was closed. */
  onStranger?(address: string): void;
  /** A connection that was not encrypted, of frames or of HTTP, was told to be. */
  onPlainRefused?(address: string): void;
  /** A TLS handshake failed; `reason` is OpenSSL's code, or what Node says. */
  onTlsError?(address: string, reason: string): void;
  /** Something is wrong with listening, or no descriptor is left (EMFILE): then connections are lost, others live on. */
  onError?(error: Error): void;
}

/** By what a session speaks: frames in TCP or in TLS, or a WebSocket in either. */
export type Transport = 'plain' | 'tls' | 'ws' | 'wss';

/** What carries a connection now: the TCP socket, or the TLS in it. */
interface Channel {
  readonly newcomer: Newcomer;
  readonly socket: Socket;
  readonly tls: TLSSocket | undefined;
}

/**
 * ```
 * TCP ──0x00──► frames          TLS ──0x00──► frames
 *     ──0x16──► TLS ───────────►    ──A–Z───► HTTP
 *     ──A–Z───► HTTP                ──else──► closed
 *     ──else──► closed
 * ```
 * Owns: the listening socket and every connection that it accepted.
 */
export class Port {
  readonly #server: Server;
  readonly #tls: TlsServer;
  readonly #gate: Gate;
  readonly #options: PortOptions;
  readonly #plain: PlainPolicy;
  readonly #handshakeMs: number;
  readonly #newcomers = new Set<Newcomer>();
  /** Those that shake hands, by both ends of their TCP connection: a TLS socket does not say which socket it is in. */
  readonly #shaking = new Map<string, Newcomer>();
  readonly #connections = new Set<{ destroy(): void }>();
  readonly #web: Web;
  /** Those that speak HTTP, by what carries it. */
  readonly #browsing = new WeakMap<Socket, Channel>();
  readonly #descriptors: DescriptorWatch;
  readonly #sessions: Record<Transport, number> = { plain: 0, tls: 0, ws: 0, wss: 0 };
  #fingerprint: string;

  /** @throws Error of OpenSSL when `tls` is no key with its certificate */
  private constructor(options: PortOptions) {
    this.#options = options;
    this.#plain = options.plain ?? PORT_DEFAULTS.plain;
    this.#handshakeMs = options.handshakeMs ?? PORT_DEFAULTS.handshakeMs;
    this.#gate = new Gate({ ...PORT_DEFAULTS.limits, ...options.limits });
    this.#fingerprint = fingerprintOf(options.tls.cert);
    this.#tls = createTls(options.tls, this.#handshakeMs);
    this.#tls.on('secureConnection', (socket) => this.#secured(socket));
    this.#tls.on('tlsClientError', (error, socket) => this.#unsecured(error, socket));
    this.#web = new Web({
      site: {
        names: new Set((options.names ?? []).map(normal)),
        origins: new Set(options.origins),
      },
      handshakeMs: this.#handshakeMs,
      fingerprint: () => this.#fingerprint,
      wayOf: (socket) => this.#wayOf(socket),
      onWebSocket: (websocket, socket, page) => this.#takeWebSocket(websocket, socket, page),
      onPlainRefused: (socket) => this.#plainRefused(this.#browsing.get(socket)),
      onStranger: (socket) => this.#stranger(this.#browsing.get(socket)),
    });
    this.#descriptors = new DescriptorWatch((error) => options.onError?.(error));
    this.#server = createServer(
      { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS },
      (socket) => this.#accepted(socket),
    );
  }

  /** @throws the system's error (EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOTFOUND …), or OpenSSL's */
  static async listen(options: PortOptions): Promise<Port> {
    const port = new Port(options);
    const server = port.#server;
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => {
        port.close();
        reject(error);
      };
      server.once('error', fail);
      server.listen({ port: options.port, host: options.host, backlog: BACKLOG }, () => {
        server.off('error', fail);
        server.on('error', (error) => options.onError?.(error));
        resolve();
      });
    });
    return port;
  }

  /** Where it listens. */
  get address(): { host: string; port: number } {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('this port is closed');
    return { host: address.address, port: address.port };
  }

  /** Connections that are open now, whatever they are; those that are only told that there is no place not counted. */
  get connections(): number {
    return this.#gate.connections;
  }

  /** Sessions by what they come over. */
  get sessions(): Readonly<Record<Transport, number>> {
    return { ...this.#sessions };
  }

  /** SHA-256 of the certificate that new connections are shown, 64 lower-case hexadecimal digits. */
  get fingerprint(): string {
    return this.#fingerprint;
  }

  /** Another key and certificate for new connections. @throws Error of OpenSSL; then the old ones stay */
  reload(tls: KeyAndCertificate): void {
    const fingerprint = fingerprintOf(tls.cert);
    renewTls(this.#tls, tls);
    this.#fingerprint = fingerprint;
  }

  /** Accepts no more. Sessions live on. */
  stop(): void {
    if (this.#server.listening) this.#server.close();
    for (const newcomer of this.#newcomers) newcomer.drop();
    this.#web.close();
    this.#descriptors.stop();
  }

  /** Stops, and cuts what is still open. */
  close(): void {
    this.stop();
    for (const connection of this.#connections) connection.destroy();
  }

  /** The client speaks first: until then it gets nothing, and takes one of few places for a short time. */
  #accepted(socket: Socket): void {
    // Every error is followed by 'close', where whoever has the connection learns that it is lost.
    socket.on('error', destroyIt);
    this.#descriptors.taken();
    const newcomer = Newcomer.of(socket, this.#gate);
    if (newcomer === undefined) {
      socket.destroy();
      return;
    }
    this.#newcomers.add(newcomer);
    socket.on('close', () => {
      this.#newcomers.delete(newcomer);
      newcomer.leave();
    });
    if (newcomer.place.is === 'refusal') this.#options.onNoPlace?.(newcomer.address);
    newcomer.hurry(this.#handshakeMs);
    onFirstBytes(socket, (first) => {
      this.#go({ newcomer, socket, tls: undefined }, dialectOf(first[0] ?? -1), first);
    });
  }

  #secured(socket: TLSSocket): void {
    // From here on the client may end its direction and still get its answers.
    socket.allowHalfOpen = true;
    socket.on('error', destroyIt);
    const newcomer = this.#shaking.get(flowOf(socket));
    // Without one the TCP connection is gone already.
    if (newcomer === undefined || newcomer.socket.destroyed) {
      socket.destroy();
      return;
    }
    newcomer.hurry(this.#handshakeMs);
    onFirstBytes(socket, (first) => {
      this.#go({ newcomer, socket, tls: socket }, dialectInTls(first[0] ?? -1, socket.alpnProtocol), first);
    });
  }

  #unsecured(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    const newcomer = this.#shaking.get(flowOf(socket));
    socket.destroy();
    if (newcomer !== undefined) this.#options.onTlsError?.(newcomer.address, error.code ?? error.message);
  }

  #go(channel: Channel, dialect: Dialect, first: Buffer): void {
    const { newcomer, socket } = channel;
    switch (dialect) {
      case 'frames':
        this.#takeFrames(channel, first);
        break;
      case 'tls':
        if (newcomer.place.is === 'refusal') newcomer.drop();
        else this.#shakeHands(newcomer, first);
        break;
      case 'http':
        this.#browsing.set(socket, channel);
        // HTTP keeps its deadline itself, and says so; this one is for what it leaves open.
        newcomer.hurry(this.#handshakeMs + LINGER_MS);
        socket.unshift(first);
        this.#web.take(socket);
        break;
      case 'unknown':
        socket.destroy();
        this.#stranger(channel);
        break;
    }
  }

  #shakeHands(newcomer: Newcomer, first: Buffer): void {
    const { socket } = newcomer;
    const flow = flowOf(socket);
    this.#shaking.set(flow, newcomer);
    socket.on('close', () => {
      if (this.#shaking.get(flow) === newcomer) this.#shaking.delete(flow);
    });
    newcomer.hurry(this.#handshakeMs);
    // The TLS socket takes it over. A handshake that one side has left is over; see `#secured`.
    socket.allowHalfOpen = false;
    socket.unshift(first);
    this.#tls.emit('connection', socket);
  }

  #takeFrames(channel: Channel, first: Buffer): void {
    const { socket, tls } = channel;
    const connection = new SocketConnection(socket, this.#factsOf(channel, tls && tlsBindings(tls)));
    const transport = tls === undefined ? 'plain' : 'tls';
    this.#seat(channel, transport, connection, (input) => connection.start(input, first));
  }

  #takeWebSocket(websocket: WebSocket, socket: Socket, page: Page | undefined): void {
    const channel = this.#browsing.get(socket);
    if (channel === undefined || socket.destroyed) {
      websocket.terminate();
      return;
    }
    const { tls } = channel;
    const bindings = tls && webBindings(tls, page);
    const connection = new WebSocketConnection(websocket, socket, this.#factsOf(channel, bindings));
    const transport = tls === undefined ? 'ws' : 'wss';
    this.#seat(channel, transport, connection, (input) => connection.start(input));
  }

  /** Hands a connection to the core, or tells it why not, and ends it. */
  #seat(
    channel: Channel,
    transport: Transport,
    connection: SocketConnection | WebSocketConnection,
    start: (input: Input) => void,
  ): void {
    const { newcomer, socket } = channel;
    const refusal = this.#refusalFor(channel, connection.plain);
    const input = refusal === undefined ? this.#options.accept(connection) : undefined;
    this.#connections.add(connection);
    socket.on('close', () => {
      this.#connections.delete(connection);
      if (input !== undefined) this.#sessions[transport]--;
    });
    if (input !== undefined) {
      newcomer.settle();
      this.#newcomers.delete(newcomer);
      this.#sessions[transport]++;
      start(input);
      return;
    }
    // Its deadline stays: it bounds the lingering, too.
    newcomer.hurry(this.#handshakeMs);
    if (refusal === undefined) this.#options.onNoPlace?.(newcomer.address);
    start(NOBODY);
    connection.write([refusal ?? busyFrame(0)]);
    connection.end();
  }

  #refusalFor(channel: Channel, plain: boolean): Uint8Array | undefined {
    const { newcomer } = channel;
    if (newcomer.place.is === 'refusal') return busyFrame(newcomer.place.limit);
    if (!plain || this.#plain === 'lan') return undefined;
    this.#plainRefused(channel);
    return tlsRequiredFrame(newcomer.here);
  }

  #factsOf(
    { newcomer: { address, source, isLoopback }, tls }: Channel,
    bindings: Connection['bindings'] = NO_BINDINGS,
  ): ConnectionFacts {
    return { address, source, plain: tls === undefined && !isLoopback, bindings };
  }

  #wayOf(socket: Socket): Way | undefined {
    const channel = this.#browsing.get(socket);
    if (channel === undefined) return undefined;
    const { newcomer, tls } = channel;
    const secure = tls !== undefined;
    const open = secure || newcomer.isLoopback || this.#plain === 'lan';
    return { secure, open, full: newcomer.place.is === 'refusal', here: newcomer.here };
  }

  #plainRefused(channel: Channel | undefined): void {
    if (channel !== undefined) this.#options.onPlainRefused?.(channel.newcomer.address);
  }

  #stranger(channel: Channel | undefined): void {
    if (channel !== undefined) this.#options.onStranger?.(channel.newcomer.address);
  }
}

const NO_BINDINGS: Connection['bindings'] = new Map();

/** Both ends of a TCP connection: no two have the same. */
function flowOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

/** For all sockets: each function of its own would cost memory for as long as its socket lives. */
function destroyIt(this: Socket): void {
  this.destroy();
}

/** Calls back once, with at least one byte. Whoever ends without one is closed. */
function onFirstBytes(socket: Socket, hear: (first: Buffer) => void): void {
  const end = (): void => {
    socket.destroy();
  };
  const readable = (): void => {
    const first = socket.read() as Buffer | null;
    if (first === null) return;
    socket.off('readable', readable);
    socket.off('end', end);
    hear(first);
  };
  socket.on('end', end);
  socket.on('readable', readable);
}
