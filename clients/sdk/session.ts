// One connection, from Hello to its end: frames in and out, Ping and Pong, silence.
import {
  type Challenge,
  decodeFrame,
  encodeFrame,
  Fault,
  type Frame,
  FrameSplitter,
  faultCloses,
  limits,
  type System,
  systemFrame,
  VERSION_MAX,
  VERSION_MIN,
  type Welcome,
} from '../../src/protocol/index.ts';
import { Asked, type Asker } from './asked.ts';
import { asEnd, ClientError, errorOfFault, lossOf, Violation } from './errors.ts';
import type { Greeting } from './hello.ts';
import { salvage } from './salvage.ts';
import type { Dial, SdkClock, Transport } from './transport.ts';
import { Watchdog } from './watchdog.ts';

export type SystemKind = NonNullable<System['kind']>;

export interface SessionOwner {
  // Whoever takes a frame may throw Violation, which ends the session.
  onWelcome(welcome: Welcome): void;
  /** A frame that answers no request: an entry, or a System frame. */
  onFrame(frame: Frame): void;
  /** A Ping was answered: the server knows that we have seen all before it. */
  onPonged(): void;
  /** Called once, unless `end` was called before; nothing follows. */
  onEnd(cause: ClientError): void;
}

export interface SessionOptions {
  readonly dial: Dial;
  readonly clock: SdkClock;
  readonly greeting: Greeting;
  readonly paused: boolean;
}

type State =
  /** `proof`: of the key that the Hello shows, if it shows one. `asked`: somebody is signing. */
  | { readonly at: 'hello'; readonly proof: 'none' | 'due' | 'asked' | 'sent' }
  | { readonly at: 'open'; readonly welcome: Welcome }
  | { readonly at: 'ended' };

/** From dialling to the Welcome. */
const HANDSHAKE_MS_MAX = 15_000;
/** The server pings at least once per interval: after so many without a byte it is gone. */
const SILENT_INTERVALS_MAX = 2;
const PING_INTERVAL_MS_MIN = 1_000;

/**
 * Owns: one transport.
 * Invariant: after the end nothing is written, delivered or timed; a Pong stands behind everything that was
 * delivered before its Ping.
 */
export class Session {
  readonly #clock: SdkClock;
  readonly #owner: SessionOwner;
  readonly #transport: Transport;
  readonly #splitter = new FrameSplitter(limits.FRAME_BYTES_MAX);
  readonly #asked = new Asked();
  readonly #greeting: Greeting;
  #state: State;
  #paused: boolean;
  #delivering = false;
  readonly #watchdog: Watchdog;
  #cancelLinger: (() => void) | undefined;
  #closed = false;
  #onClosed: (() => void) | undefined;

