// A real Hub over in-memory connections, with a clock, randomness and storage that the test owns. Clients
// are driven by frames made from docs/protocol.md, and what comes back is decoded by the same tables.
import { createHash } from 'node:crypto';
import { Hub } from '../../src/core/hub.ts';
import { nodeCrypto } from '../../src/server/node-ports.ts';
import type { HubOptions } from '../../src/core/options.ts';
import type { BoundName, Connection, ServerEvent } from '../../src/core/ports.ts';
import type { SessionInput } from '../../src/core/session.ts';
import type { RoomLog } from '../../src/roomlog/roomlog.ts';
import { GatedLog } from './gated-log.ts';
import { NamesInMemory } from './names-in-memory.ts';
import { type Json, SpecCodec, toHex, unframe } from './spec-codec.ts';
import { readSpec } from './spec.ts';

const spec = readSpec();
export const codec = new SpecCodec(spec);
/** 2026-11-22T19:03:11.245+07:00 */
export const TIME = 1_795_348_991_245;

/** Where a connection comes from, and what can be known of it. Default: in plain over a network. */
export type ConnectOptions = Partial<Pick<Connection, 'plain' | 'source' | 'bindings'>>;

/** What an earlier Rig has left on its disk. */
export interface Remains {
  readonly storage: RoomLog;
  readonly names?: readonly BoundName[];
}

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

export class Rig {
  readonly hub: Hub;
  readonly log: GatedLog;
  readonly names: NamesInMemory;
  readonly events: ServerEvent[] = [];
  #now = 0;
  #randoms = 0;
  #deferred: (() => void)[] = [];
  #timers: Timer[] = [];

  constructor(options: Partial<HubOptions> = {}, from?: Remains) {
    const random = (length: number): Uint8Array => this.#random(length);
    const defer = (callback: () => void): void => {
      this.#deferred.push(callback);
    };
    const now = (): number => TIME + this.#now;
    const crypto = { random, sha256, verify: nodeCrypto.verify };
    this.log = new GatedLog({ crypto, now, defer }, from?.storage);
    const after = (ms: number, callback: () => void): (() => void) => {
      const timer = { at: this.#now + ms, callback };
      this.#timers.push(timer);
      return () => {
        this.#timers = this.#timers.filter((one) => one !== timer);
      };
    };
    const clock = { now, monotonic: () => this.#now, after, defer };
    const observe = (event: ServerEvent): void => {
      this.events.push(event);
    };
    this.names = new NamesInMemory(defer, from?.names);
    this.hub = new Hub(
      this.log,
      { clock, crypto, observe, names: this.names },
      { software: 'kentongan 0.1.0', ...options },
    );
  }

  get deferred(): (callback: () => void) => void {
    return (callback) => this.#deferred.push(callback);
  }

  /** Lets everything happen that needs no time. */
  settle(): void {
    for (let turn = 0; this.#deferred.length > 0; turn++) {
      if (turn > 100_000) throw new Error('this never settles');
      this.#deferred.shift()?.();
    }
  }

  /** Lets `ms` pass. */
  advance(ms: number): void {
    const end = this.#now + ms;
    this.settle();
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      this.settle();
    }
    this.#now = end;
  }

  /** A connection that has said nothing yet. */
  connect(options: ConnectOptions = {}): Client {
    const client = new Client(this, options);
    client.input = this.hub.accept(client);
    return client;
  }

  /** A session with this name and a secret made from it, greeted; its Welcome is taken. */
  enter(name: string, hello: Json = {}, options: ConnectOptions = {}): Client {
    const client = this.connect(options);
    client.send(helloFrame(name, hello));
    const welcome = client.takeOne('welcome');
    client.welcome = welcome['system'] as Json;
    return client;
  }

  /** As `enter`, and in a room; what comes with the Joined is taken. */
  member(name: string, room = 'lobby', join: Json = {}): Client {
    const client = this.enter(name);
    client.join(room, join);
    return client;
  }

  #random(length: number): Uint8Array {
    const bytes: number[] = [];
    while (bytes.length < length)
      bytes.push(...sha256(new TextEncoder().encode(`random ${this.#randoms++}`)));
    return Uint8Array.from(bytes.slice(0, length));
  }
}

/** One client's connection. It answers Pings unless told not to, and then keeps them from the test. */
export class Client implements Connection {
  readonly address = '192.0.2.7:40000';
  readonly plain: boolean;
  readonly source: string;
  readonly bindings: Connection['bindings'];
  input: SessionInput | undefined;
  welcome: Json = {};
  /** The server has ended its direction. */
  ended = false;
  /** The server reads. */
  reading = true;
  /** What `write` says; false means that the transport is full. */
  accepting = true;
  /** Pings are answered at once. */
  answering = true;
  readonly #rig: Rig;
  #raw: Uint8Array[] = [];
  readonly #inbox: Json[] = [];
  /** What has arrived since the beginning, prefixes included. */
  bytes = 0;
  /** The largest payload that has arrived. */
  payloadMax = 0;

