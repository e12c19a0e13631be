// A listener whose core is a witness, and sockets against it.
import { connect, type Socket } from 'node:net';
import type { Input } from '../../src/net/input.ts';
import { Port, type PortOptions } from '../../src/net/port.ts';
import { MATERIAL } from './material.ts';
import type { Connection } from '../../src/core/ports.ts';
import { decodeFrame, type FaultMessage, payloadsOf } from '../../src/protocol/index.ts';

/** Everything that the core was told, in order. */
export class Witness implements Input {
  readonly connection: Connection;
  readonly calls: Array<'receive' | 'finish' | 'lost' | 'writable'> = [];
  #received: Uint8Array[] = [];
  onCall: () => void = () => undefined;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  get received(): Buffer {
    const all = Buffer.concat(this.#received);
    this.#received = [all];
    return all;
  }

  count(what: 'receive' | 'finish' | 'lost' | 'writable'): number {
    return this.calls.filter((call) => call === what).length;
  }

  receive(chunk: Uint8Array): void {
    this.#received.push(chunk);
    this.#note('receive');
  }

  finish(): void {
    this.#note('finish');
  }

  lost(): void {
    this.#note('lost');
  }

  writable(): void {
    this.#note('writable');
  }

  #note(what: 'receive' | 'finish' | 'lost' | 'writable'): void {
    this.calls.push(what);
    this.onCall();
  }
}

/** A listener on loopback with what came in. */
export class Bench {
  readonly listener: Port;
  readonly sessions: Witness[];
  readonly strangers: string[];
  readonly refused: string[];
  readonly #clients: Client[] = [];

  private constructor(listener: Port, sessions: Witness[], strangers: string[], refused: string[]) {
    this.listener = listener;
    this.sessions = sessions;
    this.strangers = strangers;
    this.refused = refused;
  }

  static async open(
    accept: (connection: Connection) => boolean = () => true,
    host = '127.0.0.1',
    options: Partial<PortOptions> = {},
  ): Promise<Bench> {
    const sessions: Witness[] = [];
    const strangers: string[] = [];
    const refused: string[] = [];
    const listener = await Port.listen({
      tls: MATERIAL,
      host,
      port: 0,
      plain: 'lan',
      handshakeMs: 60_000,
      limits: { perAddress: 10_000 },
      onNoPlace: (address) => refused.push(address),
      accept: (connection) => {
        if (!accept(connection)) return undefined;
        const session = new Witness(connection);
        sessions.push(session);
        return session;
      },
      onStranger: (address) => strangers.push(address),
      ...options,
    });
    return new Bench(listener, sessions, strangers, refused);
  }

  async connect(): Promise<Client> {
    const client = await Client.connect(this.listener.address.port, this.listener.address.host);
    this.#clients.push(client);
    return client;
  }

  /** A client that has said `first`, and what the core has of it. */
  async talk(first: Uint8Array = FIRST): Promise<{ client: Client; session: Witness }> {
    const before = this.sessions.length;
    const client = await this.connect();
    client.socket.write(first);
    await until(() => this.sessions.length > before);
    const session = this.sessions.at(-1);
    if (session === undefined) throw new Error('nobody came in');
    return { client, session };
  }

  close(): void {
    for (const client of this.#clients) client.socket.destroy();
    this.listener.close();
  }
}

/** Begins as a frame does. */
export const FIRST = Buffer.from([0, 0, 0, 1, 42]);

/** A socket and everything that came out of it. */
export class Client {
  readonly socket: Socket;
  readonly chunks: Buffer[] = [];
  ended = false;
  closed = false;
  error: NodeJS.ErrnoException | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.chunks.push(chunk));
    socket.on('end', () => {
      this.ended = true;
    });
    socket.on('error', (error) => {
      this.error = error;
    });
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static connect(port: number, host: string): Promise<Client> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host, allowHalfOpen: true, noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Client(socket));
      });
    });
  }

  get received(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

/** Waits for something that is bound to happen; a test that waits in vain is cut off by its time-out. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}

/** The faults in what a server sent; nothing else is in it. */
export function faults(bytes: Uint8Array): FaultMessage[] {
  return [...payloadsOf(bytes)].map((payload) => {
    const { kind } = decodeFrame(payload);
    if (kind?.$case !== 'system' || kind.value.kind?.$case !== 'fault') throw new Error('this is no fault');
    return kind.value.kind.value;
  });
}
