// Mutated and grammar-generated frames, in every state of a connection, over every transport.
import type { Transport } from '../../../bench/link.ts';
import {
  asUuid7,
  decodeFrame,
  encodeFrame,
  type Frame,
  Fault,
  faultCloses,
  type Hello,
  frameOf,
  FrameSplitter,
  readRequest,
  type System,
  systemFrame,
  withPrefix,
} from '../../../src/protocol/index.ts';
import type { Random } from '../../support/random.ts';
import { addressOf, type Attack, type Counts, inParallel, type Strike } from '../attack.ts';
import { anyFrame, helloOf, likelyPayload, pitOf, proofOf, TRAPS } from '../grammar.ts';
import { mutated } from '../mutation.ts';
import { Raw } from '../raw.ts';

/** Encounters at one time: fewer than newcomers may be. */
const PARALLEL = 48;
/** Frames of one encounter. */
const FRAMES_MAX = 24;
const ENCOUNTER_MS_MAX = 20_000;
/** Attackers that come from few machines hold few names. */
const HOSTS = 64;
const [NETWORK_OPEN, NETWORK_NEW] = [66, 67];

/** No frame has this number but the one behind all others. */
const LAST_REF = 3_000_000_019;

type State = 'new' | 'proof' | 'open';

export const frames: Attack = {
  name: 'frames',
  about: 'mutated and grammar-generated frames before and after the Welcome',
  amounts: { slice: 1_000, quick: 12_000, full: 1_000_000 },
  warmUp: { quick: 4_000, full: 10_000 },
  strike: async (strike) => {
    const campaign = new Campaign(strike);
    await inParallel(PARALLEL, PARALLEL, () => campaign.run());
    return campaign.counts();
  },
};

/** What becomes of the connection: `always` ended, whatever was before; ended in this state; left open. */
type Fate = 'always' | 'here' | 'stays';

const CLOSING: Readonly<Record<State, ReadonlySet<string>>> = {
  new: new Set(['proof', 'pong']),
  proof: new Set([
    'hello',
    'proof',
    'pong',
    'join',
    'leave',
    'chat',
    'history',
    'rosterRequest',
    'roomsRequest',
    'ping',
  ]),
  open: new Set(['hello', 'proof', 'pong']),
};

function fateOf(payload: Uint8Array, state: State): { frame: Frame | undefined; fate: Fate } {
  let frame: Frame | undefined;
  try {
    frame = decodeFrame(payload);
    const { kind } = readRequest(frame);
    if (kind === 'pong') return { frame, fate: 'always' };
    return { frame, fate: CLOSING[state].has(kind) ? 'here' : 'stays' };
  } catch (error) {
    return { frame, fate: error instanceof Fault && faultCloses(error.code) ? 'always' : 'stays' };
  }
}

/** Owns: what is counted over all encounters. */
class Campaign {
  readonly #strike: Strike;
  readonly #tally = { frames: 0, mutated: 0, connections: 0, faults: 0, answers: 0, entries: 0, welcomes: 0 };
  readonly #byState: Record<State, number> = { new: 0, proof: 0, open: 0 };
  readonly #byTransport = new Map<Transport, number>();
  readonly #previous: Uint8Array[] = [];

  constructor(strike: Strike) {
    this.#strike = strike;
  }

