// Somebody who chats: across crashes the same user, with the same lines, which go out until there is a receipt.
import {
  FaultCode,
  type Frame,
  frameOf,
  hexOf,
  Mode,
  Status,
  type Joined,
} from '../../src/protocol/index.ts';
import type { Random } from '../support/random.ts';
import type { Book, Line } from './book.ts';
import type { Findings } from './finding.ts';
import { lineText, newId } from './texts.ts';
import { type End, type SystemKind, Wire } from './wire.ts';

/** What persons share: what is known of the rooms, and what was found wrong. */
export interface Shared {
  readonly findings: Findings;
  /** Refusals by their codes. */
  readonly refusals: Map<number, number>;
  bookOf(room: string): Book;
}

/** A person's place in one room. */
interface Place {
  /** A public name, or `@` and the other one's name. */
  readonly asked: string;
  readonly mode: Mode;
  /** The name on the wire; of a private room unknown before the first Joined. */
  room: string | undefined;
  joined: boolean;
  position: number;
  check: number;
  said: number;
  /** Lines without a receipt, in the order in which they were said. */
  outbox: Line[];
  line: LineState;
}

/** docs/protocol.md, KTG-9.12. */
type LineState = { readonly is: 'open' } | { is: 'stopped'; until: number; pinged: boolean };

type Asked =
  | { readonly is: 'join'; readonly place: Place; readonly held: boolean; readonly done: () => void }
  | { readonly is: 'chat'; readonly place: Place; readonly line: Line }
  /** An old line once more: the same receipt must come. */
  | { readonly is: 'again'; readonly place: Place; readonly line: Line }
  /** An old id under a new text: it must be refused. */
  | { readonly is: 'fraud'; readonly place: Place; readonly line: Line };

/** Waits that the protocol leaves to the client. */
const RETRY_MS = 1_000;
const RETRY_TICK_MS = 20;

/** Owns: at most one connection at a time, and the outboxes. */
export class Person {
  readonly name: string;
  readonly secret: Uint8Array;
  readonly places: Place[];
  readonly #shared: Shared;
  readonly #random: Random;
  readonly #asked = new Map<number, Asked>();
  #wire: Wire | undefined;
  #ref = 0;
  #inFlight = 0;
  #depth = 0;
  #expectsEnd = true;
  #ended = Promise.withResolvers<void>();
  #welcome = Promise.withResolvers<void>();
  #timer: NodeJS.Timeout | undefined;
  readonly #idle = new Set<() => void>();

  constructor(name: string, rooms: ReadonlyArray<readonly [string, Mode]>, shared: Shared, random: Random) {
    this.name = name;
    this.secret = random.bytes(32);
    this.#shared = shared;
    this.#random = random;
    this.places = rooms.map(([asked, mode]) => ({
      asked,
      mode,
      room: asked.startsWith('@') ? undefined : asked,
      joined: false,
      position: 0,
      check: 0,
      said: 0,
      outbox: [],
      line: { is: 'open' },
    }));
  }

  /** Lines that have no receipt. */
  get unacknowledged(): number {
    return this.places.reduce((sum, { outbox }) => sum + outbox.length, 0);
  }

  get connected(): boolean {
    return this.#wire !== undefined;
  }