  constructor(rig: Rig, { plain = true, source = '192.0.2.7', bindings = new Map() }: ConnectOptions) {
    this.#rig = rig;
    this.plain = plain;
    this.source = source;
    this.bindings = bindings;
  }

  // As the server sees it

  write(parts: readonly Uint8Array[]): boolean {
    if (this.ended) throw new Error('written after the end');
    for (const part of parts) {
      for (const payload of unframe(part)) {
        this.bytes += payload.length + 4;
        this.payloadMax = Math.max(this.payloadMax, payload.length);
        this.#arrive(payload);
      }
    }
    return this.accepting;
  }

  end(): void {
    this.ended = true;
  }

  pauseReading(): void {
    this.reading = false;
  }

  resumeReading(): void {
    this.reading = true;
  }

  #arrive(payload: Uint8Array): void {
    // Nothing but a Ping or a Pong is a System so short; everything else is decoded when a test looks at it.
    const ping =
      this.answering && payload[0] === 0x22 && payload.length < 20
        ? systemOf(codec.decode('Frame', payload), 'ping')
        : undefined;
    if (ping === undefined) this.#raw.push(payload);
    else this.#rig.deferred(() => this.input?.receive(codec.frame({ system: { pong: ping } })));
  }

  get #arrived(): Json[] {
    for (const payload of this.#raw) this.#inbox.push(codec.decode('Frame', payload));
    this.#raw = [];
    return this.#inbox;
  }

  // As the test sees it

  /** Sends frames, and lets what follows happen. */
  send(...frames: readonly Json[]): void {
    for (const frame of frames) this.input?.receive(codec.frame(frame));
    this.#rig.settle();
  }

  sendBytes(bytes: Uint8Array): void {
    this.input?.receive(bytes);
    this.#rig.settle();
  }

  /** The client says no more. */
  finish(): void {
    this.input?.finish();
    this.#rig.settle();
  }

  /** The connection breaks. */
  drop(): void {
    const input = this.input;
    this.input = undefined;
    input?.lost();
    this.#rig.settle();
  }

  /** Everything that has arrived since the last time. */
  take(): Json[] {
    return this.#arrived.splice(0);
  }

  /** The next frame of this kind; the ones before it are dropped. */
  takeOne(kind: string): Json {
    const arrived = this.#arrived;
    const at = arrived.findIndex((frame) => kindOf(frame) === kind);
    const found = arrived[at];
    if (found === undefined) throw new Error(`no ${kind} in ${JSON.stringify(arrived)}`);
    arrived.splice(0, at + 1);
    return found;
  }

  /** The kinds of what has arrived, taken. */
  kinds(): string[] {
    return this.take().map(kindOf);
  }

  join(room: string, join: Json = {}, ref = 1000): Json {
    this.send({ join, ref, room });
    const answer = this.take();
    const joined = answer.find((frame) => kindOf(frame) === 'joined');
    if (joined === undefined) throw new Error(`not joined: ${JSON.stringify(answer)}`);
    return joined;
  }

  /** The fault that has arrived; everything is taken. */
  fault(): Json & { readonly code: string } {
    const faults = this.take().filter((frame) => kindOf(frame) === 'fault');
    const [frame] = faults;
    if (frame === undefined || faults.length > 1) throw new Error(`not one fault: ${JSON.stringify(faults)}`);
    const { ref, room } = frame;
    const fault = systemOf(frame, 'fault') as Json & { readonly code: string };
    return { ...fault, ...(ref === undefined ? {} : { ref }), ...(room === undefined ? {} : { room }) };
  }
}

/** The name of a frame's kind, of a System's kind for a System. */
export function kindOf(frame: Json): string {
  const system = frame['system'] as Json | undefined;
  const [kind = 'none'] = Object.keys(system ?? {});
  if (system !== undefined) return kind;
  return ['join', 'leave', 'chat'].find((name) => name in frame) ?? 'none';
}

/** A text of a frame or message; '' where there is none. */
export function textOf(json: Json | undefined, field: string): string {
  const value = json?.[field];
  return typeof value === 'string' ? value : '';
}

export function systemOf(frame: Json, kind: string): Json | undefined {
  return (frame['system'] as Json | undefined)?.[kind] as Json | undefined;
}

/** A secret that belongs to this name. */
export function secretOf(name: string): string {
  return toHex(sha256(new TextEncoder().encode(`secret of ${name}`)));
}

export function userOf(name: string): string {
  return toHex(sha256(Buffer.from(secretOf(name), 'hex')).subarray(0, 8));
}

export function helloFrame(name: string, hello: Json = {}): Json {
  const secret = name === '' ? {} : { secret: secretOf(name) };
  return { system: { hello: { version_min: 1, version_max: 1, name, ...secret, ...hello } }, ref: 900 };
}

/** An id made from a number. */
export function idOf(number: number): string {
  return `019ab0e1c5d07000${number.toString(16).padStart(16, '0')}`;
}

export function chatFrame(number: number, text = `line ${number}`, room = 'lobby'): Json {
  return { chat: { text }, ref: number, room, id: idOf(number) };
}

export function sha256(data: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(data).digest());
}
