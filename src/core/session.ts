// Owns one client's conversation: what has been said, what is asked, and in which order it is dealt with.
import { Fault, faultClass, faultCloses, faultName } from '../protocol/faults.ts';
import { decodeFrame } from '../protocol/frame.ts';
import { type Frame, type Hello, Reason } from '../protocol/gen/kentongan/v1/kentongan.ts';
import { ELEMENTS_MAX, ENTRY_ID_BYTES, NAME_BYTES_MAX } from '../protocol/limits.ts';
import { readRequest, type RequestKind, requestKindOf } from '../protocol/request.ts';
import { type Address, faultFrame, leftFrame, pongFrame } from './answers.ts';
import type { Attachment } from './attachment.ts';
import { Directs } from './directs.ts';
import { welcome } from './greeting.ts';
import { Handshake } from './handshake.ts';
import type { Hub } from './hub.ts';
import { Inlet } from './inlet.ts';
import { Lines } from './lines.ts';
import { Outlet } from './outlet.ts';
import type { Connection } from './ports.ts';
import { Requests } from './requests.ts';
import type { Room } from './room.ts';
import { answerRoomRequest } from './room-requests.ts';
import { isGuess } from './sources.ts';
import type { User } from './user.ts';

/** What a transport tells the core about one connection. */
export interface SessionInput {
  receive(chunk: Uint8Array): void;
  /** The client says no more; what it said is answered, then the connection ends. */
  finish(): void;
  /** The connection is gone. The last call, exactly once. */
  lost(): void;
  /** After a write that was refused: the transport accepts bytes again. */
  writable(): void;
}

/** `@` and a name. */
const ROOM_LENGTH_MAX = 1 + NAME_BYTES_MAX;

type State =
  | { readonly at: 'new'; readonly handshake: Handshake }
  | { readonly at: 'open'; readonly user: User | undefined }
  | { readonly at: 'over'; readonly user: User | undefined; readonly code: number };

export class Session implements SessionInput {
  readonly number: number;
  readonly hub: Hub;
  readonly connection: Connection;
  readonly inlet: Inlet;
  readonly outlet: Outlet;
  readonly attachments = new Map<string, Attachment>();
  readonly lines: Lines;
  /** The turn's: it is in the line of those who write at its end. */
  isScheduled = false;
  readonly #openedAt: number;
  #state: State = { at: 'new', handshake: new Handshake(this) };
  /** Made when there is one for the first time, as the requests: hardly any session has either. */
  #directs: Directs | undefined;
  #requests: Requests | undefined;
  #finishing = false;
  #pingsSeen = 1;
  #pingedAt: number;

  constructor(number: number, hub: Hub, connection: Connection) {
    this.number = number;
    this.hub = hub;
    this.connection = connection;
    this.inlet = new Inlet(connection, hub, () => hub.turn.resume(this));
    const { windowBytes } = hub.settings;
    this.outlet = new Outlet(
      connection,
      windowBytes,
      hub.ports.crypto.random,
      () => this.wake(),
      () => this.inlet.isBehind,
    );
    this.lines = new Lines(this.outlet);
    this.#openedAt = hub.ports.clock.monotonic();
    this.#pingedAt = this.#openedAt;
  }

  /** Who this is, also when the session is over; undefined before the Welcome and without a name. */
  get user(): User | undefined {
    return this.#state.at === 'new' ? undefined : this.#state.user;
  }

