// Owns what one connection says before its Welcome: its Hellos, and the proof of a key (docs/protocol.md §5–§7).
import { Fault } from '../protocol/faults.ts';
import type { Frame, Hello, Proof } from '../protocol/gen/kentongan/v1/kentongan.ts';
import { CHALLENGE_NONCE_BYTES, NOT_OPEN_FRAMES_MAX } from '../protocol/limits.ts';
import { proofMessage } from '../protocol/proof.ts';
import { readRequest, type RequestKind } from '../protocol/request.ts';
import { type Address, challengeFrame } from './answers.ts';
import { assertLetIn, enter, isKnown, keyClaimOf, visit } from './greeting.ts';
import type { Session } from './session.ts';
import type { User } from './user.ts';

/** What a proof is waited for. */
interface Challenge {
  readonly hello: Hello;
  readonly nonce: Uint8Array;
}

/** @throws Fault unless a frame of this kind has its place before the Welcome, whatever its fields say (KTG-5.1) */
function assertPlace(kind: RequestKind, isProving: boolean): void {
  switch (kind) {
    case 'pong':
      throw new Fault('BAD_PONG');
    case 'unknown':
      throw new Fault('UNSUPPORTED');
    case 'hello':
      if (isProving) throw new Fault('UNEXPECTED');
      return;
    case 'proof':
      if (!isProving) throw new Fault('UNEXPECTED');
      return;
    default:
      throw new Fault(isProving ? 'UNEXPECTED' : 'NOT_OPEN');
  }
}

/** NEW without a challenge, PROVING with one. */
export class Handshake {
  readonly #session: Session;
  #hellos = 0;
  #refused = 0;
  #challenge: Challenge | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /** @throws Fault what is refused at once; why a name could not be bound is said later */
  take(kind: RequestKind, frame: Frame): void {
    assertPlace(kind, this.#challenge !== undefined);
    const request = readRequest(frame);
    if (request.kind === 'hello') this.#hello(request.ref, request.hello);
    else if (request.kind === 'proof' && this.#challenge !== undefined) {
      this.#prove(request.ref, request.proof, this.#challenge);
    }
  }

  /** A client may try again; but not for ever. */
  refuse(kind: RequestKind, to: Address, fault: Fault): void {
    if (kind === 'hello' || kind === 'proof') {
      this.#failed(to, fault);
      return;
    }
    this.#session.refuse(to, fault);
    if (++this.#refused >= NOT_OPEN_FRAMES_MAX) this.#session.end(new Fault('UNEXPECTED'));
  }

  /** A Hello has come to nothing, with or without a proof; no proof can be given for it any more. */
  #failed(to: Address, fault: Fault): void {
    this.#challenge = undefined;
    this.#session.refuse(to, fault);
    if (++this.#hellos >= this.#session.hub.settings.hellosMax) this.#session.end(new Fault('UNEXPECTED'));
  }

  #hello(ref: number, hello: Hello): void {
    const { hub, connection, outlet } = this.#session;
    if (!isKnown(this.#session, hello)) {
      hub.attempts.assertLeft(connection.source, hub.ports.clock.monotonic());
    }
    if (hello.key.length === 0) {
      this.#session.open(ref, hello, visit(this.#session, hello));
      return;
    }
    assertLetIn(this.#session, hello);
    hub.names.admit(keyClaimOf(this.#session, hello), connection.source);
    const nonce = hub.ports.crypto.random(CHALLENGE_NONCE_BYTES);
    // The frame's own bytes do not outlive it.
    const kept = { ...hello, key: hello.key.slice(), clientNonce: hello.clientNonce.slice() };
    this.#challenge = { hello: kept, nonce };
    outlet.answer(challengeFrame(ref, { nonce, bindings: [...connection.bindings.keys()] }));
  }

  #prove(ref: number, { binding, signature }: Proof, { hello, nonce }: Challenge): void {
    const { hub, connection, inlet } = this.#session;
    const bound = connection.bindings.get(binding);
    if (bound === undefined) throw new Fault('AUTH_FAILED');
    const { key, clientNonce, name } = hello;
    const message = proofMessage({ nonce, clientNonce, binding, bound, key, name });
    if (!hub.ports.crypto.verify(key, message, signature)) throw new Fault('AUTH_FAILED');
    // Since the Hello things may have changed.
    assertLetIn(this.#session, hello);
    const claim = keyClaimOf(this.#session, hello);
    const user = hub.names.admit(claim, connection.source);
    if (hub.names.isBound(user)) {
      this.#enter(ref, hello, user);
      return;
    }
    const to = { ref, room: '' };
    hub.names.bind(claim, key, connection, (result) => {
      if (this.#session.isGreeting) {
        if (result instanceof Fault) this.#failed(to, result);
        else this.#enterLate(to, hello, result);
      }
      release();
    });
    const release = inlet.hold();
  }

  #enterLate(to: Address, hello: Hello, user: User): void {
    try {
      this.#enter(to.ref, hello, user);
    } catch (cause) {
      this.#failed(to, cause instanceof Fault ? cause : new Fault('INTERNAL'));
    }
  }

  /** @throws Fault TOO_MANY_SESSIONS */
  #enter(ref: number, hello: Hello, user: User): void {
    enter(this.#session, hello, user);
    this.#session.open(ref, hello, user);
  }
}
