// Keeps one session open: dials, waits, dials again, gives up when that is pointless. It always dials what the
// application gave: MOVED comes back to the same address after a wait, for a name in a Fault is nobody's to trust.
import type { Frame, Welcome } from '../../src/protocol/index.ts';
import { FaultCode } from '../../src/protocol/index.ts';
import type { ClientState, ReconnectOptions } from './api.ts';
import { Backoff } from './backoff.ts';
import { ClientError } from './errors.ts';
import type { Greeting } from './hello.ts';
import { Session } from './session.ts';
import type { Dial, SdkClock } from './transport.ts';

export interface ConnectorOptions {
  readonly dial: Dial;
  readonly clock: SdkClock;
  readonly random: (length: number) => Uint8Array;
  /** How the next connection begins, or why there is none. */
  readonly greet: () => Greeting | ClientError;
  readonly reconnect: ReconnectOptions | false;
  readonly heldRetry: boolean;
}

export interface ConnectorOwner {
  /** The session is open; `state` says so already. */
  onOpen(session: Session, welcome: Welcome): void;
  onFrame(frame: Frame): void;
  onPonged(): void;
  /** The open session is lost. Comes before the state changes. */
  onLost(): void;
  /** Always the last thing that happens in a turn: a listener may do anything. */
  onState(state: ClientState): void;
}

/** A connection that held for so long makes the waits start small again. */
const HELD_MS = 10_000;

/** Owns: the state of the client and its one session. */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #owner: ConnectorOwner;
  readonly #backoff: Backoff | undefined;
  #state: ClientState = { at: 'idle' };
  #session: Session | undefined;
  #cancelTimer: (() => void) | undefined;
  #openedAt = 0;
  #everOpen = false;
  #paused = false;
  /** When a draining server wants us back, on the monotonic clock. */
  #backAt: number | undefined;

  constructor(options: ConnectorOptions, owner: ConnectorOwner) {
    this.#options = options;
    this.#owner = owner;
    this.#backoff = options.reconnect === false ? undefined : new Backoff(options.reconnect, options.random);
  }

  get state(): ClientState {
    return this.#state;
  }

  /** The open session. */
  get session(): Session | undefined {
    return this.#session?.welcome === undefined ? undefined : this.#session;
  }

  /** The server is about to stop: nothing new should be asked of it. */
  get draining(): boolean {
    return this.#backAt !== undefined;
  }

  start(): void {
    if (this.#state.at === 'idle') this.#dial();
  }

  pause(): void {
    this.#paused = true;
    this.#session?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#session?.resume();
  }

  /** Comes back after the time, whether the server ends the session before or not. */
  drain(retryAfterMs: number): void {
    const { clock } = this.#options;
    this.#backAt = clock.monotonic() + retryAfterMs;
    this.#cancelTimer?.();
    this.#cancelTimer = clock.after(retryAfterMs, () => {
      this.#session?.end();
      this.#onEnd(new ClientError('disconnected', 'the server is stopping'));
    });
  }

  /** Ends for good. `onClosed`: what was written is delivered, or nothing was there. */
  close(onClosed: () => void): void {
    const session = this.#session;
    this.#session = undefined;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (session === undefined) onClosed();
    else session.end(onClosed);
    if (this.#state.at !== 'closed') this.#become({ at: 'closed' });
  }

  #dial(): void {
    const { dial, clock, greet } = this.#options;
    this.#backAt = undefined;
    this.#cancelTimer = undefined;
    const greeting = greet();
    if (greeting instanceof ClientError) {
      this.#become({ at: 'closed', cause: greeting });
      return;
    }
    this.#session = new Session(
      { dial, clock, greeting, paused: this.#paused },
      {
        onWelcome: (welcome) => this.#onWelcome(welcome),
        onFrame: (frame) => this.#owner.onFrame(frame),
        onPonged: () => this.#owner.onPonged(),
        onEnd: (cause) => this.#onEnd(cause),
      },
    );
    this.#become({ at: 'connecting', attempt: (this.#backoff?.failures ?? 0) + 1 });
  }

  #onWelcome(welcome: Welcome): void {
    if (this.#session === undefined) return;
    this.#openedAt = this.#options.clock.monotonic();
    this.#everOpen = true;
    this.#state = { at: 'open', welcome };
    this.#owner.onOpen(this.#session, welcome);
    this.#owner.onState(this.#state);
  }

  #onEnd(cause: ClientError): void {
    const wasOpen = this.#state.at === 'open';
    this.#session = undefined;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (wasOpen) {
      if (this.#options.clock.monotonic() - this.#openedAt >= HELD_MS) this.#backoff?.reset();
      this.#owner.onLost();
    }
    if (this.#backoff === undefined || this.#isFinal(cause)) {
      this.#become({ at: 'closed', cause });
      return;
    }
    const retryInMs = this.#waitAfter(cause, this.#backoff);
    this.#cancelTimer = this.#options.clock.after(retryInMs, () => this.#dial());
    this.#become({ at: 'waiting', retryInMs, cause });
  }

  /** Whether trying again is pointless, or not ours to decide. */
  #isFinal(cause: ClientError): boolean {
    switch (cause.faultClass) {
      case 'stop':
        return true;
      case 'stay':
        return !(this.#options.heldRetry && cause.code === FaultCode.NAME_HELD);
      case 'retry':
      case 'reconnect':
        return false;
      case undefined:
        return this.#endsClient(cause);
    }
  }

  #endsClient({ reason, tlsProblem }: ClientError): boolean {
    switch (reason) {
      // Somebody must decide. Trying again until the right one answers would let the other one try, too.
      case 'untrusted':
      case 'no-proof':
        return true;
      // Somebody there, but no server of ours.
      case 'protocol':
        return !this.#everOpen;
      case 'tls':
        return !this.#everOpen && (tlsProblem === 'not-tls' || tlsProblem === 'other-protocol');
      default:
        return false;
    }
  }

  /** A draining server gives each client its own moment; everything else is jittered here. */
  #waitAfter(cause: ClientError, backoff: Backoff): number {
    if (this.#backAt === undefined) return backoff.next(cause.retryAfterMs);
    return Math.max(0, this.#backAt - this.#options.clock.monotonic());
  }

  #become(state: ClientState): void {
    this.#state = state;
    this.#owner.onState(state);
  }
}