  /** Resolves with the Welcome, or with the end of the connection. */
  async connect(port: number): Promise<void> {
    this.#expectsEnd = false;
    this.#ended = Promise.withResolvers<void>();
    this.#welcome = Promise.withResolvers<void>();
    this.#wire = new Wire(
      port,
      { name: this.name, secret: this.secret, beside: false },
      {
        onWelcome: () => this.#welcome.resolve(),
        onFrame: (frame, payload) => this.#take(frame, payload),
        onPing: () => this.#pinged(),
        onEnd: (end) => this.#end(end),
      },
    );
    await Promise.race([this.#welcome.promise, this.#ended.promise]);
  }

  /** Joins every room with the position held, and sends what has no receipt. Everybody is connected. */
  async join(): Promise<void> {
    await Promise.race([Promise.all(this.places.map((place) => this.#join(place))), this.#ended.promise]);
  }

  /** Says new lines from now on, at most `depth` without an answer; 0: no more. */
  talk(depth: number): void {
    this.#depth = depth;
    this.#speak();
  }

  /** Says some old lines again, and under an old id something else. */
  repeat(count: number): void {
    for (let n = 0; n < count; n++) {
      const place = this.#random.pick(this.places);
      const { room } = place;
      if (room === undefined || !place.joined) continue;
      const own = [...this.#shared.bookOf(room).lines.values()].filter(
        (line) => line.sender === this.name && line.receipt !== undefined,
      );
      if (own.length === 0) continue;
      const line = this.#random.pick(own);
      if (this.#random.chance(0.2)) this.#chat({ is: 'fraud', place, line });
      else this.#chat({ is: 'again', place, line });
    }
  }

  /** Resolves when nothing waits for an answer. */
  async settled(): Promise<void> {
    while (this.connected && (this.unacknowledged > 0 || this.#asked.size > 0)) {
      await new Promise<void>((resolve) => {
        this.#idle.add(resolve);
      });
    }
  }

  /** The server is about to die: that the connection ends is nobody's fault. */
  expectEnd(): void {
    this.#expectsEnd = true;
    this.#depth = 0;
  }

  /** Resolves when the connection has ended. */
  ended(): Promise<void> {
    return this.#wire === undefined ? Promise.resolve() : this.#ended.promise;
  }

  cut(): void {
    this.expectEnd();
    this.#wire?.cut();
  }

  pause(): void {
    this.#wire?.pause();
  }

  resume(): void {
    this.#wire?.resume();
  }

  #join(place: Place): Promise<void> {
    return new Promise((resolve) => {
      // A private room in which nothing was stored is gone with the server: it is opened anew.
      if (place.asked.startsWith('@') && place.room !== undefined) {
        if (this.#shared.bookOf(place.room).newest === 0) place.room = undefined;
      }
      const room = place.room ?? place.asked;
      const reads = place.room !== undefined && place.mode !== Mode.SEND_ONLY;
      const logId = reads ? this.#shared.bookOf(place.room ?? '').logId : undefined;
      const have =
        logId === undefined
          ? undefined
          : { logId: Buffer.from(logId, 'hex'), seq: place.position, check: place.check };
      const value = { have, last: 0, mode: place.mode };
      const held = have !== undefined;
      this.#ask({ is: 'join', place, held, done: resolve }, frameOf({ $case: 'join', value }, { room }));
    });
  }

  #ask(asked: Asked, frame: Frame): void {
    const ref = ++this.#ref;
    this.#asked.set(ref, asked);
    this.#wire?.send({ ...frame, ref });
  }

  #speak(): void {
    while (this.#inFlight < this.#depth) {
      const places = this.places.filter(({ joined, line }) => joined && line.is === 'open');
      if (places.length === 0) return;
      const place = this.#random.pick(places);
      const { room } = place;
      if (room === undefined) return;
      const n = ++place.said;
      const line: Line = {
        sender: this.name,
        n,
        id: hexOf(newId(this.#random)),
        text: lineText(this.#random, this.name, n),
        replyTo: this.#random.chance(0.05) ? this.#random.between(1, 1 + place.position) : 0,
        sends: 0,
      };
      this.#shared.bookOf(room).lines.set(line.id, line);
      place.outbox.push(line);
      this.#chat({ is: 'chat', place, line });
    }
  }

  #chat(asked: Exclude<Asked, { is: 'join' }>): void {
    const { place, line } = asked;
    line.sends++;
    this.#inFlight++;
    const text = asked.is === 'fraud' ? `${line.text}!` : line.text;
    const value = { content: { $case: 'text', value: text }, replyTo: line.replyTo } as const;
    const id = Buffer.from(line.id, 'hex');
    this.#ask(asked, frameOf({ $case: 'chat', value }, { room: place.room ?? '', id }));
  }

  #take(frame: Frame, payload: Uint8Array): void {
    if (frame.seq !== 0) {
      this.#takeEntry(frame, payload);
      return;
    }
    const system = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
    if (system === undefined) this.#tell(`a frame that is neither entry nor answer`);
    else this.#takeAnswer(frame, system);
    if (this.#asked.size === 0) this.#wakeIdle();
  }

  #takeEntry(frame: Frame, payload: Uint8Array): void {
    const place = this.places.find(({ room, joined }) => room === frame.room && joined);
    if (place === undefined) {
      this.#tell(`got an entry of ${frame.room}, in which it is not`);
      return;
    }
    if (frame.seq !== place.position + 1) {
      this.#shared.findings.add(
        'split',
        `${frame.room}: ${this.name} got #${frame.seq} behind #${place.position}`,
      );
    }
    place.position = frame.seq;
    place.check = frame.check;
    this.#shared.bookOf(frame.room).saw(frame.seq, payload, this.name);
  }

  #takeAnswer(frame: Frame, system: SystemKind): void {
    switch (system.$case) {
      case 'joined':
        this.#joined(frame, system.value);
        return;
      case 'stored': {
        const asked = this.#answered(frame.ref);
        if (asked === undefined || asked.is === 'join') return;
        const { seq, time, duplicate } = system.value;
        if (asked.is === 'fraud') this.#tell(`an old id was accepted with another text`);
        else this.#stored(asked, { seq, time }, duplicate);
        return;
      }
      case 'fault':
        this.#refused(frame.ref, system.value.code, system.value.retryAfterMs);
        return;
      case 'gap':
        this.#shared.findings.add('lost', `${frame.room}: a gap up to #${system.value.next}`);
        return;
      case 'left':
        this.#tell(`put out of ${frame.room}`);
        return;
      default:
        // Roster, Presence, Direct, Draining.
        return;
    }
  }

  #answered(ref: number): Asked | undefined {
    const asked = this.#asked.get(ref);
    if (asked === undefined) {
      if (ref !== 0) this.#tell(`a second answer to request ${ref}`);
      return undefined;
    }
    this.#asked.delete(ref);
    if (asked.is !== 'join') this.#inFlight--;
    return asked;
  }

  #joined(frame: Frame, joined: Joined): void {
    const asked = this.#answered(frame.ref);
    if (asked?.is !== 'join') return;
    const { place, held } = asked;
    const book = this.#shared.bookOf(frame.room);
    book.isLog(hexOf(joined.logId), this.name);
    if (held && joined.status !== Status.COMPLETE) {
      const [status] = Object.entries(Status).find(([, value]) => value === joined.status) ?? ['?'];
      this.#shared.findings.add(
        'lost',
        `${frame.room}: ${this.name} held #${place.position} and was told ${status}, newest #${joined.newest}`,
      );
    }
    place.room = frame.room;
    for (const line of place.outbox) book.lines.set(line.id, line);
    place.joined = true;
    place.line = { is: 'open' };
    place.position = joined.first - 1;
    for (const line of place.outbox) this.#chat({ is: 'chat', place, line });
    asked.done();
  }

  #stored(
    asked: Extract<Asked, { is: 'chat' | 'again' }>,
    receipt: { seq: number; time: number },
    duplicate: boolean,
  ): void {
    const { place, line } = asked;
    const book = this.#shared.bookOf(place.room ?? '');
    if (asked.is === 'again' && !duplicate) {
      this.#shared.findings.add('doubled', `${book.room}: line ${line.n} of ${this.name} was stored again`);
    }
    book.stored(line, receipt);
    const at = place.outbox.indexOf(line);
    if (at >= 0) place.outbox.splice(at, 1);
    this.#speak();
  }

