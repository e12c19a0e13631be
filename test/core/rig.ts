// A real hub over a real memory engine, with time in the test's hand and clients that speak raw frames.
import { createHash, randomBytes } from 'node:crypto';
import { Hub } from '../../src/core/hub.ts';
import { nodeCrypto } from '../../src/server/node-ports.ts';
import type { HubOptions } from '../../src/core/options.ts';
import type { Connection, NameStore, ServerEvent } from '../../src/core/ports.ts';
import type { SessionInput } from '../../src/core/session.ts';
import {
  Binding,
  decodeFrame,
  encodeFrame,
  type Frame,
  FrameSplitter,
  frameOf,
  type Hello,
  type Join,
  proofMessage,
  systemFrame,
} from '../../src/protocol/index.ts';
import type { ProofFacts } from '../../src/protocol/proof.ts';
import { MemoryLog } from '../../src/roomlog/memory.ts';
import type { RoomLog } from '../../src/roomlog/roomlog.ts';
import { type KeyPair, keyPairOf } from '../support/key.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** Nothing happens between two calls of `run`. */
export class ManualClock {
  #now = 1_000_000;
  #timers = new Set<Timer>();
  #deferred: Array<() => void> = [];

  now = (): number => 1_790_000_000_000 + this.#now;
  monotonic = (): number => this.#now;
  defer = (callback: () => void): void => {
    this.#deferred.push(callback);
  };
  after = (ms: number, callback: () => void): (() => void) => {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Runs everything that is due now. */
  run(): void {
    for (let turns = 0; this.#deferred.length > 0; turns++) {
      if (turns > 10_000) throw new Error('the turns never end');
      const deferred = this.#deferred;
      this.#deferred = [];
      for (const callback of deferred) callback();
    }
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    this.run();
    for (;;) {
      const next = [...this.#timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      this.run();
    }
    this.#now = until;
  }
}

export const crypto = {
  random: (length: number): Uint8Array => new Uint8Array(randomBytes(length)),
  sha256: (data: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(data).digest()),
  verify: nodeCrypto.verify,
};

/** Where a client is: by default on TLS. */
export type Place = Partial<Pick<Connection, 'plain' | 'source' | 'bindings'>>;

/** The server's certificate, as everybody sees it who is not lied to. */
export const CERTIFICATE = new Uint8Array(32).fill(0xce);
const TLS = new Map([[Binding.CERTIFICATE, CERTIFICATE]]);

/** A client that says what it is told to and answers pings unless told not to. */
export class RawClient implements Connection {
  readonly address = 'test';
  readonly plain: boolean;
  readonly source: string;
  readonly bindings: Connection['bindings'];
  readonly frames: Frame[] = [];
  ended = false;
  paused = false;
  answersPings = true;
  accepts = true;
  secret = crypto.random(32);
  readonly clientNonce = crypto.random(16);
  readonly #rig: Rig;
  readonly #splitter = new FrameSplitter();
  readonly session: SessionInput;

  /** @param place where it is, or the source alone */
  constructor(rig: Rig, place: Place | string = {}) {
    const {
      plain = false,
      source = 'test',
      bindings,
    } = typeof place === 'string' ? { source: place } : place;
    this.#rig = rig;
    this.plain = plain;
    this.source = source;
    this.bindings = bindings ?? (plain ? new Map() : TLS);
    const session = rig.hub.accept(this);
    if (session === undefined) throw new Error('not accepted');
    this.session = session;
  }

  write(parts: readonly Uint8Array[]): boolean {
    for (const part of parts) this.#splitter.write(part);
    for (let payload = this.#splitter.next(); payload !== undefined; payload = this.#splitter.next()) {
      const frame = decodeFrame(payload.slice());
      this.frames.push(frame);
      const kind = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
      if (kind?.$case === 'ping' && this.answersPings) {
        const { nonce } = kind.value;
        this.#rig.clock.defer(() => this.send(systemFrame({ $case: 'pong', value: { nonce } })));
      }
    }
    return this.accepts;
  }

  end(): void {
    this.ended = true;
    this.#rig.clock.defer(() => this.session.lost());
  }

  pauseReading(): void {
    this.paused = true;
  }

  resumeReading(): void {
    this.paused = false;
  }

  send(...frames: Frame[]): void {
    for (const frame of frames) this.session.receive(encodeFrame(frame));
  }

  hello(name: string, more: Partial<Hello> = {}, ref = 1): Frame[] {
    return this.ask(this.helloFrame(name, more, ref));
  }

  helloFrame(name: string, more: Partial<Hello> = {}, ref = 1): Frame {
    const secret = name === '' ? new Uint8Array(0) : this.secret;
    const hello = {
      versionMin: 1,
      versionMax: 1,
      capabilities: [],
      name,
      secret,
      beside: false,
      key: new Uint8Array(0),
      clientNonce: new Uint8Array(0),
      password: '',
    };
    const value = { ...hello, software: 'test', locale: '', ...more };
    return systemFrame({ $case: 'hello', value }, { ref });
  }

  /** A Hello with a key; its answer is a Challenge, or it is refused. */
  helloWithKey(name: string, pair: KeyPair, more: Partial<Hello> = {}, ref = 1): Frame[] {
    return this.ask(this.helloFrame(name, { ...this.keyOf(pair), ...more }, ref));
  }

  /** What a Hello says of a key. */
  keyOf({ key }: KeyPair): Pick<Hello, 'key' | 'clientNonce' | 'secret'> {
    return { key, clientNonce: this.clientNonce, secret: new Uint8Array(0) };
  }

  /** Answers the newest Challenge. @param lies what is signed in place of what is true */
  prove(name: string, pair: KeyPair, lies: Partial<ProofFacts> = {}, ref = 1): Frame[] {
    const { clientNonce, nonce = new Uint8Array(32) } = this;
    const binding = lies.binding ?? Binding.CERTIFICATE;
    const bound = this.bindings.get(binding) ?? CERTIFICATE;
    const facts = { nonce, clientNonce, binding, bound, key: pair.key, name, ...lies };
    const value = { binding, signature: pair.sign(proofMessage(facts)) };
    return this.ask(systemFrame({ $case: 'proof', value }, { ref }));
  }

  /** The nonce of the newest Challenge. */
  get nonce(): Uint8Array | undefined {
    for (const { kind } of this.frames.toReversed()) {
      const system = kind?.$case === 'system' ? kind.value.kind : undefined;
      if (system?.$case === 'challenge') return system.value.nonce;
    }
    return undefined;
  }

  /** Comes in by a key. */
  login(name: string, pair: KeyPair, more: Partial<Hello> = {}): Frame[] {
    const challenge = this.helloWithKey(name, pair, more);
    return [...challenge, ...this.prove(name, pair)];
  }

  join(room: string, join: Partial<Join> = {}, ref = 2): Frame[] {
    const value = { have: undefined, last: 0, mode: 0 as const, ...join };
    return this.ask(frameOf({ $case: 'join', value }, { ref, room }));
  }

  say(room: string, text: string, id = crypto.random(16), ref = 3): Frame[] {
    const value = { content: { $case: 'text' as const, value: text }, replyTo: 0 };
    return this.ask(frameOf({ $case: 'chat', value }, { ref, room, id }));
  }

  /** Sends and gives everything that came back once nothing moves any more. */
  ask(...frames: Frame[]): Frame[] {
    const before = this.frames.length;
    this.send(...frames);
    this.#rig.clock.run();
    return this.frames.slice(before);
  }
}

export class Rig {
  readonly clock = new ManualClock();
  readonly events: ServerEvent[] = [];
  readonly log: RoomLog;
  readonly hub: Hub;

  constructor(
    options: Partial<HubOptions> = {},
    makeLog?: (clock: ManualClock) => RoomLog,
    makeNames?: (clock: ManualClock) => NameStore,
  ) {
    const { now, defer } = this.clock;
    this.log = makeLog?.(this.clock) ?? new MemoryLog({ crypto, now, defer });
    const observe = (event: ServerEvent): void => {
      this.events.push(event);
    };
    const names = makeNames?.(this.clock);
    const ports = { clock: this.clock, crypto, observe, ...(names === undefined ? {} : { names }) };
    this.hub = new Hub(this.log, ports, { software: 'test', ...options });
  }

  client(name?: string, room?: string, place?: Place | string): RawClient {
    const client = new RawClient(this, place);
    if (name !== undefined) client.hello(name);
    if (room !== undefined) client.join(room);
    return client;
  }
}

export function newKey(): KeyPair {
  return keyPairOf(crypto.random(32));
}

/** A frame's kind in one word; entries by theirs. */
export function kindOf(frame: Frame): string {
  return frame.kind?.$case === 'system'
    ? (frame.kind.value.kind?.$case ?? 'none')
    : (frame.kind?.$case ?? 'none');
}

/** The fault codes among these frames. */
export function faultsOf(frames: readonly Frame[]): number[] {
  return frames.flatMap(({ kind }) => {
    const system = kind?.$case === 'system' ? kind.value.kind : undefined;
    return system?.$case === 'fault' ? [system.value.code] : [];
  });
}
