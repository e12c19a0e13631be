// The real hub and real clients over pipes in memory, with time in the test's hand.
import { ChatClient, type ClientOptions, type Dial, type Transport } from '../../../clients/sdk/index.ts';
import { Hub } from '../../../src/core/hub.ts';
import type { HubOptions } from '../../../src/core/options.ts';
import type { Connection } from '../../../src/core/ports.ts';
import type { SessionInput } from '../../../src/core/session.ts';
import { MemoryLog } from '../../../src/roomlog/memory.ts';
import type { RoomLog } from '../../../src/roomlog/roomlog.ts';
import { crypto, ManualClock } from '../../core/rig.ts';
import { Random } from '../../support/random.ts';

/** Both directions of one connection. Everything arrives later than it was written, in its order. */
export class Wire implements Connection, Transport {
  readonly address = 'lan';
  readonly plain = false;
  readonly source = 'test';
  readonly bindings = new Map();
  readonly bufferedBytes = 0;
  readonly #clock: ManualClock;
  readonly #onData: (chunk: Uint8Array) => void;
  readonly #onClose: () => void;
  #server: SessionInput | undefined;
  #ended = { client: false, server: false };
  #gone = false;
  /** How many bytes a chunk has at most. */
  chunkBytes = 65_536;

  constructor(clock: ManualClock, onData: (chunk: Uint8Array) => void, onClose: () => void) {
    this.#clock = clock;
    this.#onData = onData;
    this.#onClose = onClose;
  }

  serve(server: SessionInput | undefined): void {
    this.#server = server;
    if (server === undefined) this.#later(() => this.cut());
  }

  /** From either side: the client writes bytes, the server parts. */
  write(data: Uint8Array | readonly Uint8Array[]): boolean {
    if (data instanceof Uint8Array) {
      for (const chunk of this.#chunks(data)) this.#later(() => this.#server?.receive(chunk));
    } else {
      const bytes = new Uint8Array(Buffer.concat(data));
      for (const chunk of this.#chunks(bytes)) this.#later(() => this.#onData(chunk));
    }
    return true;
  }

  /** The client’s end. */
  readonly client: Transport = {
    write: (bytes) => void this.write(bytes),
    bufferedBytes: 0,
    end: () => {
      this.#ended.client = true;
      this.#later(() => this.#server?.finish());
      this.#closeIfDone();
    },
    destroy: () => this.#later(() => this.cut()),
  };

  /** The server’s end. */
  end(): void {
    this.#ended.server = true;
    // A client that sees the end of the server’s words ends its own.
    this.#later(() => {
      this.#ended.client = true;
      this.#closeIfDone();
    });
  }

  destroy(): void {
    this.#later(() => this.cut());
  }

  pauseReading(): void {}
  resumeReading(): void {}

  /** The network fails: what is under way is lost. */
  cut(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#clock.after(0, () => {
      this.#onClose();
      this.#server?.lost();
    });
  }

  #closeIfDone(): void {
    if (this.#ended.client && this.#ended.server) this.#later(() => this.cut());
  }

  #later(act: () => void): void {
    this.#clock.after(1, () => {
      if (!this.#gone) act();
    });
  }

  *#chunks(bytes: Uint8Array): Iterable<Uint8Array> {
    for (let at = 0; at < bytes.length; at += this.chunkBytes) yield bytes.slice(at, at + this.chunkBytes);
  }
}

export interface LanOptions extends Partial<HubOptions> {
  readonly seed?: number;
  readonly retainBytes?: number;
  /** Instead of one in memory. */
  readonly log?: (clock: ManualClock) => RoomLog;
}

export class Lan {
  readonly clock = new ManualClock();
  readonly wires: Wire[] = [];
  readonly hub: Hub;
  /** New wires get this. */
  chunkBytes = 65_536;

  readonly #random: Random;

  /** The same seed gives the same run. */
  constructor(options: LanOptions = {}) {
    const { seed = 1, retainBytes, log: _, ...hubOptions } = options;
    this.#random = new Random(seed);
    const seeded = { ...crypto, random: (length: number) => this.#random.bytes(length) };
    const ports = { clock: this.clock, crypto: seeded, observe: () => undefined };
    const retain = retainBytes === undefined ? {} : { retention: { bytes: retainBytes } };
    const log =
      options.log?.(this.clock) ??
      new MemoryLog({ crypto: seeded, now: this.clock.now, defer: this.clock.defer, ...retain });
    this.hub = new Hub(log, ports, { software: 'lan', ...hubOptions });
  }

  /** A client whose newest wire is `wire()`. */
  client(name: string, options: Partial<ClientOptions> = {}): { client: ChatClient; wire: () => Wire } {
    let newest: Wire | undefined;
    const dial: Dial = (listener) => {
      const wire = new Wire(
        this.clock,
        (chunk) => listener.onData(chunk),
        () => listener.onClose(),
      );
      wire.chunkBytes = this.chunkBytes;
      newest = wire;
      this.wires.push(wire);
      wire.serve(this.hub.accept(wire));
      return wire.client;
    };
    const client = new ChatClient({
      dial,
      name,
      secret: name === '' ? new Uint8Array(0) : crypto.sha256(new TextEncoder().encode(name)),
      clock: this.clock,
      random: (length) => this.#random.bytes(length),
      reconnect: { minMs: 10, maxMs: 50 },
      ...options,
    });
    return {
      client,
      wire: () => {
        if (newest === undefined) throw new Error('not dialled');
        return newest;
      },
    };
  }

  /** Lets `ms` pass, and everything that happens in them, promises too. */
  async pass(ms: number): Promise<void> {
    for (let at = 0; at < ms; at++) {
      this.clock.advance(1);
      await Promise.resolve();
    }
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }
}