  #refused(ref: number, code: number, retryAfterMs: number): void {
    const { refusals } = this.#shared;
    refusals.set(code, (refusals.get(code) ?? 0) + 1);
    const asked = this.#answered(ref);
    if (asked === undefined) return;
    if (asked.is === 'join') {
      this.#tell(`the Join of ${asked.place.room ?? asked.place.asked} was refused with ${code}`);
      asked.done();
      return;
    }
    if (asked.is === 'fraud' && code === FaultCode.ID_REUSED) return;
    if (code < 2_000 || code >= 3_000) this.#tell(`line ${asked.line.n} was refused with ${code}`);
    if (code >= 2_000 && code < 3_000 && code !== FaultCode.OUT_OF_LINE) {
      this.#stop(asked.place, retryAfterMs === 0 ? RETRY_MS : retryAfterMs);
    }
  }

  #stop(place: Place, ms: number): void {
    place.line = { is: 'stopped', until: performance.now() + ms, pinged: false };
    this.#timer ??= setInterval(() => this.#tryLines(), RETRY_TICK_MS);
  }

  #pinged(): void {
    for (const { line } of this.places) if (line.is === 'stopped') line.pinged = true;
  }

  #tryLines(): void {
    for (const place of this.places) {
      const { line } = place;
      if (line.is !== 'stopped' || !line.pinged || performance.now() < line.until) continue;
      place.line = { is: 'open' };
      for (const waiting of place.outbox) this.#chat({ is: 'chat', place, line: waiting });
    }
    if (this.places.every(({ line }) => line.is === 'open')) this.#stopTimer();
    this.#speak();
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #end(end: End): void {
    if (!this.#expectsEnd) {
      const how =
        end.by === 'fault' ? `fault ${end.code}` : end.by === 'us' ? 'us' : `${end.by}: ${end.reason}`;
      this.#tell(`the connection ended (${how})`);
    }
    this.#stopTimer();
    this.#wire = undefined;
    this.#asked.clear();
    this.#inFlight = 0;
    for (const place of this.places) {
      place.line = { is: 'open' };
      place.joined = false;
    }
    this.#wakeIdle();
    this.#welcome.resolve();
    this.#ended.resolve();
  }

  #wakeIdle(): void {
    for (const wake of this.#idle) wake();
    this.#idle.clear();
  }

  #tell(text: string): void {
    this.#shared.findings.add('answer', `${this.name}: ${text}`);
  }
}
