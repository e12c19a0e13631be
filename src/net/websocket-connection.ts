// One WebSocket as the core sees it: binary messages of whole frames (docs/protocol.md §2.6).
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Connection } from '../core/ports.ts';
import { PREFIX_BYTES } from '../protocol/limits.ts';
import type { Input } from './input.ts';
import { Linger } from './linger.ts';
import type { ConnectionFacts } from './socket-connection.ts';

/** A message of the server is not longer, but for a frame that is. */
const MESSAGE_BYTES_MAX = 262_144;
/** Parts that are shorter are copied into one message; longer ones go out as they are, seen by all their readers. */
const COPIED_BYTES_MAX = 2_048;

/**
 * Pings and Pongs of a client in a second. They never reach the core, whose rates slow everything else: without a
 * bound, six bytes each, one connection would take all of the processor.
 */
const CONTROLS_PER_SECOND_MAX = 64;

/** Close codes (RFC 6455 §7.4.1). */
const CLOSE = { normal: 1000, protocolError: 1002, unsupportedData: 1003, policyViolation: 1008 } as const;

/**
 * ```
 * OPEN ──end(), a broken rule, the client's Close──► LINGERING ──closed, or the linger is over──► GONE
 *   └────────────── reset, or destroyed ────────────────────────────────────────────────────────────┘
 * ```
 * Owns: the WebSocket. Invariant: `lost()` is called once, when the socket is closed, and nothing after it. There is no half-close:
 * the client's Close is a loss, never a `finish()`.
 */
export class WebSocketConnection implements Connection {
  readonly address: string;
  readonly plain: boolean;
  readonly source: string;
  readonly bindings: Connection['bindings'];
  readonly #websocket: WebSocket;
  readonly #socket: Socket;
  #state: { at: 'open' } | { at: 'lingering'; linger: Linger } | { at: 'gone' } = { at: 'open' };
  #controls = 0;
  /** When the second began in which they are counted. */
  #controlsSince = 0;

  /** @param socket what the WebSocket runs over */
  constructor(websocket: WebSocket, socket: Socket, { address, source, plain, bindings }: ConnectionFacts) {
    this.#websocket = websocket;
    this.#socket = socket;
    this.address = address;
    this.source = source;
    this.plain = plain;
    this.bindings = bindings;
  }

  /** Connects the WebSocket with the core. In the turn in which it was opened: its messages wait for nobody. */
  start(input: Input): void {
    this.#websocket.on('message', (data, isBinary) => {
      if (this.#state.at !== 'open') return;
      // 'nodebuffer', the default, gives one Buffer whatever the fragments.
      const message = data as Buffer;
      if (!isBinary) this.#close(CLOSE.unsupportedData);
      else if (isWholeFrames(message)) input.receive(message);
      else this.#close(CLOSE.protocolError);
    });
    this.#websocket.on('ping', () => this.#countControl());
    this.#websocket.on('pong', () => this.#countControl());
    // ws has closed it with the code of the rule that was broken.
    this.#websocket.on('error', () => this.#linger());
    this.#socket.on('drain', () => {
      if (this.#state.at === 'open') input.writable();
    });
    // The server's direction is over: ws has answered the client's Close.
    this.#socket.on('finish', () => this.#linger());
    this.#socket.on('close', () => {
      if (this.#state.at === 'lingering') this.#state.linger.stop();
      this.#state = { at: 'gone' };
      input.lost();
    });
  }

  write(parts: readonly Uint8Array[]): boolean {
    if (this.#state.at !== 'open') return true;
    // Corked messages leave in one writev, or in one run of TLS records.
    this.#socket.cork();
    for (const message of messagesOf(parts)) this.#websocket.send(message);
    this.#socket.uncork();
    return !this.#socket.writableNeedDrain;
  }

  end(): void {
    if (this.#state.at === 'open') this.#close(CLOSE.normal);
  }

  pauseReading(): void {
    if (this.#state.at === 'open') this.#websocket.pause();
  }

  resumeReading(): void {
    if (this.#state.at === 'open') this.#websocket.resume();
  }

  /** Cuts the connection at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #countControl(): void {
    if (this.#state.at !== 'open') return;
    const now = performance.now();
    if (now - this.#controlsSince >= 1_000) {
      this.#controlsSince = now;
      this.#controls = 0;
    }
    if (++this.#controls > CONTROLS_PER_SECOND_MAX) this.#close(CLOSE.policyViolation);
  }

  #close(code: number): void {
    this.#websocket.close(code);
    this.#linger();
  }

  #linger(): void {
    if (this.#state.at !== 'open') return;
    const socket = this.#socket;
    const linger = new Linger(
      () => socket.writableLength,
      () => socket.destroy(),
    );
    this.#state = { at: 'lingering', linger };
    socket.on('data', (chunk: Uint8Array) => linger.discard(chunk.length));
    this.#websocket.resume();
  }
}

/** One or more frames with their prefixes, and nothing else. */
function isWholeFrames(message: Buffer): boolean {
  let at = 0;
  while (message.length - at >= PREFIX_BYTES) at += PREFIX_BYTES + message.readUInt32BE(at);
  return at === message.length && at > 0;
}

/**
 * The bytes of `parts`, in order, each message one or more whole frames.
 * @param parts each of whole frames
 */
export function* messagesOf(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  let small: Uint8Array[] = [];
  let bytes = 0;
  const gathered = (): Uint8Array => {
    const [first] = small;
    const message = small.length === 1 && first !== undefined ? first : Buffer.concat(small);
    small = [];
    bytes = 0;
    return message;
  };
  for (const part of parts) {
    if (part.length < COPIED_BYTES_MAX) {
      if (part.length === 0) continue;
      if (bytes + part.length > MESSAGE_BYTES_MAX) yield gathered();
      small.push(part);
      bytes += part.length;
    } else {
      if (bytes > 0) yield gathered();
      yield* split(part);
    }
  }
  if (bytes > 0) yield gathered();
}

/** A run of frames in pieces of at most MESSAGE_BYTES_MAX, as views. */
function* split(run: Uint8Array): Generator<Uint8Array> {
  if (run.length <= MESSAGE_BYTES_MAX) {
    yield run;
    return;
  }
  const view = new DataView(run.buffer, run.byteOffset, run.length);
  let start = 0;
  for (let at = 0; at < run.length; ) {
    const next = at + PREFIX_BYTES + view.getUint32(at);
    if (next - start > MESSAGE_BYTES_MAX && at > start) {
      yield run.subarray(start, at);
      start = at;
    }
    at = next;
  }
  yield run.subarray(start);
}
