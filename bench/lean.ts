// A client that does as little as the protocol allows, so that the server is what is measured.
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  frameOf,
  type Joined,
  type Mode,
  type System,
  systemFrame,
} from '../src/protocol/index.ts';
import { dial, type Link, type Transport } from './link.ts';

export interface LeanOwner {
  /** Once for each Stored, in the order of the Chats. */
  onStored?(): void;
  /** Once for each entry; `payload` is valid during the call. */
  onEntry?(payload: Buffer): void;
  onJoined?(joined: Joined): void;
}

const ROOM = 'lobby';
const PREFIX_BYTES = 4;
const ALL = 2 ** 32 - 1;
const NONE = Buffer.alloc(0);
/** First bytes of payloads and of the System frames in them: field number and wire type. */
const SYSTEM = 0x22;
const PING = 0x0a;
const STORED = 0x1a;

/** Owns: one connection, one session. */
export class Lean {
  readonly link: Link;
  readonly welcome: Promise<void>;
  readonly #owner: LeanOwner;
  #onWelcome: () => void = () => undefined;
  #rest: Buffer = NONE;

  /** @param name empty: without a name */
  constructor(
    port: number,
    name: string,
    secret: Uint8Array,
    owner: LeanOwner,
    transport: Transport = 'plain',
  ) {
    this.#owner = owner;
    this.welcome = new Promise((resolve) => {
      this.#onWelcome = resolve;
    });
    this.link = dial(
      { transport, port },
      {
        onData: (chunk) => this.#receive(chunk),
        onEnd: (reason) => fail(`the server hung up: ${reason}`),
      },
    );
    const more = { versionMin: 1, versionMax: 1, capabilities: [], software: 'kentongan-bench', locale: '' };
    this.#system({
      $case: 'hello',
      value: {
        ...more,
        name,
        secret,
        beside: false,
        key: new Uint8Array(0),
        clientNonce: new Uint8Array(0),
        password: '',
      },
    });
  }

  /** @param last so many of the newest entries; all when absent */
  join(mode: Mode, last = ALL): void {
    this.send(frameOf({ $case: 'join', value: { have: undefined, last, mode } }, { room: ROOM, ref: 1 }));
  }

  send(frame: Frame): void {
    this.link.write(encodeFrame(frame));
  }

  /** Hangs up; nothing is heard any more. */
  end(): void {
    this.link.destroy();
  }

  #system(kind: NonNullable<System['kind']>): void {
    this.send(systemFrame(kind));
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at + PREFIX_BYTES <= bytes.length) {
      const end = at + PREFIX_BYTES + bytes.readUInt32BE(at);
      if (end > bytes.length) break;
      this.#take(bytes, at + PREFIX_BYTES, end);
      at = end;
    }
    this.#rest = at === bytes.length ? NONE : bytes.subarray(at);
  }

  #take(bytes: Buffer, start: number, end: number): void {
    if (bytes[start] !== SYSTEM) {
      this.#owner.onEntry?.(bytes.subarray(start, end));
      return;
    }
    // What is looked for is short: the length before its kind has one byte.
    const kind = (bytes[start + 1] ?? 0) < 128 ? bytes[start + 2] : undefined;
    if (kind === STORED) this.#owner.onStored?.();
    else this.#takeOther(bytes.subarray(start, end), kind === PING);
  }

  #takeOther(payload: Buffer, isPing: boolean): void {
    const frame = decodeFrame(payload);
    const system = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
    if (frame.seq !== 0) this.#owner.onEntry?.(payload);
    else if (isPing && system?.$case === 'ping') {
      this.#system({ $case: 'pong', value: { nonce: system.value.nonce } });
    } else if (system?.$case === 'welcome') this.#onWelcome();
    else if (system?.$case === 'joined') this.#owner.onJoined?.(system.value);
    else if (system?.$case === 'fault') fail(`fault ${system.value.code}: ${system.value.text}`);
  }
}

function fail(reason: string): never {
  throw new Error(reason);
}

/** A Chat as it goes on the wire, of which `ref` and `id` are written anew each time. */
export class ChatTemplate {
  readonly #bytes: Buffer;
  readonly #refAt: number;

  constructor(text: string) {
    const value = { content: { $case: 'text', value: text }, replyTo: 0 } as const;
    const frame = frameOf({ $case: 'chat', value }, { ref: 128, room: ROOM, id: new Uint8Array(16) });
    this.#bytes = Buffer.from(encodeFrame(frame));
    // 128 as a varint, behind its tag.
    this.#refAt = this.#bytes.lastIndexOf(Buffer.from([0x40, 0x80, 0x01])) + 1;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** @param ref 128 to 16383 */
  write(into: Buffer, at: number, ref: number, id: Uint8Array): void {
    this.#bytes.copy(into, at);
    into[at + this.#refAt] = (ref & 0x7f) | 0x80;
    into[at + this.#refAt + 1] = ref >> 7;
    into.set(id, at + this.#bytes.length - id.length);
  }
}
