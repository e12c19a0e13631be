// The real hub on the memory engine, driven frame by frame with nothing left to chance.
import { createHash } from 'node:crypto';
import { Hub } from '../../src/core/hub.ts';
import { nodeCrypto } from '../../src/server/node-ports.ts';
import type { SessionInput } from '../../src/core/session.ts';
import { encodeFrame, Frame, faultName, frameOf, type System } from '../../src/protocol/index.ts';
import { MemoryLog } from '../../src/roomlog/memory.ts';
import { PlainSplitter } from '../sim/splitter.ts';
import { EventQueue } from '../support/event-queue.ts';
import { Random } from '../support/random.ts';

type SystemKind = NonNullable<System['kind']>;
export const GRACE_MS = 5_000;
export const ROOM = 'lobby';

/** One connection: what it sent is answered when `settle` returns. */
export class Wire {
  readonly heard: Frame[] = [];
  readonly #input: SessionInput | undefined;
  readonly #splitter = new PlainSplitter();
  #ref = 0;
  #over = false;

  constructor(hub: Hub) {
    this.#input = hub.accept({
      address: 'model',
      plain: false,
      source: 'test',
      bindings: new Map(),
      write: (parts) => {
        for (const part of parts) for (const payload of this.#splitter.frames(part)) this.#hear(payload);
        return true;
      },
      end: () => this.lose(),
      pauseReading: () => undefined,
      resumeReading: () => undefined,
    });
  }

  get isOver(): boolean {
    return this.#over;
  }

  send(kind: NonNullable<Frame['kind']>, fields: Partial<Frame> = {}): number {
    const ref = ++this.#ref;
    this.#input?.receive(encodeFrame(frameOf(kind, { room: ROOM, ref, ...fields })));
    return ref;
  }

  ask(kind: SystemKind, room = ROOM): number {
    return this.send({ $case: 'system', value: { kind } }, { room });
  }

  /** The answer to a request, in one word or as a message. */
  answer(ref: number): SystemKind | undefined {
    const frame = this.heard.find((each) => each.ref === ref);
    return frame?.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
  }

  lose(): void {
    if (this.#over) return;
    this.#over = true;
    this.#input?.lost();
  }

  #hear(payload: Uint8Array): void {
    const frame = Frame.decode(payload.slice());
    this.heard.push(frame);
    const system = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
    if (system?.$case === 'ping') {
      this.send(
        { $case: 'system', value: { kind: { $case: 'pong', value: system.value } } },
        { room: '', ref: 0 },
      );
    }
  }
}

export class RealRoom {
  readonly hub: Hub;
  readonly #queue = new EventQueue(new Random(1));

  constructor() {
    const random = new Random(2);
    const crypto = {
      random: (length: number) => random.bytes(length),
      sha256: (data: Uint8Array) => createHash('sha256').update(data).digest(),
      verify: nodeCrypto.verify,
    };
    const now = (): number => 1_795_000_000_000 + Math.floor(this.#queue.now / 1_000);
    const defer = (callback: () => void): void => {
      this.#queue.after(1, callback);
    };
    const log = new MemoryLog({ crypto, now, defer });
    const clock = {
      now,
      monotonic: () => this.#queue.now / 1_000,
      after: (ms: number, callback: () => void) => this.#queue.after(ms * 1_000, callback),
      defer,
    };
    this.hub = new Hub(
      log,
      { clock, crypto, observe: () => undefined },
      { software: 'model', graceMs: GRACE_MS },
    );
  }

  connect(name: string): Wire {
    const wire = new Wire(this.hub);
    const secret = new Uint8Array(32).fill(name.charCodeAt(0));
    const value = {
      versionMin: 1,
      versionMax: 1,
      capabilities: [],
      name,
      secret,
      beside: false,
      key: new Uint8Array(0),
      clientNonce: new Uint8Array(0),
      password: '',
      software: '',
      locale: '',
    };
    wire.ask({ $case: 'hello', value }, '');
    this.settle();
    return wire;
  }

  /** Lets everything under way come to its end, without time passing to speak of. */
  settle(): void {
    this.pass(1);
  }

  pass(ms: number): void {
    const until = this.#queue.now + ms * 1_000;
    while (this.#queue.step(until)) {
      // One thing after the other.
    }
  }
}

/** A fault's name, or what else the answer is. */
export function wordFor(answer: SystemKind | undefined): string {
  if (answer === undefined) return 'nothing';
  return answer.$case === 'fault' ? faultName(answer.value.code) : answer.$case;
}
