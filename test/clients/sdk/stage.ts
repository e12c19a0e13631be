// A client and a server that says exactly what a test wants, with time in the test's hand.
import {
  ChatClient,
  type ClientError,
  type ClientOptions,
  type Dial,
  type RoomView,
  type SdkClock,
  type Transport,
  type TransportListener,
} from '../../../clients/sdk/index.ts';
import {
  type Author,
  decodeFrame,
  encodeFrame,
  type FaultCode,
  type Frame,
  FrameSplitter,
  frameOf,
  type Joined,
  Mark,
  Status,
  type System,
  systemFrame,
  type Welcome,
} from '../../../src/protocol/index.ts';

type SystemKind = NonNullable<System['kind']>;
type SystemCase = SystemKind['$case'];
type ValueOf<C extends SystemCase> = Extract<SystemKind, { $case: C }>['value'];

/** Time stands still but in `advance`. */
class HandClock implements SdkClock {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  now = (): number => 1_700_000_000_000 + this.#now;
  monotonic = (): number => this.#now;

  after = (ms: number, callback: () => void): (() => void) => {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = until;
  }
}

/** The server's end of one connection. */
export class Peer {
  readonly frames: Frame[] = [];
  /** What the client did to it. */
  fate: 'open' | 'ended' | 'destroyed' = 'open';
  bufferedBytes = 0;
  readonly #listener: TransportListener;
  readonly #splitter = new FrameSplitter();
  #seen = 0;
  #closed = false;

  constructor(listener: TransportListener) {
    this.#listener = listener;
  }

  take(bytes: Uint8Array): void {
    this.#splitter.write(bytes);
    for (let payload = this.#splitter.next(); payload !== undefined; payload = this.#splitter.next()) {
      this.frames.push(decodeFrame(payload.slice()));
    }
  }

  /** What the client has sent since the last call. */
  news(): Frame[] {
    const news = this.frames.slice(this.#seen);
    this.#seen = this.frames.length;
    return news;
  }

  /** All frames in one chunk. */
  say(...frames: Frame[]): void {
    this.sayBytes(Buffer.concat(frames.map((frame) => encodeFrame(frame))));
  }

  sayBytes(bytes: Uint8Array): void {
    if (this.fate === 'open') this.#listener.onData(bytes);
  }

  /** The connection is gone. */
  drop(error?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.onClose(error);
  }
}

export const LOG_A = new Uint8Array(16).fill(0xaa);
export const LOG_B = new Uint8Array(16).fill(0xbb);
export const ALICE = authorOf('alice', 1);
export const BOB = authorOf('bob', 2);
export const CAROL = authorOf('carol', 3);

export function authorOf(name: string, number: number): Author {
  return { name, user: new Uint8Array(8).fill(number), mark: Mark.GUEST, plain: false };
}

export const userHex = (author: Author): string => Buffer.from(author.user).toString('hex');

export function system<C extends SystemCase>(
  $case: C,
  value: ValueOf<C>,
  fields: Partial<Frame> = {},
): Frame {
  return systemFrame({ $case, value } as SystemKind, fields);
}

export function welcome(fields: Partial<Welcome> = {}): Frame {
  return system(
    'welcome',
    {
      version: 1,
      capabilities: [],
      serverId: new Uint8Array(16),
      software: 'stage',
      name: 'alice',
      user: ALICE.user,
      mark: Mark.GUEST,
      limits: { frameBytes: 65_536, textBytes: 16_384, rooms: 64, inFlight: 64, rate: 0, burst: 0 },
      windowBytes: 131_072,
      pingIntervalMs: 15_000,
      stallMs: 30_000,
      graceMs: 30_000,
      rooms: [],
      now: 0,
      logsPrivate: false,
      ...fields,
    },
    { ref: 1 },
  );
}

export function joined(ref: number, room: string, fields: Partial<Joined> = {}): Frame {
  const value = {
    status: Status.FRESH,
    logId: LOG_A,
    first: 1,
    newest: 0,
    oldest: 1,
    durability: 1 as const,
    peer: undefined,
    ...fields,
  };
  return system('joined', value, { ref, room });
}

export function roster(room: string, asOf: number, members: Author[], last = true, listeners = 0): Frame {
  return system('roster', { asOf, members, listeners, last }, { room });
}

const stamp = (seq: number): Partial<Frame> => ({ seq, time: 1_000 + seq, check: 7_000 + seq });

export function chat(room: string, seq: number, text: string, author = BOB, id = idOf(seq)): Frame {
  const content = { $case: 'text' as const, value: text };
  return frameOf({ $case: 'chat', value: { content, replyTo: 0 } }, { room, author, id, ...stamp(seq) });
}

export function joinEntry(room: string, seq: number, author: Author): Frame {
  const value = { have: undefined, last: 0, mode: 0 as const };
  return frameOf({ $case: 'join', value }, { room, author, id: idOf(seq), ...stamp(seq) });
}

export function leaveEntry(room: string, seq: number, author: Author): Frame {
  const value = { reason: 1 as const, by: undefined, text: '' };
  return frameOf({ $case: 'leave', value }, { room, author, id: idOf(seq), ...stamp(seq) });
}

export function idOf(number: number): Uint8Array {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(12, number);
  return id;
}

export function stored(request: Frame, seq: number, duplicate = false): Frame {
  const { ref, room, id } = request;
  return system('stored', { seq, time: 1_000 + seq, duplicate }, { ref, room, id });
}

export function fault(
  code: number,
  fields: Partial<ValueOf<'fault'>> = {},
  envelope: Partial<Frame> = {},
): Frame {
  const value = {
    code: code as FaultCode,
    retryAfterMs: 0,
    limit: 0,
    seq: 0,
    untilMs: 0,
    name: '',
    text: '',
  };
  return system('fault', { ...value, ...fields }, envelope);
}

export function refusal(request: Frame, code: number, fields: Partial<ValueOf<'fault'>> = {}): Frame {
  return fault(code, fields, { ref: request.ref, room: request.room });
}

export function ping(number: number): Frame {
  return system('ping', { nonce: nonceOf(number) });
}

export function nonceOf(number: number): Uint8Array {
  return new Uint8Array(8).fill(number);
}

/** A frame's kind in one word. */
export function kindOf(frame: Frame): string {
  return frame.kind?.$case === 'system'
    ? (frame.kind.value.kind?.$case ?? 'none')
    : (frame.kind?.$case ?? 'none');
}

export const kindsOf = (frames: readonly Frame[]): string[] => frames.map(kindOf);

export function textOf(frame: Frame): string | undefined {
  return frame.kind?.$case === 'chat' && frame.kind.value.content?.$case === 'text'
    ? frame.kind.value.content.value
    : undefined;
}

/** The texts of the Chats among these frames. */
export const textsOf = (frames: readonly Frame[]): string[] => frames.flatMap((frame) => textOf(frame) ?? []);

/** A promise that can be looked at. */
export interface Seen<T> {
  readonly value: T | undefined;
  readonly error: ClientError | undefined;
  readonly pending: boolean;
}

export function look<T>(promise: Promise<T>): Seen<T> {
  const seen: { value: T | undefined; error: ClientError | undefined; pending: boolean } = {
    value: undefined,
    error: undefined,
    pending: true,
  };
  const ended = (outcome: Partial<Seen<T>>): void => void Object.assign(seen, outcome, { pending: false });
  promise.then(
    (value) => ended({ value }),
    (error: ClientError) => ended({ error }),
  );
  return seen;
}

/** Lets promises tell what has happened. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

export class Stage {
  readonly clock = new HandClock();
  readonly peers: Peer[] = [];
  readonly client: ChatClient;
  /** What the client told, in order. */
  readonly told: string[] = [];
  /** What the transports of this client have. */
  bindings: Transport['bindings'];

