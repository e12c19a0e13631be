// An honest person: talks in the lobby and in private with one other, and is sure of what everybody must see.
import { randomBytes } from 'node:crypto';
import { dial, type Link, type Transport } from '../../bench/link.ts';
import {
  asUuid7,
  decodeFrame,
  encodeFrame,
  Fault,
  type Frame,
  frameOf,
  FrameSplitter,
  hexOf,
  Mode,
  type System,
  systemFrame,
} from '../../src/protocol/index.ts';
import type { FindingKind } from './finding.ts';

/** Something that was said, and by when who had it. */
export interface Line {
  /** Hex. */
  readonly id: string;
  readonly sender: Honest;
  readonly n: number;
  readonly text: string;
  readonly room: string;
  readonly at: number;
  /** Who must hear it: names. */
  readonly missing: Set<string>;
  /** The seq that the receipt told, 0 = none yet. */
  stored: number;
  /** The seq at which it was heard. */
  heard: number;
}

/** What all honest people share. */
export interface Company {
  readonly port: number;
  readonly password: string;
  /** By the hex of their ids. */
  readonly lines: Map<string, Line>;
  /** The user of each honest name, hex, as its Welcome told it. */
  readonly users: Map<string, string>;
  found(kind: FindingKind, text: string): void;
  /** Somebody has a line now. */
  onHeard(line: Line, reader: Honest): void;
  /** One entry, as somebody got it: all must get the same bytes. */
  onEntry(room: string, seq: number, payload: Uint8Array, reader: Honest): void;
}

interface Place {
  seq: number;
  /** The newest number heard of each sender. */
  readonly newest: Map<string, number>;
}

type SystemKind = NonNullable<System['kind']>;

/** Owns: one session. It does not reconnect: that it ends at all is the finding. */
export class Honest {
  readonly name: string;
  readonly transport: Transport;
  /** The private room with the other one, as soon as it is known. */
  direct = '';
  readonly #company: Company;
  readonly #link: Link;
  readonly #splitter = new FrameSplitter();
  readonly #secret = randomBytes(32);
  readonly #places = new Map<string, Place>();
  readonly #joins = new Map<number, (room: string) => void>();
  readonly #chats = new Map<number, Line>();
  readonly #leaves = new Map<number, () => void>();
  #ref = 0;
  #said = new Map<string, number>();
  #isOver = false;

  constructor(name: string, transport: Transport, company: Company) {
    this.name = name;
    this.transport = transport;
    this.#company = company;
    this.#link = dial(
      { transport, port: company.port },
      { onData: (chunk) => this.#hear(chunk), onEnd: (reason) => this.#ended(reason) },
    );
    this.#send(this.#hello());
  }

  /** Resolves with the room's name when the server has let this person in. */
  join(room: string): Promise<string> {
    return new Promise((resolve) => {
      const ref = ++this.#ref;
      this.#joins.set(ref, resolve);
      const value = { have: undefined, last: 0, mode: Mode.MEMBER };
      this.#send(frameOf({ $case: 'join', value }, { room, ref }));
    });
  }

  leave(room: string): Promise<void> {
    return new Promise((resolve) => {
      const ref = ++this.#ref;
      this.#leaves.set(ref, resolve);
      this.#send(frameOf({ $case: 'leave', value: { reason: 0, by: undefined, text: '' } }, { room, ref }));
    });
  }

