// Sits on one connection at the edge of the server and knows, from the bytes alone, what may come next.
import {
  FaultCode,
  Frame,
  type Hello,
  type History,
  type Joined,
  Mark,
  type Page,
  Status,
  type System,
} from '../../src/protocol/index.ts';
import { faultCloses } from '../../src/protocol/index.ts';
import { hexOf } from '../support/hex.ts';
import { type Folds, frameOfEntry, type Present, rosterText } from './fold.ts';
import type { Judge } from './judge.ts';
import type { Tap } from './link.ts';
import { PlainSplitter, readLength, sameAt } from './splitter.ts';
import type { StoredRoom } from './store.ts';
import { TapHaste } from './tap-haste.ts';
import { TapWindow } from './tap-window.ts';
import { userOf } from './user.ts';

type RequestKind =
  | 'hello'
  | 'proof'
  | 'join'
  | 'leave'
  | 'chat'
  | 'history'
  | 'rosterRequest'
  | 'roomsRequest'
  | 'ping';

interface Asked {
  readonly kind: RequestKind;
  readonly frame: Frame;
  /** Its place among everything that this connection said. */
  readonly order: number;
  /** The newest entry of its room that the server knew of when it came. */
  readonly newest: number;
}

interface Attachment {
  readonly stored: StoredRoom;
  readonly mode: number;
  stage: 'roster' | 'live';
  next: number;
  asOf: number | undefined;
  readonly roster: Present[];
}

/** After a refusal of class 2xxx: no Chat behind it is stored before the client has shown that it knows. */
interface BrokenLine {
  readonly room: string;
  readonly order: number;
  pingNonce: string | undefined;
  knownFrom: number | undefined;
}

/** What a request is answered with; a Fault always may. */
const ANSWERS: Record<RequestKind, string> = {
  hello: 'welcome',
  proof: 'welcome',
  join: 'joined',
  leave: 'left',
  chat: 'stored',
  history: 'page',
  rosterRequest: 'roster',
  roomsRequest: 'rooms',
  ping: 'pong',
};

export interface TapOptions {
  readonly judge: Judge;
  readonly folds: Folds;
  readonly label: string;
  /** Sends anything: what is no frame is not followed, and no answer is missed. */
  readonly wild: boolean;
  readonly trace: (kind: string, detail: () => string) => void;
}

export class SessionTap implements Tap {
  readonly label: string;
  /** Private rooms that were not empty at the Welcome and were not mentioned since. */
  readonly #owed = new Set<StoredRoom>();
  readonly #judge: Judge;
  readonly #folds: Folds;
  readonly #wild: boolean;
  readonly #trace: (kind: string, detail: () => string) => void;
  readonly #window: TapWindow;
  readonly #haste: TapHaste;
  readonly #up = new PlainSplitter();
  readonly #asked = new Map<number, Asked>();
  readonly #attached = new Map<string, Attachment>();
  readonly #lastStored = new Map<string, { order: number; seq: number }>();
  #lines: BrokenLine[] = [];
  #state: 'new' | 'open' | 'ended' | 'lost' = 'new';
  #finished = false;
  #deaf = false;
  #order = 0;
  #name = '';
  #user: string | undefined;
  /** Who shows itself by a Hello or a Proof, by the place of that. */
  readonly #claims = new Map<number, string>();
  /** Whose proof is waited for. */
  #challenged = '';
  #hello: Hello | undefined;
  #signature: Uint8Array | undefined;
  #closingFault: number | undefined;
  /** The place of a Pong that must end the session. */
  #badPongOrder: number | undefined;
  #overfull = false;

  constructor({ judge, folds, label, wild, trace }: TapOptions) {
    this.label = label;
    this.#judge = judge;
    this.#folds = folds;
    this.#wild = wild;
    this.#trace = trace;
    this.#haste = new TapHaste(judge, (rule, detail) => this.#broken(rule, detail));
    this.#window = new TapWindow(judge.settings.windowBytes, (rule, detail) => this.#broken(rule, detail));
  }

