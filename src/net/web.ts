// HTTP on the one port: short answers, and the way to a WebSocket.
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { FRAME_BYTES_MAX, PREFIX_BYTES } from '../protocol/limits.ts';
import {
  type Asked,
  isOurs,
  type Ruling,
  rule,
  type Site,
  SUBPROTOCOL,
  wantsWebSocket,
  type Page,
} from './http-rules.ts';
import { type Body, homePage, refusalText, SECURITY_HEADERS, tlsPage, tlsText } from './pages.ts';
import { Linger } from './linger.ts';
import { BUSY_RETRY_MS } from './refusals.ts';

const HEADER_BYTES_MAX = 8_192;
/** Of one message of a client. */
const FRAGMENTS_MAX = 64;
/** Pieces in which one message may come from the network. */
const CHUNKS_MAX = 1_024;
/** How exactly the deadlines of HTTP are kept. */
const CHECK_MS_MAX = 1_000;

/** What is known of the connection that a request has come over. */
export interface Way {
  readonly secure: boolean;
  /** Whether anything is said here: no, if it is plain and from elsewhere. */
  readonly open: boolean;
  /** There is no place for it: the limit that says so. */
  readonly full: boolean;
  /** An address of this machine and the port. */
  readonly here: string;
}

export interface WebOptions {
  readonly site: Site;
  /** For a request with its headers, and for a whole one. */
  readonly handshakeMs: number;
  fingerprint(): string;
  /** Undefined: the connection is gone. */
  wayOf(socket: Socket): Way | undefined;
  /** A WebSocket is open. */
  onWebSocket(websocket: WebSocket, socket: Socket, page: Page | undefined): void;
  /** A request came in plain, and was told to come over TLS. */
  onPlainRefused(socket: Socket): void;
  /** What came was no HTTP. */
  onStranger(socket: Socket): void;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Body;
}

/**
 * Owns: the HTTP server, which never listens; `take` hands it sockets. Each connection is for one request. It ends with the answer, or it
 * becomes a WebSocket.
 */
export class Web {
  readonly #options: WebOptions;
  readonly #http: Server;
  readonly #websockets: WebSocketServer;

