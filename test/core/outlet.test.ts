// Whatever is said, pulled, answered and refused: what goes out on one connection stays within the window, in
// order, and all of it comes in the end (docs/protocol.md §11).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Outlet, type Source } from '../../src/core/outlet.ts';
import type { Connection } from '../../src/core/ports.ts';
import { payloadsOf } from '../../src/protocol/frame.ts';
import { withPrefix } from '../../src/protocol/framing.ts';
import { decodeFrame, limits } from '../../src/protocol/index.ts';
import { runs } from '../runs.ts';

const WINDOW = limits.WINDOW_BYTES_MIN;
const STREAM = 1;
const ANSWER = 2;

function holds(condition: boolean, what: string): void {
  expect(condition, what).toBe(true);
}

/** A payload that says what it is: its kind, where from and the how manieth. Never shorter than six bytes. */
function mark(kind: number, from: number, number: number, size: number): Uint8Array {
  const payload = new Uint8Array(Math.max(size, 6));
  payload.set([kind, from]);
  new DataView(payload.buffer).setUint32(2, number);
  return withPrefix(payload);
}

/** The other end of the connection: counts by itself what the protocol says is to be counted. */
class Peer implements Connection {
  readonly address = 'test';
  readonly plain = false;
  readonly source = 'test';
  readonly bindings = new Map();
  accepts = true;
  blocked = false;
  readonly nonces: Uint8Array[] = [];
  readonly #streamBefore: number[] = [];
  #stream = 0;
  #streamAnswered = 0;
  /** By where from: how many frames have come. */
  readonly came = new Map<string, number>();

  write(parts: readonly Uint8Array[]): boolean {
    holds(!this.blocked, 'nothing is written into a full transport');
    for (const part of parts) for (const payload of payloadsOf(part)) this.#take(payload);
    this.blocked = !this.accepts;
    return this.accepts;
  }

  end(): void {}
  pauseReading(): void {}
  resumeReading(): void {}

  /** Answers the oldest Ping. */
  pong(outlet: Outlet): void {
    const nonce = this.nonces.shift();
    if (nonce === undefined) return;
    this.#streamAnswered = this.#streamBefore.shift() ?? 0;
    holds(outlet.pong(nonce), 'a Pong for the oldest Ping is taken');
  }

  #take(payload: Uint8Array): void {
    const [kind = 0, from = 0] = payload;
    if (kind !== STREAM && kind !== ANSWER) {
      this.#takePing(payload);
      return;
    }
    const key = `${kind} ${from}`;
    const number = new DataView(payload.buffer, payload.byteOffset).getUint32(2);
    holds(number === (this.came.get(key) ?? 0), 'frames come in order, each once');
    this.came.set(key, number + 1);
    if (kind === ANSWER) return;
    this.#stream += payload.length + limits.PREFIX_BYTES;
    holds(this.#stream - this.#streamAnswered <= WINDOW, 'KTG-11.1');
  }

  #takePing(payload: Uint8Array): void {
    const { kind } = decodeFrame(payload);
    const ping = kind?.$case === 'system' ? kind.value.kind : undefined;
    if (ping?.$case !== 'ping') throw new Error('neither marked nor a Ping');
    this.nonces.push(ping.value.nonce);
    this.#streamBefore.push(this.#stream);
    holds(this.nonces.length <= limits.PINGS_OUTSTANDING_MAX, 'KTG-11.2: at most 8');
  }
}

/** Frames of given sizes, as many at once as fit. */
class Frames implements Source {
  readonly #frames: Uint8Array[] = [];
  readonly #from: number;
  #made = 0;
  atHead = true;

  constructor(from: number) {
    this.#from = from;
  }

  add(size: number): void {
    this.#frames.push(mark(STREAM, this.#from, this.#made++, size));
  }