  constructor(options: Partial<ClientOptions> = {}) {
    let random = 0;
    const secret = options.identity === undefined ? { secret: new Uint8Array(32).fill(9) } : {};
    this.client = new ChatClient({
      dial: this.#dial,
      name: 'alice',
      ...secret,
      clock: this.clock,
      // A half of every range, and never the same id twice.
      random: (n) => {
        random++;
        const bytes = new Uint8Array(n).fill(0x80);
        if (n > 4) new DataView(bytes.buffer).setUint32(n - 4, random);
        return bytes;
      },
      ...options,
    });
    this.client.on('state', ({ at }) => this.told.push(at));
    this.client.on('entry', ({ seq, room }) => this.told.push(`${room}#${seq}`));
    this.client.on('joined', ({ room }, { status }) => this.told.push(`joined ${room} ${status}`));
    this.client.on('left', ({ room, reason }) => this.told.push(`left ${room} ${reason}`));
    this.client.on('gap', ({ room }, next) => this.told.push(`gap ${room} ${next}`));
    this.client.on('fault', ({ code, reason }) => this.told.push(`fault ${code === 0 ? reason : code}`));
    this.client.on('draining', (ms) => this.told.push(`draining ${ms}`));
  }

  /** The newest connection. */
  get peer(): Peer {
    const peer = this.peers.at(-1);
    if (peer === undefined) throw new Error('nobody dialled');
    return peer;
  }

  /** Connects and is welcomed. */
  open(fields: Partial<Welcome> = {}): this {
    void look(this.client.connect());
    return this.welcome(fields);
  }

  /** The server says Welcome on the newest connection. */
  welcome(fields: Partial<Welcome> = {}): this {
    this.peer.news();
    this.peer.say(welcome(fields));
    return this;
  }

  /** Loses the connection and waits until the client dials again. */
  redial(): this {
    const dialled = this.peers.length;
    this.peer.drop();
    for (let ms = 0; this.peers.length === dialled; ms++) {
      if (ms === 100_000) throw new Error('the client does not dial again');
      this.clock.advance(1);
    }
    return this;
  }

  reconnect(fields: Partial<Welcome> = {}): this {
    return this.redial().welcome(fields);
  }

  /** The newest frame of this kind that the client has sent. */
  last(kind: string): Frame {
    const frame = this.peer.frames.findLast((one) => kindOf(one) === kind);
    if (frame === undefined) throw new Error(`no ${kind} among ${kindsOf(this.peer.frames).join(' ')}`);
    return frame;
  }

  /** Answers the newest Join: Joined, and a roster of alice and bob. */
  admit(room: string, fields: Partial<Joined> = {}): void {
    const { ref } = this.last('join');
    const answer = { ...fields };
    this.peer.say(
      joined(ref, room, answer),
      roster(room, Math.max(answer.newest ?? 0, (answer.first ?? 1) - 1), [ALICE, BOB]),
    );
  }

  /** Connects and enters a room, with the first entry still to come. */
  async enter(room = 'lobby', fields: Partial<Joined> = {}): Promise<RoomView> {
    if (this.client.state.at === 'idle') this.open();
    const view = this.client.join(room);
    this.admit(room, fields);
    this.peer.news();
    return view;
  }

  readonly #dial: Dial = (listener) => {
    const peer = new Peer(listener);
    this.peers.push(peer);
    return {
      ...(this.bindings === undefined ? {} : { bindings: this.bindings }),
      write: (bytes) => peer.take(bytes),
      get bufferedBytes() {
        return peer.bufferedBytes;
      },
      end: () => {
        if (peer.fate === 'open') peer.fate = 'ended';
      },
      destroy: () => {
        peer.fate = 'destroyed';
      },
    };
  };
}