  counts(): Counts {
    const { new: fresh, proof, open } = this.#byState;
    return {
      ...this.#tally,
      'before Hello': fresh,
      'before Proof': proof,
      open,
      ...Object.fromEntries([...this.#byTransport].map(([name, count]) => [`over ${name}`, count])),
    };
  }

  async run(): Promise<void> {
    while (this.#tally.frames < this.#strike.amount) {
      await this.#meet();
      this.#strike.progress(this.#tally.frames);
    }
  }

  async #meet(): Promise<void> {
    const { random, transports } = this.#strike;
    // Most go over plain: what is under attack is the same behind every transport, and TLS costs attackers more.
    const transport = random.chance(0.8) ? 'plain' : random.pick(transports);
    const secure = transport === 'tls' || transport === 'wss';
    const state = random.chance(0.25) ? 'new' : secure && random.chance(0.4) ? 'proof' : 'open';
    const volley = this.#volley(state);
    this.#tally.connections++;
    this.#tally.frames += volley.payloads.length;
    this.#byState[state] += volley.payloads.length;
    this.#byTransport.set(transport, (this.#byTransport.get(transport) ?? 0) + volley.payloads.length);
    const { welcome, answers, entries, fault } = await encounter(this.#strike, transport, state, volley);
    this.#tally.welcomes += welcome ? 1 : 0;
    this.#tally.answers += answers;
    this.#tally.entries += entries;
    this.#tally.faults += fault === 0 ? 0 : 1;
  }

  /** Frames that leave the connection open, and at most one, the last, that ends it. */
  #volley(state: State): Volley {
    const payloads: Uint8Array[] = [];
    const known: Frame[] = [];
    while (payloads.length < FRAMES_MAX) {
      const payload = this.#payload(state);
      if (payload.length === 0) continue;
      payloads.push(payload);
      const { frame, fate } = fateOf(payload, state);
      if (frame !== undefined) known.push(frame);
      if (fate !== 'stays') return { payloads, known, fate, lie: undefined };
    }
    return { payloads, known, fate: 'stays', lie: this.#strike.random.chance(0.2) ? 'length' : undefined };
  }

  #payload(state: State): Uint8Array {
    const { random } = this.#strike;
    const fresh = freshPayload(state, random);
    const previous = this.#previous.length > 0 ? random.pick(this.#previous) : fresh;
    this.#previous[random.below(64)] = fresh;
    if (random.chance(0.5)) return fresh;
    this.#tally.mutated++;
    return mutated(fresh, previous ?? anyFrame(random), random);
  }
}

/** What belongs to the state, or might. */
function freshPayload(state: State, random: Random): Uint8Array {
  if (state === 'new' && random.chance(0.2)) return encodeFrame(helloOf(random)).subarray(4);
  if (state === 'proof' && random.chance(0.4)) return encodeFrame(proofOf(random)).subarray(4);
  return likelyPayload(random);
}

interface Volley {
  readonly payloads: readonly Uint8Array[];
  /** Those of them that are frames. */
  readonly known: readonly Frame[];
  /** Of the last one. */
  readonly fate: Fate;
  /** A prefix that promises more than comes, or too much, stands at the end. */
  readonly lie: 'length' | undefined;
}

interface Result {
  welcome: boolean;
  answers: number;
  entries: number;
  /** The closing fault, 0 = none. */
  fault: number;
}

function encounter(strike: Strike, transport: Transport, state: State, volley: Volley): Promise<Result> {
  return new Promise((resolve) => {
    new Encounter(strike, transport, state, volley, resolve).begin();
  });
}

let callers = 0;

/** Owns: one connection, from its first byte to its end. */
class Encounter {
  readonly #strike: Strike;
  readonly #state: State;
  readonly #transport: Transport;
  readonly #volley: Volley;
  readonly #done: (result: Result) => void;
  readonly #raw: Raw;
  readonly #splitter = new FrameSplitter();
  readonly #marker: Buffer;
  readonly #refs = new Set<number>([0, LAST_REF]);
  readonly #rooms = new Set<string>(['']);
  readonly #result: Result = { welcome: false, answers: 0, entries: 0, fault: 0 };
  #timer: NodeJS.Timeout | undefined;
  #isAnswered = false;
  #isOver = false;

