// One connection: two pipes, and all the ways in which it ends.
import type { Transport, TransportListener } from '../../clients/sdk/transport.ts';
import type { Connection } from '../../src/core/ports.ts';
import { Binding } from '../../src/protocol/index.ts';
import { LINGER_MS } from '../../src/protocol/limits.ts';
import type { EventQueue } from '../support/event-queue.ts';
import type { Random } from '../support/random.ts';
import { drawNature, Pipe } from './pipe.ts';

/** What the server does with a connection; SessionInput of the core. */
export interface ServerSide {
  receive(chunk: Uint8Array): void;
  finish(): void;
  lost(): void;
  writable(): void;
}

/** Sees everything that crosses the edge of the server, at the moment when it does. */
export interface Tap {
  /** `full`: the write before this one was answered with false, and `writable` has not been called. */
  serverWrote(parts: readonly Uint8Array[], full: boolean): void;
  serverEnded(): void;
  serverReceives(chunk: Uint8Array): void;
  serverFinishes(): void;
  serverLoses(): void;
}

export interface Met {
  readonly server: ServerSide;
  readonly tap: Tap;
}

export interface LinkWorld {
  readonly queue: EventQueue;
  readonly random: Random;
  readonly calm: boolean;
  /** Meets a connection that has arrived. `refused`: nobody listens; `closed`: closed without a word. */
  accept(link: Link): Met | 'refused' | 'closed';
  /** A client is about to be called: its promises will want to move. */
  touch(): void;
  forget(link: Link): void;
}

/** What the server shows to everybody who comes by TLS. */
export const CERTIFICATE = new Uint8Array(32).fill(0xce);
const NO_BINDINGS: Connection['bindings'] = new Map();
const TLS_BINDINGS: Connection['bindings'] = new Map([[Binding.CERTIFICATE, CERTIFICATE]]);

const REFUSED_US_MAX = 5_000;
const RESET_US_MAX = 20_000;

/**
 * A connection from the moment of dialling. It has a face for each side and keeps the contracts of both:
 * nothing is called from within a call, `lost` and `onClose` come exactly once and last.
 */
export class Link {
  readonly address: string;
  /** The face that the client sees. */
  readonly transport: Transport;
  /** The face that the server sees. */
  readonly connection: Connection;
  readonly #world: LinkWorld;
  readonly #random: Random;
  readonly #client: TransportListener;
  readonly #toServer: Pipe;
  readonly #toClient: Pipe;
  #met: Met | undefined;
  #serverState: 'dialling' | 'open' | 'ended' | 'gone' = 'dialling';
  #clientState: 'dialling' | 'open' | 'gone' = 'dialling';
  /** The client's FIN has arrived. */
  #finished = false;
  #cancelLinger: (() => void) | undefined;

