// The client of this repository against a server that says what docs/protocol.md lets it say, byte for byte.
import { ChatClient, type ClientOptions, type Dial, type SdkClock } from '../../../clients/sdk/index.ts';
import type { Bindings } from '../../../clients/sdk/transport.ts';
import { codec, secretOf, TIME, userOf } from '../rig.ts';
import { concat, fromHex, type Json, prefixed, unframe } from '../spec-codec.ts';

type Listener = Parameters<Dial>[0];

/** Time stands still but in `advance`. */
class StageClock implements SdkClock {
  #now = 0;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];

  now(): number {
    return TIME + this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }
}

/** The server's end of one connection. */
export class Line {
  readonly listener: Listener;
  bufferedBytes = 0;
  /** What the client did to the connection. */
  fate: 'open' | 'ended' | 'destroyed' = 'open';
  #taken: Uint8Array = new Uint8Array(0);

  constructor(listener: Listener) {
    this.listener = listener;
  }

  write(bytes: Uint8Array): void {
    this.#taken = concat([this.#taken, bytes]);
  }

  /** The frames that the client has sent since the last call. */
  take(): Json[] {
    const frames = unframe(this.#taken).map((payload) => codec.decode('Frame', payload));
    this.#taken = new Uint8Array(0);
    return frames;
  }

  say(...frames: readonly Json[]): void {
    this.listener.onData(concat(frames.map((frame) => codec.frame(frame))));
  }

  /** A payload as it stands. */
  sayPayload(hex: string): void {
    this.listener.onData(prefixed(fromHex(hex)));
  }

  drop(): void {
    this.listener.onClose();
  }
}

export class Stage {
  readonly clock = new StageClock();
  readonly lines: Line[] = [];
  readonly client: ChatClient;
  /** What the transport has seen that a proof can be tied to. */
  bindings: Bindings = new Map();
  /** What the application was told: `entry 3`, `gap 7`, … */
  readonly told: string[] = [];

  constructor(options: Partial<ClientOptions> = {}) {
    this.client = new ChatClient({
      dial: (listener) => this.#dial(listener),
      name: 'alice',
      secret: fromHex(secretOf('alice')),
      clock: this.clock,
      random: (length) => new Uint8Array(length).fill(0x80),
      ...options,
    });
    this.client.on('entry', ({ seq, kind }) => this.told.push(`entry ${seq} ${kind.type}`));
    this.client.on('gap', (_room, next) => this.told.push(`gap ${next}`));
    this.client.on('fault', ({ code }) => this.told.push(`fault ${code}`));
    this.client.on('joined', (_room, { status }) => this.told.push(`joined ${status}`));
  }

  get line(): Line {
    const line = this.lines.at(-1);
    if (line === undefined) throw new Error('nobody has dialled');
    return line;
  }

  #dial(listener: Listener): ReturnType<Dial> {
    const line = new Line(listener);
    this.lines.push(line);
    return {
      write: (bytes) => line.write(bytes),
      bindings: this.bindings,
      get bufferedBytes() {
        return line.bufferedBytes;
      },
      end: () => {
        line.fate = 'ended';
      },
      destroy: () => {
        line.fate = 'destroyed';
      },
    };
  }

  /** Connects, or goes on after a reconnect, up to the Welcome. */
  welcome(fields: Json = {}): void {
    if (this.client.state.at === 'idle') void this.client.connect().catch(() => undefined);
    this.line.take();
    const welcome = {
      version: 1,
      server_id: '01'.repeat(16),
      name: 'alice',
      user: userOf('alice'),
      mark: 'GUEST',
      limits: { frame_bytes: 65_536, text_bytes: 16_384, rooms: 64, in_flight: 64 },
      window_bytes: 131_072,
      ping_interval_ms: 15_000,
      stall_ms: 30_000,
      grace_ms: 30_000,
      ...fields,
    };
    this.line.say({ system: { welcome }, ref: 1 });
  }

  /** Welcomed, and in the lobby at the entry `first` - 1. */
  async inLobby(first = 1): Promise<Awaited<ReturnType<ChatClient['join']>>> {
    this.welcome();
    const joining = this.client.join('lobby');
    this.joined({ status: 'FRESH', first, newest: first - 1 });
    return await joining;
  }

  /** Answers the Join that the client has sent; returns it. */
  joined(fields: Json): Json {
    const join = this.line.take().find((frame) => 'join' in frame);
    if (join === undefined) throw new Error('the client sent no Join');
    const { ref, room } = join as { ref: number; room: string };
    const joined = { log_id: LOG, oldest: 1, durability: 'MEMORY', ...fields };
    const members = [{ name: 'alice', user: userOf('alice'), mark: 'GUEST' }];
    const asOf = Number(fields['newest'] ?? 0);
    this.line.say(
      { system: { joined }, ref, room },
      { system: { roster: { as_of: asOf, members, last: true } }, room },
    );
    return join;
  }
}

export const LOG = 'aa'.repeat(16);

export function entry(seq: number, fields: Json = {}): Json {
  const author = { name: 'bob', user: userOf('bob'), mark: 'GUEST' };
  const id = seq.toString(16).padStart(32, '0');
  const stamp = { seq, time: TIME + seq, check: 1_000 + seq };
  return { chat: { text: `line ${seq}` }, room: 'lobby', author, id, ...stamp, ...fields };
}