  pull(budget: number): Uint8Array | 'idle' | 'full' {
    if (this.#frames.length === 0) return 'idle';
    let bytes = 0;
    let count = 0;
    for (const { length } of this.#frames) {
      if (bytes + length > budget) break;
      bytes += length;
      count++;
    }
    return count === 0 ? 'full' : Uint8Array.from(Buffer.concat(this.#frames.splice(0, count)));
  }

  get made(): number {
    return this.#made;
  }
}

const SOURCES = 3;
const size = fc.oneof(fc.integer({ min: 6, max: 300 }), fc.integer({ min: 6, max: limits.FRAME_BYTES_MAX }));
const step = fc.oneof(
  fc.record({ do: fc.constantFrom('stream' as const, 'last'), source: fc.nat(SOURCES - 1), size }),
  fc.record({
    do: fc.constantFrom('answer' as const),
    source: fc.constant(0),
    size: fc.integer({ min: 6, max: 300 }),
  }),
  fc.record({
    do: fc.constantFrom('pump' as const, 'pump', 'pong', 'pong', 'ping', 'block', 'writable'),
    source: fc.constant(0),
    size: fc.constant(0),
  }),
);

test('KTG-11.1 KTG-11.2 within the window, in order, and everything in the end', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const peer = new Peer();
      let number = 0;
      const random = (length: number): Uint8Array => new Uint8Array(length).fill(number++ % 251);
      const outlet = new Outlet(peer, WINDOW, random, () => {});
      const sources = Array.from({ length: SOURCES }, (_, i) => new Frames(i));
      for (const source of sources) outlet.add(source);
      const writable = (): void => {
        peer.accepts = true;
        peer.blocked = false;
        outlet.writable();
      };
      let answers = 0;
      for (const { do: what, source, size: bytes } of steps) {
        if (what === 'stream' || what === 'last') sources[source]?.add(bytes);
        // What a room still has to say goes before an answer: its Left.
        if (what === 'last') outlet.drain(sources[source] as Frames);
        if (what === 'last' || what === 'answer') outlet.answer(mark(ANSWER, 0, answers++, 6));
        if (what === 'ping') outlet.ping();
        if (what === 'pong') peer.pong(outlet);
        if (what === 'block') peer.accepts = false;
        if (what === 'writable') writable();
        if (what === 'pump') outlet.pump();
      }
      // A client that answers gets everything, without waiting for a time to pass.
      writable();
      for (let i = 0; i < 2 * steps.length + 20; i++) {
        outlet.pump();
        peer.pong(outlet);
      }
      for (const [i, source] of sources.entries())
        expect(peer.came.get(`${STREAM} ${i}`) ?? 0).toBe(source.made);
      expect(peer.came.get(`${ANSWER} 0`) ?? 0).toBe(answers);
    }),
    runs(300),
  );
});

test('an answer stands before what was pulled behind it: Joined before its entries', () => {
  const order: number[] = [];
  const connection: Connection = {
    address: 'test',
    plain: false,
    source: 'test',
    bindings: new Map(),
    write: (parts) => {
      for (const part of parts) for (const [kind = 0] of payloadsOf(part)) order.push(kind);
      return true;
    },
    end: () => {},
    pauseReading: () => {},
    resumeReading: () => {},
  };
  const outlet = new Outlet(
    connection,
    WINDOW,
    (length) => new Uint8Array(length),
    () => {},
  );
  outlet.answer(mark(ANSWER, 0, 0, 6));
  const source = new Frames(0);
  source.add(100);
  outlet.add(source);
  outlet.pump();
  expect(order).toEqual([ANSWER, STREAM]);
});

test('KTG-11.5 a Pong is taken for the oldest Ping alone', () => {
  const peer = new Peer();
  let number = 0;
  const outlet = new Outlet(
    peer,
    WINDOW,
    (length) => new Uint8Array(length).fill(number++),
    () => {},
  );
  for (let i = 0; i < 3; i++) {
    outlet.ping();
    outlet.pump();
  }
  expect(peer.nonces.length).toBe(3);
  for (const nonce of peer.nonces.slice(1)) expect(outlet.pong(nonce)).toBe(false);
  for (const nonce of peer.nonces) expect(outlet.pong(nonce)).toBe(true);
  expect(outlet.pong(new Uint8Array(8).fill(2))).toBe(false);
});