  constructor(
    strike: Strike,
    transport: Transport,
    state: State,
    volley: Volley,
    done: (result: Result) => void,
  ) {
    this.#strike = strike;
    this.#state = state;
    this.#transport = transport;
    this.#volley = volley;
    this.#done = done;
    this.#marker = Buffer.from(strike.marker);
    const network = state === 'new' ? NETWORK_NEW : NETWORK_OPEN;
    const from = addressOf(network, callers++ % HOSTS);
    this.#raw = new Raw({ transport, port: strike.port, from }, strike.random, {
      onBytes: (bytes) => this.#hear(bytes),
      onFin: () => this.#end('fin'),
      onEnd: ({ reason }) => this.#end(reason),
      onRefusal: (text) => this.#tell('answer', `a WebSocket was refused: ${text.slice(0, 200)}`),
      onViolation: (text) => this.#tell('answer', text),
    });
  }

  begin(): void {
    this.#timer = setTimeout(() => {
      this.#tell('answer', 'neither an answer nor an end');
      this.#finish();
    }, ENCOUNTER_MS_MAX);
    for (const frame of this.#volley.known) this.#expect(frame);
    const { payloads, lie } = this.#volley;
    this.#write([...this.#opening(), ...payloads.map((payload) => withPrefix(payload))]);
    if (lie !== undefined) this.#write([this.#lie()]);
    else {
      // Whoever deals with this has dealt with all before it.
      const value = { nonce: this.#strike.random.bytes(8) };
      this.#write([encodeFrame(systemFrame({ $case: 'ping', value }, { ref: LAST_REF }))]);
    }
    if (this.#saysNoMore) this.#raw.fin();
  }

  /** Who says no more still gets the answers; then the server ends it. Not over a WebSocket, where Close ends all. */
  get #saysNoMore(): boolean {
    return !this.#raw.carriesMessages && (this.#state !== 'open' || this.#volley.lie !== undefined);
  }

  /** In one write, in several, or cut at any byte. */
  #write(parts: readonly Uint8Array[]): void {
    const { random } = this.#strike;
    const bytes = Buffer.concat(parts);
    if (random.chance(0.1) && !this.#raw.carriesMessages) {
      const at = random.below(bytes.length + 1);
      this.#raw.write(bytes.subarray(0, at));
      setImmediate(() => undefined);
      this.#raw.write(bytes.subarray(at));
    } else if (random.chance(0.2) || bytes.length > 65_540) for (const part of parts) this.#raw.write(part);
    else this.#raw.write(bytes);
  }

  #lie(): Uint8Array {
    const { random } = this.#strike;
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(random.pick([0, 1, 4_096, 4_097, 65_536, 65_537, 2 ** 24, 2 ** 31, 2 ** 32 - 1]));
    return Buffer.concat([prefix, random.bytes(random.below(32))]);
  }

  #opening(): Uint8Array[] {
    if (this.#state === 'new') return [];
    const { random } = this.#strike;
    const name = random.chance(0.1) ? random.pick(TRAPS) : `p${random.uint32().toString(36)}`;
    const hello = ownHello(name, random, this.#state === 'proof');
    if (this.#state === 'proof') return [encodeFrame(hello)];
    const room = pitOf(random);
    this.#rooms.add(room);
    this.#refs.add(1).add(2);
    const id = asUuid7(random.bytes(16), Date.now());
    const text = { $case: 'text', value: random.pick(TRAPS) } as const;
    return [
      hello,
      frameOf({ $case: 'join', value: { have: undefined, last: 2, mode: 1 } }, { room, ref: 1 }),
      frameOf({ $case: 'chat', value: { content: text, replyTo: 0 } }, { room, id, ref: 2 }),
    ].map((frame) => encodeFrame(frame));
  }

  #expect(frame: Frame): void {
    this.#refs.add(frame.ref);
    this.#rooms.add(frame.room);
  }

  #hear(bytes: Buffer): void {
    if (this.#isOver) return;
    if (bytes.includes(this.#marker)) this.#tell('leak', 'what honest people say in private');
    this.#splitter.write(bytes);
    try {
      for (let payload = this.#next(); payload !== undefined; payload = this.#next()) {
        this.#take(decodeFrame(payload));
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#tell('answer', `bytes that are no frame: ${error.message}`);
      this.#finish();
    }
  }

  #next(): Uint8Array | undefined {
    return this.#isOver ? undefined : this.#splitter.next();
  }

  #take(frame: Frame): void {
    this.#result.answers++;
    if (!this.#refs.has(frame.ref)) this.#tell('answer', `an answer to ${frame.ref}, which nobody asked`);
    if (frame.seq !== 0) {
      this.#result.entries++;
      if (!this.#rooms.has(frame.room)) this.#tell('leak', `an entry of ${frame.room}`);
      return;
    }
    const system = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
    this.#takeAnswer(frame, system);
    if (frame.ref === LAST_REF) this.#answered();
  }

  #takeAnswer(frame: Frame, system: System['kind']): void {
    switch (system?.$case) {
      case 'fault':
        if (faultCloses(system.value.code)) this.#result.fault = system.value.code;
        return;
      case 'pong':
        return;
      case 'welcome':
        this.#result.welcome = true;
        return;
      case 'roster':
      case 'joined':
      case 'page':
        // A private room has a name that the asker did not give.
        if (!this.#rooms.has(frame.room) && !frame.room.startsWith('~'))
          this.#tell('leak', `${system.$case} of ${frame.room}`);
        return;
      case 'hello':
      case 'proof':
      case 'history':
      case 'rosterRequest':
      case 'roomsRequest':
      case undefined:
        this.#tell('answer', `a server said ${system?.$case ?? frame.kind?.$case ?? 'nothing'}`);
        return;
      default:
    }
  }

  /** Everything before has been dealt with. */
  #answered(): void {
    if (this.#result.fault !== 0) return;
    this.#isAnswered = true;
    if (this.#mustEnd) this.#tell('answer', 'a frame that must end the session did not');
    if (!this.#saysNoMore) this.#finish();
  }

  /** Who was not let in is in another state than it meant to be. */
  get #mustEnd(): boolean {
    const { fate } = this.#volley;
    return fate === 'always' || (fate === 'here' && this.#state === 'open' && this.#result.welcome);
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    const isOwed = this.#mustEnd || (this.#state === 'open' && this.#volley.lie === undefined);
    if (isOwed && this.#result.fault === 0 && !this.#isAnswered) {
      this.#tell('answer', `an end without a fault (${reason}) after ${this.#result.answers} answers`);
    }
    this.#finish();
  }

  #tell(kind: 'answer' | 'leak', text: string): void {
    const last = this.#volley.payloads.at(-1);
    this.#strike.found(
      kind,
      `${text} [${this.#transport}, ${this.#state}; last frame ${Buffer.from(last?.subarray(0, 200) ?? []).toString('hex')}]`,
    );
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    // A reset leaves nothing behind: so many connections would use up the ports otherwise.
    this.#raw.reset();
    this.#done(this.#result);
  }
}

function ownHello(name: string, random: Random, withKey: boolean): Frame {
  const value: Hello = {
    versionMin: 1,
    versionMax: 1,
    capabilities: random.chance(0.1) ? ['__proto__', 'constructor'] : [],
    name,
    secret: withKey ? new Uint8Array(0) : random.bytes(32),
    beside: random.chance(0.5),
    key: withKey ? random.bytes(32) : new Uint8Array(0),
    clientNonce: withKey ? random.bytes(16) : new Uint8Array(0),
    password: '',
    software: random.pick(TRAPS).slice(0, 20),
    locale: 'id-ID',
  };
  return systemFrame({ $case: 'hello', value });
}