  constructor(options: WebOptions) {
    const { handshakeMs } = options;
    this.#options = options;
    this.#http = createServer({
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: handshakeMs,
      requestTimeout: handshakeMs,
      connectionsCheckingInterval: Math.min(CHECK_MS_MAX, Math.ceil(handshakeMs / 4)),
      requireHostHeader: false,
      // Only what is allowed to be a WebSocket becomes one; whatever else asks for it gets an answer like others.
      // RFC 6455 §4.2.1: in HTTP/1.1 or newer, and what is newer has another way to it.
      shouldUpgradeCallback: (request) =>
        request.httpVersion === '1.1' &&
        wantsWebSocket(askedOf(request, false)) &&
        this.#ruling(request).is === 'websocket',
    });
    // Their bytes are bounded. Node drops headers above a number without a word, and the Origin might be among them.
    this.#http.maxHeadersCount = 0;
    // RFC 9110 §10.1.1: nobody has to wait for a 100 (Continue), and what else may be expected is nothing that we know.
    // Without these listeners Node answers by itself, and keeps the connection.
    for (const event of ['request', 'checkContinue', 'checkExpectation']) {
      this.#http.on(event, (request: IncomingMessage, response: ServerResponse) =>
        this.#answer(request, response),
      );
    }
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head));
    this.#http.on('clientError', (error, socket) => this.#refuse(error, socket as Socket));
    // Its timers are started by this event, and it will never come by itself.
    this.#http.emit('listening');
    this.#websockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      handleProtocols: () => SUBPROTOCOL,
      maxPayload: FRAME_BYTES_MAX + PREFIX_BYTES,
      maxFragments: FRAGMENTS_MAX,
      maxBufferedChunks: CHUNKS_MAX,
    });
  }

  /** A socket that begins with a capital letter, which it has still to give. */
  take(socket: Socket): void {
    this.#http.emit('connection', socket);
  }

  close(): void {
    // Ends its timers.
    this.#http.close();
  }

  #ruling(request: IncomingMessage): Ruling {
    const way = this.#options.wayOf(request.socket);
    if (way === undefined || way.full || !way.open) return { is: 'refusal', status: 503, headers: {} };
    return rule(askedOf(request, way.secure), this.#options.site);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const way = this.#options.wayOf(request.socket);
    if (way === undefined) {
      request.socket.destroy();
      return;
    }
    const { status, headers = {}, body } = this.#answerTo(request, way);
    const isUpgrade = headers['Upgrade'] !== undefined;
    response.writeHead(status, {
      ...SECURITY_HEADERS,
      ...headers,
      Connection: isUpgrade ? 'Upgrade, close' : 'close',
      'Content-Type': body.type,
      'Content-Length': Buffer.byteLength(body.text),
    });
    response.end(request.method === 'HEAD' ? undefined : body.text);
  }

  #answerTo(request: IncomingMessage, way: Way): Answer {
    if (way.full) {
      return {
        status: 503,
        headers: { 'Retry-After': String(BUSY_RETRY_MS / 1000) },
        body: refusalText(503),
      };
    }
    if (!way.open) {
      this.#options.onPlainRefused(request.socket);
      const host = this.#hostFor(request, way);
      const isBrowser = (request.headers.accept ?? '').includes('text/html');
      return {
        status: 426,
        headers: { Upgrade: 'TLS/1.2' },
        body: isBrowser ? tlsPage(host) : tlsText(host),
      };
    }
    const ruling = this.#ruling(request);
    switch (ruling.is) {
      case 'page':
        return {
          status: 200,
          body: homePage(withPort(ruling.host, way.secure), this.#options.fingerprint()),
        };
      case 'refusal':
        return { ...ruling, body: refusalText(ruling.status) };
      case 'websocket':
        // It asks for a WebSocket by its headers and not by `Connection: Upgrade`.
        return { status: 400, body: refusalText(400) };
    }
  }

  /** Under which name the reader finds this server again: the one that was asked for, if it is one of ours. */
  #hostFor({ headers, socket }: IncomingMessage, way: Way): string {
    const host = headers.host?.toLowerCase() ?? '';
    return isOurs(host, socket.localAddress ?? '', this.#options.site)
      ? withPort(host, way.secure)
      : way.here;
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const ruling = this.#ruling(request);
    if (ruling.is !== 'websocket') {
      socket.destroy();
      return;
    }
    this.#websockets.handleUpgrade(request, socket, head, (websocket) => {
      this.#options.onWebSocket(websocket, socket, ruling.page);
    });
  }

  /** Bytes that are no HTTP, or too many of them, or too slow ones. */
  #refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    // What comes behind it is an error again.
    if (socket.writableEnded) return;
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    let status = 400;
    if (error.code === 'HPE_HEADER_OVERFLOW') status = 431;
    else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') status = 408;
    else this.#options.onStranger(socket);
    const words = `${status} ${STATUS_CODES[status]}`;
    socket.end(`HTTP/1.1 ${words}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    const linger = new Linger(
      () => socket.writableLength,
      () => socket.destroy(),
    );
    socket.on('close', () => linger.stop());
  }
}

function askedOf(request: IncomingMessage, secure: boolean): Asked {
  const { method = '', url = '', headersDistinct, socket } = request;
  return { method, target: url, headers: headersDistinct, secure, localAddress: socket.localAddress ?? '' };
}

/** A `Host` leaves out the port of its scheme; kentongan:// has another one. */
function withPort(host: string, secure: boolean): string {
  if (/:\d+$/.test(host) && !host.endsWith(']')) return host;
  return `${host}:${secure ? 443 : 80}`;
}
