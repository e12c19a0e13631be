// A connection of an attacker: it says any bytes, and everything that comes back is looked at.
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Target } from '../../bench/link.ts';
import type { Random } from '../support/random.ts';
import { type Heard, messageOf, OPCODE, PieceReader, upgradeOf } from './websocket.ts';

export interface RawOwner {
  /** Bytes of the protocol, whatever carried them. */
  onBytes(bytes: Buffer): void;
  /** Once: nothing comes any more. `close`: what a WebSocket's close said, 0 = nothing. */
  onEnd(how: End): void;
  /** The other end says no more. */
  onFin?(): void;
  /** What came before any WebSocket, if it is no permission to go on. */
  onRefusal?(text: string): void;
  /** The server sent what no server may send. */
  onViolation(text: string): void;
}

export interface End {
  readonly reason: string;
  readonly close: number;
}

const HEAD_END = '\r\n\r\n';
const HEAD_BYTES_MAX = 65_536;

/** A connection, and how to tear it down with a reset. */
export interface Opened {
  readonly socket: Socket;
  reset(): void;
}

/** Opens a connection, through TLS where the transport says so. What is heard stops with the reset. */
export function open({ transport, port, from }: Target, alpn?: readonly string[]): Opened {
  const tcp = connectTcp({
    host: '127.0.0.1',
    port,
    noDelay: true,
    allowHalfOpen: true,
    ...(from === undefined ? {} : { localAddress: from }),
  });
  const isSecure = transport === 'tls' || transport === 'wss';
  const protocols = alpn ?? [transport === 'wss' ? 'http/1.1' : 'kentongan/1'];
  const socket = isSecure
    ? connectTls({ socket: tcp, rejectUnauthorized: false, ALPNProtocols: [...protocols] })
    : tcp;
  return {
    socket,
    reset: () => {
      for (const event of ['data', 'end', 'close']) socket.removeAllListeners(event);
      tcp.on('error', () => undefined);
      tcp.resetAndDestroy();
      socket.destroy();
    },
  };
}

/** Owns: one socket. */
export class Raw {
  readonly socket: Socket;
  readonly #opened: Opened;
  readonly #isWebSocket: boolean;
  readonly #owner: RawOwner;
  readonly #random: Random;
  readonly #reader = new PieceReader();
  #head: string | undefined;
  #close = 0;
  #reason = 'closed';
  #isOver = false;

  constructor(target: Target, random: Random, owner: RawOwner) {
    this.#owner = owner;
    this.#random = random;
    this.#isWebSocket = target.transport === 'ws' || target.transport === 'wss';
    this.#opened = open(target);
    this.socket = this.#opened.socket;
    this.socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.socket.on('error', (error) => {
      this.#reason = error.message;
    });
    this.socket.on('end', () => this.#owner.onFin?.());
    this.socket.on('close', () => this.#end());
    if (this.#isWebSocket) {
      this.#head = '';
      this.socket.write(upgradeOf(target.port, random));
    }
  }

  /** What is written at once is one message. */
  get carriesMessages(): boolean {
    return this.#isWebSocket;
  }

  /** Says bytes of the protocol: over a WebSocket as one message, without waiting for the permission. */
  write(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.socket.write(this.#isWebSocket ? messageOf(bytes, this.#random) : bytes);
  }

  /** Says no more, and goes on listening. */
  fin(): void {
    if (this.#isWebSocket) this.socket.write(this.#closePiece());
    this.socket.end();
  }

  /** Hangs up with a reset; nothing is heard any more. */
  reset(): void {
    this.#isOver = true;
    this.#opened.reset();
  }

  #closePiece(): Buffer {
    return messageOf(new Uint8Array(0), this.#random).fill(0x80 | OPCODE.close, 0, 1);
  }

  #receive(chunk: Buffer): void {
    if (this.#isOver) return;
    if (!this.#isWebSocket) {
      this.#owner.onBytes(chunk);
      return;
    }
    const bytes = this.#head === undefined ? chunk : this.#readHead(chunk);
    if (bytes === undefined) return;
    try {
      for (const heard of this.#reader.take(bytes)) this.#hear(heard);
    } catch (error) {
      this.#owner.onViolation((error as Error).message);
      this.reset();
    }
  }

  #hear({ opcode, payload }: Heard): void {
    if (opcode === OPCODE.close) this.#close = payload.length < 2 ? 1005 : payload.readUInt16BE();
    else if (opcode === OPCODE.binary) this.#owner.onBytes(payload);
    else if (opcode !== OPCODE.ping && opcode !== OPCODE.pong)
      throw new Error(`opcode ${opcode} of a server`);
  }

  /** The answer to the upgrade; behind it the first bytes of the WebSocket. */
  #readHead(chunk: Buffer): Buffer | undefined {
    this.#head = `${this.#head ?? ''}${chunk.toString('latin1')}`;
    const end = this.#head.indexOf(HEAD_END);
    if (end < 0 && this.#head.length < HEAD_BYTES_MAX) return undefined;
    const head = this.#head;
    if (!head.startsWith('HTTP/1.1 101 ')) {
      this.#owner.onRefusal?.(head);
      return undefined;
    }
    this.#head = undefined;
    return Buffer.from(head.slice(end + HEAD_END.length), 'latin1');
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owner.onEnd({ reason: this.#reason, close: this.#close });
  }
}