  /** @param readers who must hear it */
  say(room: string, words: string, readers: readonly Honest[]): void {
    if (this.#isOver) return;
    const n = (this.#said.get(room) ?? 0) + 1;
    this.#said.set(room, n);
    const [at, text, ref] = [performance.now(), `${n} ${words}`, ++this.#ref];
    const id = asUuid7(randomBytes(16), Date.now());
    const missing = new Set(readers.map(({ name }) => name));
    const line: Line = { id: hexOf(id), sender: this, n, text, room, at, missing, stored: 0, heard: 0 };
    this.#company.lines.set(line.id, line);
    this.#chats.set(ref, line);
    const value = { content: { $case: 'text', value: text }, replyTo: 0 } as const;
    this.#send(frameOf({ $case: 'chat', value }, { room, ref, id }));
  }

  hangUp(): void {
    this.#isOver = true;
    this.#link.destroy();
  }

  #hello(): Frame {
    return systemFrame({
      $case: 'hello',
      value: {
        versionMin: 1,
        versionMax: 1,
        capabilities: [],
        name: this.name,
        secret: this.#secret,
        beside: false,
        key: new Uint8Array(0),
        clientNonce: new Uint8Array(0),
        password: this.#company.password,
        software: 'kentongan-hostile',
        locale: 'id-ID',
      },
    });
  }

  #send(frame: Frame): void {
    if (!this.#isOver) this.#link.write(encodeFrame(frame));
  }

  /** Takes bytes as if they had come from the server. */
  #hear(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#splitter.write(chunk);
    try {
      for (let payload = this.#splitter.next(); payload !== undefined; payload = this.#splitter.next()) {
        this.#take(decodeFrame(payload), payload);
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#tell('answer', `got what is no frame: ${error.message}`);
    }
  }

  #take(frame: Frame, payload: Uint8Array): void {
    if (frame.seq !== 0) {
      this.#takeEntry(frame, payload);
      return;
    }
    const system = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
    if (system !== undefined) this.#takeAnswer(frame, system);
  }

  #takeAnswer(frame: Frame, system: SystemKind): void {
    switch (system.$case) {
      case 'ping':
        this.#send(systemFrame({ $case: 'pong', value: { nonce: system.value.nonce } }));
        return;
      case 'welcome':
        this.#company.users.set(this.name, hexOf(system.value.user));
        return;
      case 'joined':
        this.#places.set(frame.room, { seq: system.value.first - 1, newest: new Map() });
        this.#joins.get(frame.ref)?.(frame.room);
        this.#joins.delete(frame.ref);
        return;
      case 'left':
        if (!this.#leaves.has(frame.ref)) this.#tell('ended', `was put out of ${frame.room}`);
        this.#leaves.get(frame.ref)?.();
        return;
      case 'stored':
        this.#stored(frame.ref, system.value.seq, system.value.duplicate);
        return;
      case 'gap':
        this.#tell('lost', `was told of a gap in ${frame.room} up to #${system.value.next}`);
        return;
      case 'fault':
        this.#tell('ended', `was refused with ${system.value.code} (${system.value.text})`);
        return;
      default:
    }
  }

  #stored(ref: number, seq: number, duplicate: boolean): void {
    const line = this.#chats.get(ref);
    this.#chats.delete(ref);
    if (line === undefined) this.#tell('answer', `got a receipt for ${ref}, which it did not send`);
    else if (duplicate) this.#tell('doubled', `line ${line.n} was there before it was said`);
    else if (line.heard !== 0 && line.heard !== seq)
      this.#tell('doubled', `line ${line.n} is #${line.heard} and #${seq}`);
    else line.stored = seq;
  }

  #takeEntry(frame: Frame, payload: Uint8Array): void {
    const place = this.#places.get(frame.room);
    if (place === undefined) {
      this.#tell('foreign', `got an entry of ${frame.room}, in which it is not`);
      return;
    }
    if (frame.seq !== place.seq + 1) {
      const kind = frame.seq <= place.seq ? 'doubled' : 'lost';
      this.#tell(kind, `${frame.room}: got #${frame.seq} behind #${place.seq}`);
    }
    place.seq = Math.max(place.seq, frame.seq);
    this.#company.onEntry(frame.room, frame.seq, payload, this);
    if (frame.kind?.$case === 'chat') this.#takeChat(frame, place);
  }

  #takeChat(frame: Frame, place: Place): void {
    const { room, seq, author } = frame;
    const name = author?.name ?? '';
    const user = this.#company.users.get(name);
    const line = this.#company.lines.get(hexOf(frame.id));
    // Words of others, and not under a name or a user of ours.
    if (line === undefined) {
      if (user !== undefined) this.#tell('foreign', `${room} #${seq}: ${name} did not say this`);
      else if (room === this.direct) this.#tell('foreign', `${name} speaks in a private room`);
      return;
    }
    const text =
      frame.kind?.$case === 'chat' && frame.kind.value.content?.$case === 'text'
        ? frame.kind.value.content.value
        : '';
    const isRight = line.sender.name === name && line.room === room && line.text === text;
    if (!isRight || hexOf(author?.user ?? new Uint8Array(0)) !== user) {
      this.#tell('foreign', `${room} #${seq}: line ${line.n} of ${line.sender.name} is another one now`);
      return;
    }
    this.#inOrder(line, place);
    if (line.stored !== 0 && line.stored !== seq)
      this.#tell('doubled', `line ${line.n} is #${line.stored} and #${seq}`);
    line.heard = seq;
    if (!line.missing.delete(this.name)) return;
    this.#company.onHeard(line, this);
  }

  #inOrder(line: Line, place: Place): void {
    const { name } = line.sender;
    const newest = place.newest.get(name);
    if (newest !== undefined && line.n <= newest) {
      const kind = line.missing.has(this.name) ? 'reordered' : 'doubled';
      this.#tell(kind, `${line.room}: line ${line.n} of ${name} behind line ${newest}`);
    }
    place.newest.set(name, Math.max(newest ?? 0, line.n));
  }

  #ended(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tell('ended', `the connection ended: ${reason}`);
  }

  #tell(kind: FindingKind, text: string): void {
    this.#company.found(kind, `${this.name} (${this.transport}): ${text}`);
  }
}
