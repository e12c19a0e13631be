// A client of a few lines: frames out, frames in. Knows nothing of the SDK.
import { connect, type Socket } from 'node:net';
import { randomBytes } from 'node:crypto';
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  FrameSplitter,
  frameOf,
  type Position,
  type System,
  systemFrame,
} from '../../src/protocol/index.ts';

type Kind = NonNullable<System['kind']>['$case'];

export class RawClient {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  closed = false;
  readonly secret = randomBytes(32);
  #changed: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    const splitter = new FrameSplitter();
    socket.on('data', (chunk: Uint8Array) => {
      splitter.write(chunk);
      for (let payload = splitter.next(); payload !== undefined; payload = splitter.next()) {
        this.#take(decodeFrame(payload));
      }
      this.#changed();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.#changed();
    });
  }

  static connect(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => resolve(new RawClient(socket)));
    });
  }

  /** Comes in under a name and joins a room. */
  static async join(port: number, name: string, room = 'lobby'): Promise<RawClient> {
    const client = await RawClient.connect(port);
    client.hello(name);
    await client.system('welcome');
    client.join(room);
    await client.system('joined');
    return client;
  }

  send(frame: Frame): void {
    this.socket.write(encodeFrame(frame));
  }

  hello(name: string): void {
    const { secret } = this;
    const value = {
      versionMin: 1,
      versionMax: 1,
      capabilities: [],
      name,
      beside: false,
      locale: '',
      key: new Uint8Array(0),
      clientNonce: new Uint8Array(0),
      password: '',
    };
    this.send(systemFrame({ $case: 'hello', value: { ...value, secret, software: 'raw' } }, { ref: 1 }));
  }

  /** `last`: how many of the newest entries to send. */
  join(room: string, last = 0): void {
    this.send(frameOf({ $case: 'join', value: { have: undefined, last, mode: 1 } }, { ref: 2, room }));
  }

  /** Joins with what it has of a room. */
  resume(room: string, have: Position): void {
    this.send(frameOf({ $case: 'join', value: { have, last: 0, mode: 1 } }, { ref: 2, room }));
  }

  leave(room: string): void {
    this.send(frameOf({ $case: 'leave', value: { reason: 0, by: undefined, text: '' } }, { ref: 3, room }));
  }

  chat(text: string, room = 'lobby'): void {
    const value = { content: { $case: 'text', value: text } as const, replyTo: 0 };
    this.send(frameOf({ $case: 'chat', value }, { ref: 4, room, id: randomBytes(16) }));
  }

  /** The first frame that fits, now or when it has come. Rejects when the connection ends without it. */
  async find(fits: (frame: Frame) => boolean): Promise<Frame> {
    for (let seen = 0; ; ) {
      const found = this.frames.slice(seen).find(fits);
      if (found !== undefined) return found;
      seen = this.frames.length;
      if (this.closed) throw new Error(`closed; got ${JSON.stringify(this.frames.map(({ kind }) => kind))}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  async system(kind: Kind): Promise<Frame> {
    return await this.find(
      (frame) => frame.kind?.$case === 'system' && frame.kind.value.kind?.$case === kind,
    );
  }

  /** Waits for the end of the connection. */
  async end(): Promise<void> {
    while (!this.closed) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  #take(frame: Frame): void {
    this.frames.push(frame);
    if (frame.kind?.$case !== 'system' || frame.kind.value.kind?.$case !== 'ping') return;
    this.send(systemFrame({ $case: 'pong', value: frame.kind.value.kind.value }));
  }
}
