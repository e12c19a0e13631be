// One connection to a server, as lean as the protocol allows: it hides nothing and forgives nothing.
import { connect, type Socket } from 'node:net';
import {
  decodeFrame,
  encodeFrame,
  Fault,
  type Frame,
  FrameSplitter,
  type System,
  systemFrame,
  type Welcome,
} from '../../src/protocol/index.ts';

export type SystemKind = NonNullable<System['kind']>;

export interface Caller {
  /** Empty: a session without a name, which reads only. */
  readonly name: string;
  readonly secret: Uint8Array;
  /** Beside the other sessions of the same user. */
  readonly beside: boolean;
}

/** How a connection ended, as its client saw it. */
export type End =
  /** By a closing fault. */
  | { readonly by: 'fault'; readonly code: number }
  /** Without a word: the process died, or the network did. */
  | { readonly by: 'silence'; readonly reason: string }
  /** The server sent what no server may send. */
  | { readonly by: 'violation'; readonly reason: string }
  /** We hung up. */
  | { readonly by: 'us' };

export interface WireOwner {
  onWelcome(welcome: Welcome): void;
  /** Every frame but Welcome, Ping and Pong. `payload` is valid during the call. */
  onFrame(frame: Frame, payload: Uint8Array): void;
  /** A Ping has been answered. */
  onPing(): void;
  /** Once, at the end. */
  onEnd(end: End): void;
}

/** Owns: one socket. */
export class Wire {
  readonly #socket: Socket;
  readonly #owner: WireOwner;
  readonly #splitter = new FrameSplitter();
  #ended = false;
  #fault = 0;

  constructor(port: number, caller: Caller, owner: WireOwner) {
    this.#owner = owner;
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.on('data', (chunk) => this.#receive(chunk));
    this.#socket.on('error', (error) => this.#end({ by: 'silence', reason: error.message }));
    this.#socket.on('close', () => this.#end({ by: 'silence', reason: 'closed' }));
    this.#socket.write(encodeFrame(helloOf(caller)));
  }

  send(frame: Frame): void {
    if (!this.#ended) this.#socket.write(encodeFrame(frame));
  }

  sendSystem(kind: SystemKind, fields: Partial<Omit<Frame, 'kind'>> = {}): void {
    this.send(systemFrame(kind, fields));
  }

  /** No more is read until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Hangs up at once. */
  cut(): void {
    this.#end({ by: 'us' });
    this.#socket.resetAndDestroy();
  }

  #receive(chunk: Uint8Array): void {
    this.#splitter.write(chunk);
    try {
      for (let payload = this.#next(); payload !== undefined; payload = this.#next()) this.#take(payload);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#end({ by: 'violation', reason: error.message });
      this.#socket.destroy();
    }
  }

  #next(): Uint8Array | undefined {
    return this.#ended ? undefined : this.#splitter.next();
  }

  #take(payload: Uint8Array): void {
    const frame = decodeFrame(payload);
    const system = frame.seq === 0 && frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
    switch (system?.$case) {
      case 'ping':
        this.sendSystem({ $case: 'pong', value: { nonce: system.value.nonce } });
        this.#owner.onPing();
        return;
      case 'pong':
        return;
      case 'welcome':
        this.#owner.onWelcome(system.value);
        return;
      case 'fault':
        if (system.value.code >= 3000) this.#fault = system.value.code;
        this.#owner.onFrame(frame, payload);
        return;
      default:
        this.#owner.onFrame(frame, payload);
    }
  }

  #end(end: End): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#owner.onEnd(this.#fault !== 0 && end.by === 'silence' ? { by: 'fault', code: this.#fault } : end);
    if (end.by !== 'us') this.#socket.destroy();
  }
}

function helloOf({ name, secret, beside }: Caller): Frame {
  return systemFrame({
    $case: 'hello',
    value: {
      versionMin: 1,
      versionMax: 1,
      capabilities: [],
      name,
      secret,
      beside,
      key: new Uint8Array(0),
      clientNonce: new Uint8Array(0),
      password: '',
      software: 'kentongan-faults',
      locale: '',
    },
  });
}