  /** What waits for the window. Of an open session. */
  get requests(): Requests {
    if (this.#requests === undefined) {
      this.#requests = new Requests(this.hub.settings.requestsWaiting, () => this.wake());
      this.outlet.add(this.#requests);
    }
    return this.#requests;
  }

  /** There is no Welcome yet. */
  get isGreeting(): boolean {
    return this.#state.at === 'new';
  }

  get isOpen(): boolean {
    return this.#state.at === 'open';
  }

  /** The client says no more: it is owed answers, but no stream. */
  get isFinishing(): boolean {
    return this.#finishing;
  }

  // From the transport

  receive(chunk: Uint8Array): void {
    if (this.#state.at === 'over') return;
    this.inlet.receive(chunk);
    this.read();
  }

  finish(): void {
    if (this.#state.at === 'over') return;
    this.#finishing = true;
    this.outlet.window.lift();
    for (const attachment of this.attachments.values()) attachment.mute();
    this.wake();
  }

  lost(): void {
    this.outlet.lost();
    this.#over(0);
    this.hub.forget(this, this.#state.at === 'over' ? this.#state.code : 0);
  }

  writable(): void {
    this.outlet.writable();
  }

  // From the hub, once per turn

  wake(): void {
    this.hub.turn.schedule(this);
  }

  /** Deals with what has come in, as far as nothing undecided is in the way. */
  read(): void {
    try {
      while (this.#state.at !== 'over') {
        const payload = this.inlet.next();
        if (payload === undefined) break;
        this.#take(decodeFrame(payload, ELEMENTS_MAX));
      }
    } catch (cause) {
      this.end(this.#faultOf(cause));
    }
    if (this.#state.at !== 'over') this.inlet.balance();
  }

  /** Reads on what others have had their turn before. */
  resume(): void {
    this.inlet.renew();
    this.read();
  }

  pump(): void {
    if (this.#state.at === 'over') return;
    this.outlet.pump();
    if (this.outlet.window.answersUnanswered > this.outlet.window.bytesMax)
      this.end(new Fault('SLOW_READER'));
    else if (this.#finishing && this.#isDone()) this.end();
  }

  /** @param ms since the last call */
  sweep(ms: number): void {
    const now = this.hub.ports.clock.monotonic();
    const { helloTimeoutMs, stallMs, pingIntervalMs } = this.hub.settings;
    if (this.#state.at === 'new') {
      if (now - this.#openedAt >= helloTimeoutMs) this.end(new Fault('HELLO_TIMEOUT'));
      return;
    }
    this.outlet.countReading(this.inlet.countOf(ms));
    if (this.outlet.unansweredMs >= stallMs) {
      this.end(new Fault('SLOW_READER'));
      return;
    }
    if (this.outlet.window.next !== this.#pingsSeen) {
      this.#pingsSeen = this.outlet.window.next;
      this.#pingedAt = now;
    } else if (now - this.#pingedAt >= pingIntervalMs) this.outlet.ping();
  }

  // For what handles this session's requests

  /** The Welcome: from here on this is a session of the user, or of somebody without a name. */
  open(ref: number, hello: Hello, user: User | undefined): void {
    welcome(this, ref, hello, user);
    this.inlet.welcome(this.hub.limitsFor(user));
    this.#state = { at: 'open', user };
    if (user === undefined) return;
    const grown = [...user.privateRooms].filter((room) => room.ledger.newest > 0 && !room.isDamaged);
    for (const room of grown.toSorted((a, b) => b.ledger.newestTime - a.ledger.newestTime)) this.hint(room);
  }

  /** Sends a refusal, and ends the session if the fault says so. */
  refuse(to: Address, fault: Fault): void {
    if (this.#state.at === 'over') return;
    if (faultCloses(fault.code)) {
      this.end(fault, to);
      return;
    }
    this.#observeRefusal(to, fault);
    this.outlet.answer(faultFrame(to, fault));
  }

  /** Refuses a Chat. One that may be repeated stops the line (KTG-9.11). */
  refuseChat(to: Address, fault: Fault): void {
    this.refuse(to, fault);
    if (faultClass(fault.code) !== 'retry' || faultName(fault.code) === 'OUT_OF_LINE') return;
    // Where this session is not, there is no line; and what a client may name is not kept.
    if (this.attachments.has(to.room)) this.lines.stop(to.room);
  }

  /** Takes this session out of a room, with `Left` as the last word about it. */
  dismiss(attachment: Attachment, reason: Reason, ref = 0, seq = 0): void {
    const { room } = attachment;
    const why = reason === Reason.QUARANTINED ? 'ROOM_QUARANTINED' : 'NOT_A_MEMBER';
    attachment.finish(why);
    for (const refusal of this.#requests?.cancel(room.name, why) ?? []) this.outlet.answer(refusal);
    this.unhint(room);
    this.attachments.delete(room.name);
    room.detach(attachment, 'left');
    if (attachment.isJoined) this.outlet.answer(leftFrame({ ref, room: room.name }, reason, seq));
  }

  /** A private room of this user grew, and no session of the user follows it. */
  hint(room: Room): void {
    if (this.#state.at !== 'open' || this.#state.user === undefined) return;
    if (this.#directs === undefined) {
      this.#directs = new Directs(this.#state.user);
      this.outlet.add(this.#directs);
    }
    this.#directs.add(room);
    this.wake();
  }

  /** There is nothing in this room to be read. */
  unhint(room: Room): void {
    this.#directs?.remove(room);
  }

  /** Ends the conversation, with a fault as the last word if there is one. */
  end(fault?: Fault, to: Address = { ref: 0, room: '' }): void {
    if (this.#state.at === 'over') return;
    if (fault !== undefined) {
      this.#observeRefusal(to, fault);
      this.outlet.answer(faultFrame(to, fault));
    }
    this.outlet.end();
    this.#over(fault?.code ?? 0);
  }

  // Inside

  #take(frame: Frame): void {
    const to = addressOf(frame);
    let kind: RequestKind = 'unknown';
    try {
      kind = requestKindOf(frame);
      if (this.#state.at === 'new') this.#state.handshake.take(kind, frame);
      else this.#takeOpen(kind, frame);
    } catch (cause) {
      const fault = this.#faultOf(cause);
      if (this.#state.at !== 'open' && isGuess(fault)) {
        this.hub.attempts.count(this.connection.source, this.hub.ports.clock.monotonic());
      }
      if (this.#state.at === 'new') this.#state.handshake.refuse(kind, to, fault);
      else if (to.id !== undefined) this.refuseChat(to, fault);
      else this.refuse(to, fault);
    }
  }

  /**
   * Every frame has its price, whatever becomes of it, but a Pong: there are not more of those than Pings.
   * @throws Fault RATE_LIMITED, OUT_OF_LINE
   */
  #charge(kind: RequestKind, room: string): void {
    if (kind === 'pong') return;
    const isChat = kind === 'chat';
    try {
      this.inlet.charge(isChat ? 'chat' : 'request');
    } catch (cause) {
      if (isChat) this.lines.assertOpen(room);
      throw cause;
    }
  }

  #takeOpen(kind: RequestKind, frame: Frame): void {
    if (kind === 'hello' || kind === 'proof') throw new Fault('UNEXPECTED');
    this.#charge(kind, frame.room);
    const request = readRequest(frame);
    switch (request.kind) {
      case 'hello':
      case 'proof':
        return;
      case 'ping':
        this.outlet.answer(pongFrame(request.ref, request.nonce));
        return;
      case 'pong':
        if (!this.outlet.pong(request.nonce)) throw new Fault('BAD_PONG');
        this.wake();
        return;
      default:
        answerRoomRequest(this, request);
    }
  }

  #isDone(): boolean {
    return this.inlet.isIdle && (this.#requests?.size ?? 0) === 0 && this.outlet.flushed;
  }

  #over(code: number): void {
    const { user } = this;
    if (this.#state.at === 'over') return;
    this.#state = { at: 'over', user, code };
    this.inlet.stop();
    this.outlet.lost();
    const how = faultName(code) === 'REPLACED' ? 'replaced' : 'lost';
    for (const attachment of this.attachments.values()) attachment.room.detach(attachment, how);
    this.attachments.clear();
    if (user !== undefined) this.hub.leftBy(user, this);
  }

  #observeRefusal({ room }: Address, fault: Fault): void {
    this.hub.ports.observe({
      event: 'refused',
      session: this.number,
      address: this.connection.address,
      name: this.user?.name ?? fault.details.name ?? '',
      code: fault.code,
      fault: faultName(fault.code),
      room,
    });
  }

  #faultOf(cause: unknown): Fault {
    if (cause instanceof Fault) return cause;
    const message = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    this.hub.ports.observe({ event: 'defect', session: this.number, message });
    return new Fault('INTERNAL');
  }
}

/** What answers say of the frame that they are for. Too long for a room, or an id, is not said back. */
function addressOf({ ref, room, id, kind }: Frame): Address {
  const to = { ref, room: room.length > ROOM_LENGTH_MAX ? '' : room };
  if (kind?.$case !== 'chat') return to;
  return { ...to, id: id.length > ENTRY_ID_BYTES ? new Uint8Array(0) : id };
}
