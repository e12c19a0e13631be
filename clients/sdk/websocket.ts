// WebSocket, for browsers and wherever else there is one.
import { Binding } from '../../src/protocol/index.ts';
import { ClientError } from './errors.ts';
import { realClock } from './real-clock.ts';
import type { Bindings, Dial, Transport, TransportListener } from './transport.ts';

/** As much of what a WebSocket tells as is used here. */
export interface WebSocketEvent {
  readonly type: string;
  /** Of `message`. */
  readonly data?: unknown;
  /** Of `close`. */
  readonly code?: number;
  readonly reason?: string;
}

/** As much of a WebSocket (RFC 6455, WHATWG) as is used here. */
export interface WebSocketLike {
  binaryType: string;
  readonly protocol: string;
  readonly bufferedAmount: number;
  addEventListener(
    type: 'open' | 'message' | 'close' | 'error',
    listener: (event: WebSocketEvent) => void,
  ): void;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
}

export interface WebSocketOptions {
  /** How long a connection may take to come about. Default 10 s. */
  readonly connectTimeoutMs?: number;
  /** Default: the platform's. */
  readonly WebSocket?: new (
    url: string,
    protocols: string[],
  ) => WebSocketLike;
  /** The text of the page's `Origin` header. Default: the platform's, if this is a page. */
  readonly origin?: string;
}

const CONNECT_TIMEOUT_MS = 10_000;
const SUBPROTOCOL = 'kentongan.v1';
const NORMAL_CLOSURE = 1000;

/**
 * A server through its WebSocket (`wss://host:port/kentongan`). With `wss` the platform judges the certificate, and
 * says of a failure nothing but that there was one. With `ws` everything crosses the network unencrypted.
 *
 * A page that came over https can prove a key (ORIGIN); nobody else has a binding here.
 */
export function dialWebSocket(url: string, options: WebSocketOptions = {}): Dial {
  return (listener) => new WebSocketTransport(url, options, listener);
}

/** Owns: one WebSocket, and what can not be given to it before it is open. */
class WebSocketTransport implements Transport {
  readonly #url: string;
  readonly #origin: string | undefined;
  readonly #listener: TransportListener;
  readonly #socket: WebSocketLike | undefined;
  readonly #cancelTimer: () => void;
  /** Undefined: it is open. */
  #held: Uint8Array[] | undefined = [];
  #isOver = false;

  constructor(url: string, options: WebSocketOptions, listener: TransportListener) {
    const { WebSocket = platform().WebSocket, origin = platform().origin } = options;
    const { connectTimeoutMs: ms = CONNECT_TIMEOUT_MS } = options;
    this.#url = url;
    this.#origin = origin;
    this.#listener = listener;
    this.#cancelTimer = realClock.after(ms, () => this.#fail('unreachable', `no answer within ${ms} ms`));
    try {
      if (WebSocket === undefined) throw new Error('this platform has no WebSocket');
      this.#socket = new WebSocket(url, [SUBPROTOCOL]);
    } catch (error) {
      this.#over(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.#listen(this.#socket);
  }

  get bindings(): Promise<Bindings> {
    return bindingsOf(this.#url, this.#origin);
  }

  get bufferedBytes(): number {
    return (this.#held ?? []).reduce((sum, bytes) => sum + bytes.length, this.#socket?.bufferedAmount ?? 0);
  }

  /** One message: whole frames, as the protocol demands of one. */
  write(bytes: Uint8Array): void {
    if (this.#isOver) return;
    if (this.#held === undefined) this.#socket?.send(bytes as Uint8Array<ArrayBuffer>);
    else this.#held.push(bytes);
  }

  /** What was given to the socket goes before its end. Before it is open there is nothing to deliver to. */
  end(): void {
    if (!this.#isOver) this.#socket?.close(NORMAL_CLOSURE);
  }

  destroy(): void {
    this.#over(undefined);
  }

  #listen(socket: WebSocketLike): void {
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => this.#open(socket));
    socket.addEventListener('message', ({ data }) => {
      if (this.#isOver) return;
      if (data instanceof ArrayBuffer) this.#listener.onData(new Uint8Array(data));
      else this.#fail('protocol', 'a message that is not binary');
    });
    // A close follows, and says as little of why.
    socket.addEventListener('error', () => undefined);
    socket.addEventListener('close', ({ code = 0, reason = '' }) => {
      const what = reason === '' ? `WebSocket closed: ${code}` : `WebSocket closed: ${code} ${reason}`;
      this.#over(code === NORMAL_CLOSURE ? undefined : new Error(what));
    });
  }

  #open(socket: WebSocketLike): void {
    if (this.#isOver) return;
    this.#cancelTimer();
    if (socket.protocol !== SUBPROTOCOL) {
      this.#fail('protocol', `the server does not speak ${SUBPROTOCOL}`);
      return;
    }
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const bytes of held) this.write(bytes);
    this.#listener.onOpen();
  }

  #fail(reason: 'protocol' | 'unreachable', message: string): void {
    this.#over(new ClientError(reason, message));
  }

  /** The end of it, whatever the socket still says. Told later, for nobody is called back from within a call. */
  #over(error: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelTimer();
    this.#socket?.close();
    realClock.after(0, () => this.#listener.onClose(error));
  }
}

interface Platform {
  readonly WebSocket?: new (url: string, protocols: string[]) => WebSocketLike;
  /** Of pages and workers: what their `Origin` header says. */
  readonly origin?: string;
}

function platform(): Platform {
  return globalThis;
}

/** Only where nobody but the page's own server could have said this origin: https, and the WebSocket over TLS. */
async function bindingsOf(url: string, origin: string | undefined): Promise<Bindings> {
  if (origin === undefined || !origin.startsWith('https://') || !/^wss:/i.test(url)) return new Map();
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(origin));
  return new Map([[Binding.ORIGIN, new Uint8Array(digest)]]);
}