  /** @param plain over the network as it is; else by TLS */
  constructor(world: LinkWorld, address: string, client: TransportListener, plain: boolean) {
    this.#world = world;
    this.#random = world.random.fork(1);
    this.#client = client;
    this.address = address;
    const nature = drawNature(this.#random, world.calm);
    this.#toServer = new Pipe(world.queue, this.#random.fork(2), nature, {
      onChunk: (chunk) => this.#serverGets(chunk),
      onEnd: () => this.#serverFinishes(),
      onRoom: () => undefined,
    });
    this.#toClient = new Pipe(world.queue, this.#random.fork(3), nature, {
      onChunk: (chunk) => this.#clientGets(chunk),
      onEnd: () => this.#clientFinishes(),
      onRoom: () => this.#met?.server.writable(),
    });
    const bindings = plain ? NO_BINDINGS : TLS_BINDINGS;
    this.transport = transportOf(this.#toServer, bindings, () => this.reset());
    this.connection = {
      address,
      plain,
      // Everybody has a machine.
      source: address.split(':')[0] ?? '',
      bindings,
      write: (parts) => this.#serverWrites(parts),
      end: () => this.#serverEnds(),
      pauseReading: () => this.#toServer.pause(),
      resumeReading: () => this.#toServer.resume(),
    };
    this.#toServer.pause();
    world.queue.after(this.#random.between(nature.latencyUs[0], nature.latencyUs[1]), () => this.#arrive());
  }

  /** Open at both ends. */
  get alive(): boolean {
    return this.#clientState === 'open' && this.#serverState === 'open';
  }

  /** The client stops reading, or goes on. */
  stall(on: boolean): void {
    if (on) this.#toClient.pause();
    else this.#toClient.resume();
  }

  calm(): void {
    this.#toServer.calm();
    this.#toClient.calm();
  }

  /** Bytes stop arriving and nobody is told. */
  silence(direction: 'both' | 'up' | 'down'): void {
    if (direction !== 'down') this.#toServer.silence();
    if (direction !== 'up') this.#toClient.silence();
  }

  /** Both sides learn, each in its time, that the connection is gone. Bytes under way are lost. */
  reset(): void {
    this.#toServer.close();
    this.#toClient.close();
    if (this.#serverState === 'dialling') this.#serverState = 'gone';
    this.#world.queue.after(this.#random.below(RESET_US_MAX), () => this.#serverLoses());
    this.#world.queue.after(this.#random.below(RESET_US_MAX), () => this.#clientLoses(new Error('reset')));
  }

  /** The process of the server is gone: it hears nothing of this any more, the client does. */
  abandon(): void {
    this.#serverState = 'gone';
    this.#cancelLinger?.();
    this.reset();
  }

  #arrive(): void {
    if (this.#serverState !== 'dialling') return;
    const met = this.#world.accept(this);
    if (typeof met === 'string') {
      this.#serverState = 'gone';
      this.#world.queue.after(this.#random.below(REFUSED_US_MAX), () => {
        if (met === 'closed') this.#clientOpens();
        this.#clientLoses(met === 'closed' ? undefined : new Error('refused'));
      });
      return;
    }
    this.#met = met;
    this.#serverState = 'open';
    this.#world.queue.after(0, () => this.#clientOpens());
    this.#toServer.resume();
  }

  #clientOpens(): void {
    if (this.#clientState !== 'dialling') return;
    this.#clientState = 'open';
    this.#world.touch();
    this.#client.onOpen();
  }

  #clientGets(chunk: Uint8Array): void {
    this.#clientOpens();
    if (this.#clientState !== 'open') return;
    this.#world.touch();
    this.#client.onData(chunk);
  }

  /** The server's FIN has arrived: the client answers with its own. */
  #clientFinishes(): void {
    this.#clientOpens();
    this.#toServer.end();
    this.#clientLoses(undefined);
    this.#closeIfDone();
  }

  #clientLoses(error: Error | undefined): void {
    if (this.#clientState === 'gone') return;
    this.#clientState = 'gone';
    this.#world.touch();
    this.#client.onClose(error);
  }

  #serverWrites(parts: readonly Uint8Array[]): boolean {
    if (this.#serverState === 'gone') return true;
    this.#met?.tap.serverWrote(parts, this.#toClient.full);
    return this.#toClient.write(parts);
  }

  /** The server ends: what it wrote is delivered, for some time; what comes in is discarded. */
  #serverEnds(): void {
    if (this.#serverState !== 'open') return;
    this.#serverState = 'ended';
    this.#met?.tap.serverEnded();
    this.#toClient.end();
    this.#toServer.resume();
    this.#cancelLinger = this.#world.queue.after(LINGER_MS * 1000, () => this.reset());
    this.#closeIfDone();
  }

  #serverGets(chunk: Uint8Array): void {
    if (this.#serverState !== 'open') return;
    this.#met?.tap.serverReceives(chunk);
    this.#met?.server.receive(chunk);
  }

  #serverFinishes(): void {
    this.#finished = true;
    if (this.#serverState !== 'open') {
      this.#closeIfDone();
      return;
    }
    this.#met?.tap.serverFinishes();
    this.#met?.server.finish();
  }

  #closeIfDone(): void {
    if (this.#serverState === 'ended' && this.#finished && this.#clientState === 'gone') {
      this.#world.queue.after(0, () => this.#serverLoses());
    }
  }

  #serverLoses(): void {
    this.#cancelLinger?.();
    if (this.#serverState === 'gone') return;
    this.#serverState = 'gone';
    this.#met?.tap.serverLoses();
    this.#met?.server.lost();
    this.#world.forget(this);
  }
}

function transportOf(pipe: Pipe, bindings: Connection['bindings'], destroy: () => void): Transport {
  return {
    bindings,
    write: (bytes) => {
      pipe.write([bytes]);
    },
    get bufferedBytes() {
      return pipe.bytes;
    },
    end: () => pipe.end(),
    destroy,
  };
}