  get user(): string | undefined {
    return this.#user;
  }

  get open(): boolean {
    return this.#state === 'open';
  }

  /** What this session still waits for. Asked when everything should be quiet. */
  overdue(nowMs: number): string | undefined {
    if (this.#state !== 'open') return undefined;
    const [asked] = this.#wild ? [] : this.#asked.values();
    if (asked !== undefined) return `${asked.kind} ${asked.frame.room} ref ${asked.frame.ref} is unanswered`;
    if (this.#finished) return 'the client has finished and the server has not';
    if (this.#window.badPong) return 'a wrong Pong went unpunished';
    if (this.#closingFault !== undefined) return `open after fault ${this.#closingFault}`;
    const { stallMs, pingIntervalMs } = this.#judge.settings;
    const pinged = this.#window.oldestAt;
    if (pinged !== undefined && nowMs > pinged + stallMs + 2 * pingIntervalMs + 5_000) {
      return 'a Ping is unanswered for too long';
    }
    for (const room of this.#owed) {
      if (this.#judge.store.rooms.get(room.name) === room) return `${room.name} was not mentioned`;
    }
    for (const [room, { stored, next, mode, stage }] of this.#attached) {
      if (mode === 3) continue;
      if (stage !== 'live') return `no roster of ${room}`;
      if (next !== stored.newest + 1) return `${room} stands at ${next - 1} of ${stored.newest}`;
    }
    return undefined;
  }

  attachedRooms(): ReadonlyMap<string, { readonly mode: number }> {
    return this.#attached;
  }

  // What the client says, as it reaches the server.

  serverReceives(chunk: Uint8Array): void {
    this.#assertRoom();
    this.#trace('up', () => `${this.label} ${chunk.length} bytes`);
    if (this.#deaf) return;
    try {
      for (const payload of this.#up.frames(chunk)) this.#hear(Frame.decode(payload));
    } catch (error) {
      this.#deaf = true;
      if (!this.#wild) this.#broken('clients send frames', String(error));
    }
  }

  serverFinishes(): void {
    this.#trace('fin', () => this.label);
    this.#finished = true;
    // Nobody answers a Ping any more, and all that was asked is still answered.
    this.#window.lift();
  }

  serverLoses(): void {
    this.#trace('lost', () => this.label);
    this.#over('lost');
  }

  /** The process is gone, and with it everything that was promised. */
  abandon(): void {
    this.#state = 'lost';
  }

  #hear(frame: Frame): void {
    this.#order++;
    const kind = kindOf(frame);
    this.#trace('hear', () => `${this.label} ${kind} ref ${frame.ref} ${frame.room} ${hexOf(frame.id)}`);
    if (kind === 'pong') {
      const nonce = valueOf(frame, 'pong')?.nonce ?? new Uint8Array(0);
      this.#window.pong(nonce);
      if (this.#window.badPong) this.#badPongOrder ??= this.#order;
      const hex = hexOf(nonce);
      for (const line of this.#lines) if (line.pingNonce === hex) line.knownFrom = this.#order;
      return;
    }
    if (kind === 'hello') {
      const hello = valueOf(frame, 'hello');
      const { secret, key } = hello ?? {};
      this.#hello = hello;
      const isNobody = secret?.length === 0 && key?.length === 0;
      this.#claims.set(this.#order, isNobody ? '' : userOf({ secret, key }));
      this.#asked.set(frame.ref, { kind, frame, order: this.#order, newest: 0 });
      return;
    }
    if (kind === 'leave' && this.#user !== undefined)
      this.#judge.leaving(this, this.#user, frame.room, false);
    if (kind === 'proof') {
      this.#claims.set(this.#order, this.#challenged);
      this.#signature = valueOf(frame, 'proof')?.signature.slice();
    }
    if (frame.ref === 0 && kind !== 'join' && kind !== 'proof') return;
    if (!(kind in ANSWERS)) return;
    const newest = this.#judge.room(frame.room)?.reported ?? 0;
    this.#haste.asked(kind);
    this.#asked.set(frame.ref, { kind: kind as RequestKind, frame, order: this.#order, newest });
  }

  // What the server says, as it hands it to the transport.

  serverWrote(parts: readonly Uint8Array[], full: boolean): void {
    this.#assertRoom();
    this.#overfull = full;
    if (this.#state === 'ended') this.#broken('nothing is written behind the end', '');
    for (const part of parts) {
      let at = 0;
      while (at < part.length) {
        const length = part.length - at < 4 ? -1 : readLength(part, at);
        if (length < 1 || length > 65_536 || at + 4 + length > part.length) {
          this.#broken('the server writes whole frames', `${length} at ${at} of ${part.length}`);
          return;
        }
        if (!this.#isNextEntry(part, at, length + 4)) {
          this.#say(part.subarray(at + 4, at + 4 + length), length + 4);
        }
        at += 4 + length;
      }
    }
  }

  serverEnded(): void {
    this.#trace('end', () => this.label);
    this.#overfull = false;
    if (this.#state === 'ended') this.#broken('a connection ends once', '');
    const inPeace = this.#closingFault === undefined && !this.#window.badPong && !this.#judge.draining;
    if (!this.#wild && this.#finished && inPeace) {
      const [asked] = this.#asked.values();
      if (asked !== undefined) this.#broken('a FIN does not cancel what was asked', asked.kind);
    }
    if (this.#closingFault === FaultCode.DRAINING) this.#mustHaveAnswered();
    this.#over('ended');
  }

  /** A drain stores and answers what was taken, before it ends a session. */
  #mustHaveAnswered(): void {
    for (const { kind, frame, newest } of this.#asked.values()) {
      const stored = this.#judge.room(frame.room);
      const seq = stored?.seqOf(hexOf(frame.id)) ?? 0;
      const entry = stored?.at(seq);
      const author = entry === undefined ? undefined : frameOfEntry(entry).author?.user;
      if (author === undefined || hexOf(author) !== this.#user?.slice(0, 16)) continue;
      // What was stored before it was said again waits in vain, without harm.
      if (kind !== 'chat' || stored === undefined || seq <= newest || seq > stored.reported) continue;
      this.#broken('a drain answers what it stores', `${frame.room} ref ${frame.ref}`);
    }
  }

  /** A refused write is the last one before `writable`, unless the connection ends. */
  #assertRoom(): void {
    if (this.#overfull) this.#broken('no write before the transport has room', '');
    this.#overfull = false;
  }

  #over(state: 'ended' | 'lost'): void {
    if (this.#state === 'lost') return;
    if (this.#state !== 'ended') {
      if (this.#user !== undefined) {
        for (const [room, { mode, next }] of this.#attached) {
          if (mode < 2) this.#judge.detached(this, this.#user, room, true);
          this.#judge.told(this.#user, room, next - 1);
        }
        for (const { kind, frame } of this.#asked.values()) {
          if (kind === 'join') this.#judge.returnedInVain(this.#user, frame.room);
          if (kind === 'leave') this.#judge.wantedOut(this.#user, frame.room);
        }
      }
      if (this.#name !== '') this.#judge.ended(this, this.#name);
    }
    this.#state = state;
  }

  /** The fast way: the frame is, byte for byte, the entry that must come next in a room of this session. */
  #isNextEntry(part: Uint8Array, at: number, length: number): boolean {
    for (const attachment of this.#attached.values()) {
      const versions = attachment.stored.versions(attachment.next);
      if (!versions.some((framed) => framed.length === length && sameAt(part, at, framed))) continue;
      if (attachment.stage !== 'live')
        this.#broken('the roster comes before the entries', attachment.stored.name);
      if (attachment.mode === 3) this.#broken('SEND_ONLY reads nothing', attachment.stored.name);
      attachment.next++;
      this.#window.stream(length);
      return true;
    }
    return false;
  }

  #say(payload: Uint8Array, length: number): void {
    const frame = Frame.decode(payload);
    const kind = kindOf(frame);
    const { room } = frame;
    this.#trace(
      'say',
      () =>
        `${this.label} ${kind} ref ${frame.ref} ${room} seq ${frame.seq} ${describe(frame)} ${hexOf(payload.subarray(0, 40))}`,
    );
    // A Fault repeats the name that was asked for.
    if (kind !== 'fault' && !this.#judge.mayKnow(room, this.#user))
      this.#broken('private rooms are invisible to others', `${kind} ${room}`);
    if (frame.seq !== 0) {
      this.#strayEntry(frame);
      return;
    }
    this.#count(kind, length);
    const asked = this.#answered(kind, frame);
    switch (kind) {
      case 'ping': {
        const nonce = valueOf(frame, 'ping')?.nonce ?? new Uint8Array(0);
        this.#window.ping(nonce, this.#judge.nowMs);
        for (const line of this.#lines) line.pingNonce ??= hexOf(nonce);
        return;
      }
      case 'challenge':
        this.#challenged = this.#claims.get(asked?.order ?? 0) ?? '';
        return;
      case 'welcome':
        this.#welcome(frame, asked);
        return;
      case 'joined':
        this.#joined(frame, asked);
        return;
      case 'roster':
        this.#roster(frame);
        return;
      case 'left':
        this.#left(frame, asked);
        return;
      case 'gap':
        this.#gap(frame);
        return;
      case 'stored':
        this.#stored(frame, asked);
        return;
      case 'fault':
        this.#fault(frame, asked);
        return;
      case 'page':
        this.#page(frame, asked);
        return;
      case 'rooms':
        for (const info of valueOf(frame, 'rooms')?.rooms ?? []) {
          if (info.room.startsWith('~')) this.#broken('private rooms are not listed', info.room);
          if (info.newest > (this.#judge.room(info.room)?.newest ?? 0)) {
            this.#broken('nothing is visible before it is durable', `rooms: ${info.room}`);
          }
        }
        return;
      case 'direct': {
        const newest = valueOf(frame, 'direct')?.newest ?? 0;
        if (!room.startsWith('~') || newest > (this.#judge.room(room)?.newest ?? 0)) {
          this.#broken('Direct speaks of a private room and what is in it', `${room} ${newest}`);
        }
        this.#mentioned(room, newest);
        const pair = this.#judge.pairOf(room);
        const peer = hexOf(valueOf(frame, 'direct')?.peer?.user ?? new Uint8Array(0));
        if (pair?.some((user) => user !== this.#user && user.startsWith(peer)) !== true) {
          this.#broken('Direct names the other one', room);
        }
        return;
      }
      case 'presence':
        if (!this.#attached.has(room))
          this.#broken('nothing of a room comes to who is not in it', `presence ${room}`);
        return;
      case 'pong':
      case 'draining':
        return;
      default:
        this.#broken('the server says what servers say', kind);
    }
  }

  #count(kind: string, length: number): void {
    if (kind === 'page' || kind === 'roster' || kind === 'presence') this.#window.stream(length);
    else if (kind !== 'ping') this.#window.answer(length, this.#haste.mayBeBehind);
  }

  #strayEntry({ room, seq }: Frame): void {
    const attachment = this.#attached.get(room);
    if (attachment === undefined) {
      this.#broken('nothing of a room comes to who is not in it', `${room} #${seq}`);
    } else if (attachment.stored.at(seq) === undefined) {
      this.#broken('nothing is visible before it is durable', `${room} #${seq}`);
    } else if (attachment.next !== seq) {
      this.#broken('a stream is a contiguous run', `${room} #${seq} instead of #${attachment.next}`);
    } else this.#broken('an entry is relayed byte for byte', `${room} #${seq}`);
    if (attachment !== undefined) attachment.next = seq + 1;
  }

  /** The request that this answers. */
  #answered(kind: string, frame: Frame): Asked | undefined {
    const { ref } = frame;
    const asked = this.#asked.get(ref);
    if (asked === undefined) {
      if (ref !== 0 && !(kind === 'roster' && this.#attached.has(frame.room))) {
        if (!this.#wild)
          this.#broken('every request is answered once', `${kind} for ref ${ref}, which nobody asked`);
      }
      return undefined;
    }
    if (asked.order > (this.#badPongOrder ?? asked.order))
      this.#broken('a wrong Pong ends the session', kind);
    const isChallenge = kind === 'challenge' && asked.kind === 'hello';
    if (kind === 'fault' || kind === ANSWERS[asked.kind] || isChallenge) {
      if (kind === 'roster' && valueOf(frame, 'roster')?.last !== true) return asked;
      if (ref !== 0 || asked.kind === 'hello' || asked.kind === 'proof' || asked.kind === 'join')
        this.#asked.delete(ref);
      this.#haste.answered(asked.kind, valueOf(frame, 'fault')?.code ?? 0);
      return asked;
    }
    if (ref === 0) return undefined;
    if (!this.#wild) this.#broken('an answer fits its request', `${kind} for ${asked.kind}`);
    return undefined;
  }

  #welcome(frame: Frame, asked: Asked | undefined): void {
    const welcome = valueOf(frame, 'welcome');
    if (welcome === undefined) return;
    if (this.#state !== 'new') this.#broken('one Welcome a session', welcome.name);
    this.#state = 'open';
    this.#haste.welcomed(welcome.limits);
    const user = this.#claims.get(asked?.order ?? 0);
    if (asked?.kind === 'proof' && this.#hello !== undefined && this.#signature !== undefined) {
      const { name, key, clientNonce } = this.#hello;
      this.#judge.proven({
        name,
        key: key.slice(),
        clientNonce: clientNonce.slice(),
        signature: this.#signature,
      });
    }
    if (welcome.name === '') return;
    this.#name = welcome.name;
    this.#user = user;
    if (user === undefined || hexOf(welcome.user) !== user.slice(0, 16)) {
      // Of bent frames nobody knows what the server made of them.
      if (!this.#wild) this.#broken('a user is the hash of the secret', welcome.name);
    } else {
      this.#judge.welcomed(this, welcome.name, user, welcome.mark === Mark.BOUND);
      for (const room of this.#judge.privateRoomsOf(user)) if (room.reported > 0) this.#owed.add(room);
    }
  }

  #mentioned(name: string, newest: number): void {
    for (const room of this.#owed) if (room.name === name) this.#owed.delete(room);
    if (this.#user !== undefined) this.#judge.told(this.#user, name, newest);
  }

  #joined(frame: Frame, asked: Asked | undefined): void {
    const joined = valueOf(frame, 'joined');
    const stored = this.#judge.room(frame.room);
    if (joined === undefined || stored === undefined || asked === undefined) {
      this.#broken('Joined answers a Join', frame.room);
      return;
    }
    const join = asked.frame.kind?.$case === 'join' ? asked.frame.kind.value : undefined;
    const mode = join?.mode ?? 0;
    const problem = joinedFault(joined, stored, join);
    if (problem !== undefined)
      this.#broken('Joined says what comes', `${this.label} ${frame.room}: ${problem}`);
    if (asked.frame.room.startsWith('@')) {
      const wanted = asked.frame.room.slice(1).toLowerCase();
      if (joined.peer?.name.toLowerCase() !== wanted) this.#broken('@name leads to that name', wanted);
    }
    if (frame.room.startsWith('~')) {
      const peer = hexOf(joined.peer?.user ?? new Uint8Array(0));
      const pair = this.#judge.pairOf(frame.room) ?? [];
      if (!pair.some((user) => user !== this.#user && user.startsWith(peer) && peer.length === 16)) {
        this.#broken('a private room has two users', `${frame.room}: ${joined.peer?.name}`);
      }
    }
    this.#mentioned(frame.room, 0);
    this.#attached.set(frame.room, {
      stored,
      mode,
      stage: mode === 3 ? 'live' : 'roster',
      next: joined.first,
      asOf: undefined,
      roster: [],
    });
    if (this.#user !== undefined && mode < 2 && !frame.room.startsWith('~')) {
      this.#judge.attached(this, this.#user, frame.room);
    }
  }

  #roster(frame: Frame): void {
    const roster = valueOf(frame, 'roster');
    const attachment = this.#attached.get(frame.room);
    if (roster === undefined || attachment === undefined) {
      this.#broken('nothing of a room comes to who is not in it', `roster ${frame.room}`);
      return;
    }
    const { stored } = attachment;
    if (attachment.asOf !== undefined && attachment.asOf !== roster.asOf) {
      this.#broken('a roster is of one moment', `${frame.room} ${attachment.asOf} ${roster.asOf}`);
    }
    attachment.asOf = roster.asOf;
    for (const { name, user } of roster.members) attachment.roster.push({ name, user: hexOf(user) });
    if (!roster.last) return;
    const members = attachment.roster.splice(0);
    attachment.asOf = undefined;
    attachment.stage = 'live';
    if (roster.asOf > stored.newest)
      this.#broken('nothing is visible before it is durable', `roster ${roster.asOf}`);
    if (frame.room.startsWith('~')) return;
    const folded = this.#folds.at(stored, roster.asOf);
    if (rosterText(members) !== folded) {
      this.#broken(
        'a roster is the fold of the log',
        `${frame.room} as of ${roster.asOf}: [${rosterText(members)}] instead of [${folded}]`,
      );
    }
  }

  #left(frame: Frame, asked: Asked | undefined): void {
    const left = valueOf(frame, 'left');
    const attachment = this.#attached.get(frame.room);
    this.#attached.delete(frame.room);
    if (left === undefined) return;
    if (attachment === undefined) this.#broken('only who is in can be out', frame.room);
    if (left.seq > (this.#judge.room(frame.room)?.newest ?? 0) && attachment !== undefined) {
      if (left.seq > attachment.stored.newest)
        this.#broken('nothing is visible before it is durable', 'Left');
    }
    if (asked !== undefined) {
      for (const other of this.#asked.values()) {
        if (other.kind === 'chat' && other.frame.room === frame.room && other.order < asked.order) {
          this.#broken('what was said before a Leave is answered before Left', frame.room);
        }
      }
    }
    if (this.#user === undefined) return;
    this.#judge.detached(this, this.#user, frame.room, asked === undefined);
    // Who leaves of one's own accord does not want to hear the rest.
    this.#judge.told(this.#user, frame.room, attachment?.stored.newest ?? 0);
  }

  #gap(frame: Frame): void {
    const next = valueOf(frame, 'gap')?.next ?? 0;
    const attachment = this.#attached.get(frame.room);
    if (attachment === undefined) {
      this.#broken('nothing of a room comes to who is not in it', `gap ${frame.room}`);
      return;
    }
    if (next <= attachment.next || next > attachment.stored.oldest) {
      this.#broken(
        'a Gap spans what is gone',
        `${attachment.next} to ${next}, oldest ${attachment.stored.oldest}`,
      );
    }
    attachment.next = next;
    // Then comes a new roster, before any entry.
    attachment.stage = 'roster';
    this.#judge.totals.gaps++;
  }

  #stored(frame: Frame, asked: Asked | undefined): void {
    const stored = valueOf(frame, 'stored');
    if (stored === undefined || asked === undefined) return;
    const { room, id } = asked.frame;
    const entry = this.#judge.room(room)?.at(stored.seq);
    if (frame.room !== room || hexOf(frame.id) !== hexOf(id)) {
      this.#broken('Stored names what is stored', `${frame.room} ${hexOf(frame.id)}`);
    }
    if (entry === undefined) this.#broken('acknowledged means durable', `${room} #${stored.seq}`);
    else if (entry.id !== hexOf(id) || entry.time !== stored.time) {
      this.#broken('Stored says where', `${room} #${stored.seq} is another entry`);
    }
    const author = entry === undefined ? undefined : frameOfEntry(entry).author?.user;
    if (this.#user === undefined || hexOf(author ?? new Uint8Array(0)) !== this.#user.slice(0, 16)) {
      this.#broken('nobody is told that the words of another are stored', `${room} #${stored.seq}`);
    }
    if (stored.duplicate) return;
    const last = this.#lastStored.get(room);
    if (last !== undefined && last.order < asked.order !== last.seq < stored.seq) {
      this.#broken('one sender’s lines keep their order', `${room} #${stored.seq} and #${last.seq}`);
    }
    this.#lastStored.set(room, { order: asked.order, seq: stored.seq });
    for (const line of this.#lines) {
      if (line.room !== room || line.order >= asked.order) continue;
      if (line.knownFrom === undefined || asked.order < line.knownFrom) {
        this.#broken('a refusal stops the line', `${room} #${stored.seq}`);
      }
    }
  }

  #fault(frame: Frame, asked: Asked | undefined): void {
    const code = valueOf(frame, 'fault')?.code ?? 0;
    this.#judge.totals.faults++;
    if (faultCloses(code)) this.#closingFault = code;
    if (code === FaultCode.INTERNAL) this.#broken('the server has no defect', describe(frame));
    if (code === FaultCode.BAD_PONG && !this.#window.badPong && !this.#wild) {
      this.#broken('a right Pong is taken', this.label);
    }
    if (asked?.kind === 'leave' && this.#user !== undefined) {
      this.#judge.leaving(this, this.#user, asked.frame.room, true);
    }
    const isRefusal = code >= 2000 && code < 3000 && code !== FaultCode.OUT_OF_LINE;
    // Where a session is not, it has no line.
    if (asked?.kind === 'chat' && isRefusal && this.#attached.has(asked.frame.room)) {
      const { room } = asked.frame;
      this.#lines = this.#lines.filter((line) => line.knownFrom === undefined || this.#asked.size > 0);
      this.#lines.push({ room, order: asked.order, pingNonce: undefined, knownFrom: undefined });
    }
  }

  #page(frame: Frame, asked: Asked | undefined): void {
    const page = valueOf(frame, 'page');
    const attachment = this.#attached.get(frame.room);
    if (page === undefined || attachment === undefined) {
      this.#broken('nothing of a room comes to who is not in it', `page ${frame.room}`);
      return;
    }
    const history = asked === undefined ? undefined : valueOf(asked.frame, 'history');
    const problem = pageFault(page, attachment.stored, history, asked?.newest ?? 0);
    if (problem !== undefined) this.#broken('a Page shows the log', `${frame.room}: ${problem}`);
  }

  #broken(rule: string, detail: string): void {
    this.#judge.broken(rule, `${this.label}: ${detail}`);
  }
}

/** What is wrong with a Joined, by the rule of positions. */
function joinedFault(
  joined: Joined,
  stored: StoredRoom,
  join:
    | { have?: { logId: Uint8Array; seq: number; check: number } | undefined; last: number; mode: number }
    | undefined,
): string | undefined {
  const { status, first, newest, oldest } = joined;
  if (hexOf(joined.logId) !== hexOf(stored.logId)) return 'another log';
  if (newest > stored.newest) return `newest ${newest} is not durable`;
  if (oldest > stored.oldest || oldest < 1) return `oldest ${oldest} of ${stored.oldest}`;
  const have = join?.have;
  const last = join?.last ?? 0;
  const recent = Math.max(oldest, newest - last + 1);
  if (have === undefined) return expect(Status.FRESH, recent);
  if (join?.mode === 3) return undefined;
  const held = stored.at(have.seq);
  const wrong = have.check !== 0 && held !== undefined && held.check !== have.check;
  const foreign = hexOf(have.logId) !== hexOf(stored.logId) || have.seq > newest;
  // Of an entry that was gone when the server looked nothing can be known; if it went since, nobody can tell.
  const mayBeGone = have.seq < stored.oldest;
  if (foreign || (wrong && (!mayBeGone || status === Status.NEW_LOG))) {
    return expect(Status.NEW_LOG, last === 0 ? oldest : recent);
  }
  const all = have.seq + 1;
  if (last !== 0 && newest - have.seq > last) {
    if (newest - last + 1 >= oldest) return expect(Status.SKIPPED, newest - last + 1);
    return expect(Status.TRUNCATED, oldest);
  }
  return all >= oldest ? expect(Status.COMPLETE, all) : expect(Status.TRUNCATED, oldest);

  function expect(wantedStatus: number, wantedFirst: number): string | undefined {
    if (status === wantedStatus && first === wantedFirst) return undefined;
    return `status ${status} first ${first} instead of ${wantedStatus} ${wantedFirst} (newest ${newest} oldest ${oldest} have ${have?.seq} last ${last})`;
  }
}

/** What is wrong with a Page; `newest` was the newest entry when it was asked for. */
function pageFault(
  page: Page,
  stored: StoredRoom,
  history: History | undefined,
  newest: number,
): string | undefined {
  const { entries } = page;
  if (history === undefined) return 'nobody asked';
  if (entries.length > (history.limit === 0 ? 100 : history.limit)) return `${entries.length} entries`;
  if (page.oldest > stored.oldest) return 'oldest';
  for (const [i, entry] of entries.entries()) {
    const truth = stored.at(entry.seq);
    if (truth === undefined) return `#${entry.seq} is not durable`;
    if (i > 0 && entry.seq !== (entries[i - 1]?.seq ?? 0) + 1) return `#${entry.seq} out of order`;
    const bytes = Frame.encode(entry).finish();
    const versions = stored.versions(entry.seq);
    if (!versions.some((framed) => bytes.length === framed.length - 4 && sameAt(framed, 4, bytes))) {
      return `#${entry.seq} is another entry`;
    }
  }
  const first = entries[0]?.seq ?? 0;
  const last = entries.at(-1)?.seq ?? 0;
  const { start } = history;
  if (start?.$case === 'after') {
    if (first === 0)
      return start.value < newest && stored.oldest <= newest ? 'nothing of what is there' : undefined;
    if (first <= start.value || (first > start.value + 1 && first > stored.oldest)) return 'not the nearest';
    return !page.more && last < newest ? 'there are more' : undefined;
  }
  const end = start === undefined ? newest : Math.min(start.value - 1, newest);
  if (first === 0) return stored.oldest <= end ? 'nothing of what is there' : undefined;
  if (last < end || (start !== undefined && last >= start.value)) return 'not the nearest';
  return !page.more && first > stored.oldest ? 'there are more' : undefined;
}

function kindOf({ kind }: Frame): string {
  if (kind?.$case !== 'system') return kind?.$case ?? 'nothing';
  return kind.value.kind?.$case ?? 'nothing';
}

type SystemKind = NonNullable<System['kind']>;
type ValueOf<K extends SystemKind['$case']> = Extract<SystemKind, { $case: K }>['value'];

function valueOf<K extends SystemKind['$case']>({ kind }: Frame, name: K): ValueOf<K> | undefined {
  const system = kind?.$case === 'system' ? kind.value.kind : undefined;
  return system?.$case === name ? (system.value as never) : undefined;
}

function describe(frame: Frame): string {
  const { kind } = frame;
  if (kind?.$case !== 'system') return '';
  return JSON.stringify(kind.value.kind, (_, value: unknown) =>
    value instanceof Uint8Array ? hexOf(value) : value,
  ).slice(0, 300);
}