  constructor(options: SessionOptions, owner: SessionOwner) {
    this.#clock = options.clock;
    this.#owner = owner;
    this.#paused = options.paused;
    this.#greeting = options.greeting;
    this.#state = { at: 'hello', proof: options.greeting.prove === undefined ? 'none' : 'due' };
    this.#watchdog = new Watchdog(options.clock, (ms) => {
      this.#fail(new ClientError('silent', `nothing from the server for ${Math.round(ms)} ms`));
    });
    this.#transport = options.dial({
      // Bytes may be written at once; that it is open says nothing before the Welcome does.
      onOpen: () => undefined,
      onData: (chunk) => this.#receive(chunk),
      onClose: (error) => this.#lost(error),
    });
    this.#transport.write(options.greeting.hello);
    this.#watchdog.watch(HANDSHAKE_MS_MAX);
  }

  /** Undefined before the Welcome and after the end. */
  get welcome(): Welcome | undefined {
    return this.#state.at === 'open' ? this.#state.welcome : undefined;
  }

  /** Bytes written and not yet accepted by the network. */
  get bufferedBytes(): number {
    return this.#transport.bufferedBytes;
  }

  /** Sends a request; its answer goes to the asker. Nothing happens after the end. */
  ask(frame: Frame, asker: Asker): void {
    if (this.#state.at !== 'open') return;
    this.#transport.write(encodeFrame({ ...frame, ref: this.#asked.add(asker) }));
  }

  /** Delivers nothing behind the Welcome until `resume`. A server whose window is full has a right to be silent. */
  pause(): void {
    this.#paused = true;
    if (this.#state.at === 'open') this.#watchdog.stop();
  }

  /** Delivers what waited, from within this call. */
  resume(): void {
    this.#paused = false;
    if (this.#state.at === 'open') this.#watchForSilence(this.#state.welcome);
    this.#deliver();
  }

  /** Ends the conversation: what was written is delivered, the owner hears no more. `onClosed`: it is closed. */
  end(onClosed: () => void = () => undefined): void {
    if (this.#closed) {
      onClosed();
      return;
    }
    this.#onClosed = onClosed;
    if (this.#state.at === 'ended') return;
    this.#stop();
    this.#hangUp();
  }

  #receive(chunk: Uint8Array): void {
    if (this.#state.at === 'ended') return;
    this.#watchdog.heard();
    this.#splitter.write(chunk);
    this.#deliver();
  }

  #deliver(): void {
    // A listener may call resume() while its own frame is being delivered.
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      while (!this.#paused || this.#state.at === 'hello') {
        const frame = this.#nextFrame();
        if (frame === undefined) break;
        this.#take(frame);
      }
    } catch (error) {
      // What a listener throws is not ours to judge.
      if (!(error instanceof Violation) && !(error instanceof Fault)) throw error;
      this.#fail(asEnd(error));
    } finally {
      this.#delivering = false;
    }
  }

  #nextFrame(): Frame | undefined {
    if (this.#state.at === 'ended') return undefined;
    const payload = this.#splitter.next();
    if (payload === undefined) return undefined;
    try {
      return decodeFrame(payload);
    } catch (cause) {
      const frame = salvage(payload);
      if (frame === undefined) throw cause;
      return frame;
    }
  }

  #take(frame: Frame): void {
    const system = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
    if (frame.seq !== 0 || system === undefined) this.#takeOther(frame);
    else if (this.#state.at === 'hello') this.#takeInHello(this.#state.proof, frame, system);
    else this.#takeSystem(frame, system);
  }

  /** An entry, or a kind that this version does not know. */
  #takeOther(frame: Frame): void {
    if (frame.seq === 0) return;
    if (this.#state.at === 'open') this.#owner.onFrame(frame);
    else throw new Violation('an entry before the Welcome');
  }

  #takeInHello(proof: 'none' | 'due' | 'asked' | 'sent', frame: Frame, system: SystemKind): void {
    switch (system.$case) {
      case 'welcome':
        if (proof === 'due' || proof === 'asked') throw new Violation('a Welcome before the Proof');
        this.#open(system.value);
        return;
      case 'challenge':
        if (proof !== 'due') throw new Violation('a Challenge that nobody awaits');
        this.#prove(system.value);
        return;
      case 'fault':
        this.#refuse(errorOfFault(system.value, frame.room));
        return;
      default:
        throw new Violation(`${system.$case} before the Welcome`);
    }
  }

  /** Whatever happens while it is signed, the Proof goes to the connection that asked for it, or nowhere. */
  #prove(challenge: Challenge): void {
    this.#state = { at: 'hello', proof: 'asked' };
    const { prove } = this.#greeting;
    Promise.resolve(this.#transport.bindings)
      .then((bindings = new Map()) => prove?.(challenge, bindings))
      .then(
        (proof) => {
          if (this.#state.at !== 'hello' || proof === undefined) return;
          this.#state = { at: 'hello', proof: 'sent' };
          this.#transport.write(proof);
        },
        (error: unknown) => this.#fail(asEnd(error)),
      );
  }

  #open(welcome: Welcome): void {
    if (welcome.version < VERSION_MIN || welcome.version > VERSION_MAX) {
      throw new Violation(`version ${welcome.version} was not offered`);
    }
    this.#state = { at: 'open', welcome };
    if (this.#paused) this.#watchdog.stop();
    else this.#watchForSilence(welcome);
    this.#owner.onWelcome(welcome);
  }

  #takeSystem(frame: Frame, system: SystemKind): void {
    switch (system.$case) {
      case 'ping':
        this.#transport.write(
          encodeFrame(systemFrame({ $case: 'pong', value: { nonce: system.value.nonce } })),
        );
        this.#owner.onPonged();
        return;
      case 'pong':
        return;
      case 'welcome':
        throw new Violation('a second Welcome');
      case 'fault': {
        const error = errorOfFault(system.value, frame.room);
        if (faultCloses(error.code)) this.#refuse(error);
        else if (!this.#asked.answer(frame.ref, (asker) => asker.onRefused(error)))
          this.#owner.onFrame(frame);
        return;
      }
      case 'stored':
      case 'joined':
      case 'page':
      case 'rooms':
        // Without an asker: the answer to a send whose own copy came first.
        this.#asked.answer(frame.ref, (asker) => asker.onAnswer(system, frame.room));
        return;
      case 'left':
        if (!this.#asked.answer(frame.ref, (asker) => asker.onAnswer(system, frame.room)))
          this.#owner.onFrame(frame);
        return;
      default:
        this.#owner.onFrame(frame);
    }
  }

  #watchForSilence(welcome: Welcome): void {
    this.#watchdog.watch(SILENT_INTERVALS_MAX * Math.max(welcome.pingIntervalMs, PING_INTERVAL_MS_MIN));
  }

  /** The server ended the session, or did not open it. */
  #refuse(error: ClientError): void {
    this.#stop();
    this.#hangUp();
    this.#owner.onEnd(error);
  }

  #fail(error: ClientError): void {
    if (this.#state.at === 'ended') return;
    this.#stop();
    this.#transport.destroy();
    this.#owner.onEnd(error);
  }

  #lost(error: Error | undefined): void {
    this.#closed = true;
    const { at } = this.#state;
    const lastWord = at === 'open' && this.#paused ? this.#lastWord() : undefined;
    this.#stop();
    this.#cancelLinger?.();
    this.#onClosed?.();
    if (at === 'ended') return;
    if (lastWord !== undefined) {
      this.#owner.onEnd(lastWord);
      return;
    }
    this.#owner.onEnd(lossOf(at === 'hello' ? 'unreachable' : 'disconnected', error));
  }

  /**
   * The closing fault among what a paused application has not read. Entries can be had again, but this decides
   * whether to come back at all: whoever was REPLACED must not.
   */
  #lastWord(): ClientError | undefined {
    try {
      for (let frame = this.#nextFrame(); frame !== undefined; frame = this.#nextFrame()) {
        const system = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
        if (system?.$case !== 'fault') continue;
        const error = errorOfFault(system.value, frame.room);
        if (faultCloses(error.code)) return error;
      }
    } catch {
      // Broken bytes: then it is a connection that was lost.
    }
    return undefined;
  }

  #stop(): void {
    this.#state = { at: 'ended' };
    this.#watchdog.stop();
  }

  /** Says goodbye, and cuts a connection that does not close. */
  #hangUp(): void {
    this.#cancelLinger = this.#clock.after(limits.LINGER_MS, () => this.#transport.destroy());
    this.#transport.end();
  }
}
