// A client of an attacker that keeps to the protocol as far as it serves it: comes in, asks, and hears the answers.
import type { Target } from '../../bench/link.ts';
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  frameOf,
  FrameSplitter,
  Mode,
  type System,
  systemFrame,
} from '../../src/protocol/index.ts';
import type { Random } from '../support/random.ts';
import { Raw } from './raw.ts';

export type SystemKind = NonNullable<System['kind']>;

export interface MindOwner {
  /** Every answer but Ping, which is answered. */
  onAnswer?(frame: Frame, system: SystemKind): void;
  onEntry?(frame: Frame): void;
  /** Once; `code`: the closing fault, 0 = none. */
  onEnd?(code: number, reason: string): void;
}

export interface Hello {
  readonly name: string;
  readonly password?: string;
}

/** Owns: one session. */
export class Mind {
  readonly raw: Raw;
  readonly #owner: MindOwner;
  readonly #splitter = new FrameSplitter();
  #code = 0;
  #isOver = false;

  constructor(target: Target, random: Random, owner: MindOwner) {
    this.#owner = owner;
    this.raw = new Raw(target, random, {
      onBytes: (bytes) => this.#hear(bytes),
      onFin: () => this.#end('said no more'),
      onEnd: ({ reason }) => this.#end(reason),
      onViolation: (text) => this.#end(text),
    });
  }

  send(...frames: readonly Frame[]): void {
    this.raw.write(Buffer.concat(frames.map((frame) => encodeFrame(frame))));
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owner.onEnd?.(this.#code, reason);
  }

  #hear(bytes: Buffer): void {
    this.#splitter.write(bytes);
    for (let payload = this.#splitter.next(); payload !== undefined; payload = this.#splitter.next()) {
      this.#take(decodeFrame(payload));
    }
  }

  #take(frame: Frame): void {
    if (frame.seq !== 0) {
      this.#owner.onEntry?.(frame);
      return;
    }
    const system = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
    if (system?.$case === 'ping') {
      this.send(systemFrame({ $case: 'pong', value: { nonce: system.value.nonce } }));
    } else if (system !== undefined) {
      if (system.$case === 'fault' && system.value.code >= 3_000) this.#code = system.value.code;
      this.#owner.onAnswer?.(frame, system);
    }
  }
}

export function helloFrame({ name, password = '' }: Hello, random: Random, ref = 0): Frame {
  const value = {
    versionMin: 1,
    versionMax: 1,
    capabilities: [],
    name,
    secret: random.bytes(32),
    beside: false,
    key: new Uint8Array(0),
    clientNonce: new Uint8Array(0),
    password,
    software: '',
    locale: '',
  };
  return systemFrame({ $case: 'hello', value }, { ref });
}

export function joinFrame(room: string, ref: number, mode: Mode = Mode.MEMBER): Frame {
  return frameOf({ $case: 'join', value: { have: undefined, last: 0, mode } }, { room, ref });
}

export function chatFrame(room: string, ref: number, id: Uint8Array, text: string): Frame {
  const value = { content: { $case: 'text', value: text }, replyTo: 0 } as const;
  return frameOf({ $case: 'chat', value }, { room, ref, id });
}
