// A client without manners: raw frames over the same connections, meant to disturb, to spy or to steal.
import type { Dial, Transport } from '../../clients/sdk/index.ts';
import { encodeFrame, Frame, frameOf, type System } from '../../src/protocol/index.ts';
import type { Random } from '../support/random.ts';
import type { Link } from './link.ts';
import { PlainSplitter } from './splitter.ts';
import { Torrent } from './torrent.ts';
import type { World } from './world.ts';

export type Manner =
  /** Sends bytes that are no frames, and frames that are bent. */
  | 'garbage'
  /** Never answers a Ping. */
  | 'mute'
  /** Answers Pings wrongly: with another nonce, or out of order. */
  | 'liar'
  /** Asks for private rooms of others and compares what it hears with what it hears of no room at all. */
  | 'prober'
  /** Says its own words under the ids of others. */
  | 'thief'
  /** Asks and asks and does not read. */
  | 'flooder'
  /** Says everything at once, does not wait for anything, and ends. */
  | 'hasty'
  /** Comes, joins, is gone and is back, faster than anything can be decided. */
  | 'flicker'
  /** Claims positions that it never had. */
  | 'braggart'
  /** Says far more than the rate allows, and again what was refused. */
  | 'torrent'
  /** Keeps to the minimal client's rules. */
  | 'plain';

export const MANNERS: readonly Manner[] = [
  'garbage',
  'mute',
  'liar',
  'prober',
  'thief',
  'flooder',
  'hasty',
  'braggart',
  'flicker',
  'torrent',
  'plain',
];

type SystemKind = NonNullable<System['kind']>;
const ACT_MS = 900;
const NOBODY = '~aaaaaaaaaaaaaaaaaaaaaaaaaa';

export class Stranger {
  readonly label: string;
  readonly #world: World;
  readonly #random: Random;
  readonly #manner: Manner;
  readonly #name: string;
  readonly #secret: Uint8Array;
  readonly #answers = new Map<number, string>();
  readonly #torrent: Torrent;
  #splitter = new PlainSplitter();
  #transport: Transport | undefined;
  #link: Link | undefined;
  #ref = 0;
  #pings: Uint8Array[] = [];
  #said = 0;
  #welcome = false;

  constructor(world: World, random: Random, label: string, manner: Manner) {
    this.#world = world;
    this.#random = random;
    this.label = `${label}-${manner}`;
    this.#manner = manner;
    this.#name = `x${label}`;
    this.#secret = random.bytes(32);
    this.#torrent = new Torrent(
      random,
      this.label,
      ({ room, text, id }) => this.#chat(room, text, id),
      (ms, callback) => void world.queue.after(ms * 1_000, callback),
    );
    world.judge.totals.hostile++;
  }

  /** Connects, does what it came for, and comes again. */
  visit(): void {
    if (this.#world.calm) return;
    this.#splitter = new PlainSplitter();
    this.#pings = [];
    this.#welcome = false;
    this.#answers.clear();
    this.#torrent.begin();
    const dial: Dial = this.#world.dialer(
      this.label,
      { wild: this.#manner === 'garbage', plain: true },
      (link) => {
        this.#link = link;
      },
    );
    const transport = dial({
      onOpen: () => undefined,
      onData: (chunk) => this.#hear(chunk),
      onClose: () => {
        if (this.#transport === transport) this.#transport = undefined;
        const ms =
          this.#manner === 'flicker' ? this.#random.between(1, 60) : this.#random.between(100, 4_000);
        this.#world.queue.after(ms * 1000, () => this.visit());
      },
    });
    this.#transport = transport;
    this.#greet();
    this.#actLater(transport);
  }

  /** Gives up, in a good or a bad way. */
  quit(): void {
    if (this.#random.chance(0.5)) this.#transport?.end();
    else this.#transport?.destroy();
    this.#link?.stall(false);
  }

  #greet(): void {
    if (this.#manner === 'garbage' && this.#random.chance(0.5)) return;
    this.#system({
      $case: 'hello',
      value: {
        versionMin: 1,
        versionMax: 1,
        capabilities: [],
        name: this.#name,
        secret: this.#secret,
        beside: false,
        key: new Uint8Array(0),
        clientNonce: new Uint8Array(0),
        password: '',
        software: 'stranger',
        locale: '',
      },
    });
    if (this.#manner === 'hasty') this.#hurry();
    else if (this.#manner !== 'prober') this.#join(this.#room());
  }

  #actLater(transport: Transport): void {
    const ms = this.#random.between(1, this.#manner === 'flicker' ? 60 : ACT_MS);
    this.#world.queue.after(ms * 1000, () => {
      if (this.#transport !== transport) return;
      if (this.#world.calm) {
        this.quit();
        return;
      }
      this.#act();
      this.#actLater(transport);
    });
  }

  #act(): void {
    switch (this.#manner) {
      case 'garbage':
        this.#babble();
        return;
      case 'prober':
        this.#probe();
        return;
      case 'thief':
        this.#steal();
        return;
      case 'flooder':
        this.#flood();
        return;
      case 'braggart':
        this.#brag();
        return;
      case 'liar':
        this.#lie();
        return;
      case 'flicker':
        if (this.#random.chance(0.5)) this.#link?.reset();
        return;
      case 'torrent':
        if (this.#welcome) this.#torrent.pour(this.#room());
        return;
      case 'hasty':
        return;
      case 'mute':
      case 'plain':
        if (this.#welcome) for (let i = this.#random.below(4); i >= 0; i--) this.#say(this.#room());
    }
  }

  #room(): string {
    return this.#random.pick(this.#world.plan.rooms);
  }

  #babble(): void {
    const random = this.#random;
    const frame = encodeFrame(
      frameOf({ $case: 'leave', value: { reason: 0, by: undefined, text: '' } }, { ref: 1 }),
    );
    const bytes = random.pick([random.bytes(random.between(1, 300)), frame, new Uint8Array(4)]).slice();
    for (let i = random.below(4); i > 0; i--) bytes[random.below(bytes.length)] = random.below(256);
    this.#transport?.write(bytes);
  }

  /** The same question about a room of others and about no room must get the same answer. */
  #probe(): void {
    if (!this.#welcome) return;
    const secret = this.#world.judge.privateRooms.filter(
      (room) => !this.#world.judge.pairOf(room)?.includes(''),
    );
    if (secret.length === 0) return;
    const room = this.#random.pick(secret);
    const ask = this.#random.pick([
      (name: string) => this.#join(name),
      (name: string) => this.#say(name),
      (name: string) => this.#system({ $case: 'history', value: { start: undefined, limit: 5 } }, name),
      (name: string) => this.#system({ $case: 'rosterRequest', value: {} }, name),
      (name: string) => this.#frame({ $case: 'leave', value: { reason: 0, by: undefined, text: '' } }, name),
    ]);
    const real = ask(room);
    const fake = ask(NOBODY);
    this.#world.queue.after(20_000_000, () => {
      const one = this.#answers.get(real);
      const other = this.#answers.get(fake);
      if (one === undefined || other === undefined) return;
      this.#world.judge.check(
        one.replaceAll(room, NOBODY) === other,
        'a private room of others looks like no room',
        () => `${one} but ${other}`,
      );
    });
  }

  #steal(): void {
    const rooms = [...this.#world.store.rooms.values()].filter(({ newest }) => newest > 0);
    if (!this.#welcome || rooms.length === 0) return;
    const stored = this.#random.pick(rooms);
    const entry = stored.at(this.#random.between(stored.oldest, stored.newest));
    if (entry === undefined) return;
    this.#say(
      this.#random.chance(0.8) && !stored.name.startsWith('~') ? stored.name : this.#room(),
      entry.proposal.id,
    );
  }

  #flood(): void {
    this.#link?.stall(true);
    for (let i = 0; i < 30; i++) {
      if (this.#random.chance(0.5)) this.#system({ $case: 'ping', value: { nonce: this.#random.bytes(8) } });
      else this.#system({ $case: 'roomsRequest', value: { prefix: '', after: '' } });
    }
  }

  #brag(): void {
    const random = this.#random;
    const stored = this.#world.judge.room(this.#room());
    const newest = stored?.newest ?? 0;
    const seq = random.pick([newest + random.between(1, 9), random.below(newest + 1), newest]);
    const check = random.pick([0, random.uint32(), stored?.at(seq)?.check ?? 0]);
    const logId = random.chance(0.2) || stored === undefined ? random.bytes(16) : stored.logId;
    const value = { have: { logId, seq, check }, last: random.pick([0, 0, 3]), mode: 0 as const };
    this.#frame({ $case: 'join', value }, stored?.name ?? 'lobby');
  }

  #lie(): void {
    const nonce = this.#random.chance(0.3) ? this.#random.bytes(8) : this.#pings.pop();
    if (nonce !== undefined && this.#random.chance(0.5))
      this.#system({ $case: 'pong', value: { nonce } }, '', true);
  }

  #hurry(): void {
    const room = this.#room();
    this.#join(room);
    for (let i = this.#random.below(6); i > 0; i--) this.#say(room);
    if (this.#random.chance(0.7))
      this.#frame({ $case: 'leave', value: { reason: 0, by: undefined, text: '' } }, room);
    if (this.#random.chance(0.3)) this.#say(room);
    this.#transport?.end();
  }

  #join(room: string): number {
    return this.#frame(
      { $case: 'join', value: { have: undefined, last: this.#random.pick([0, 4]), mode: 0 } },
      room,
    );
  }

  #say(room: string, id: Uint8Array = this.#random.bytes(16)): number {
    return this.#chat(room, `${this.label} ${this.#said++}`, id);
  }

  #chat(room: string, value: string, id: Uint8Array): number {
    return this.#frame({ $case: 'chat', value: { content: { $case: 'text', value }, replyTo: 0 } }, room, id);
  }

  #system(kind: SystemKind, room = '', quiet = false): number {
    return this.#frame({ $case: 'system', value: { kind } }, room, undefined, quiet);
  }

  #frame(kind: NonNullable<Frame['kind']>, room: string, id?: Uint8Array, quiet = false): number {
    const ref = quiet ? 0 : ++this.#ref;
    this.#transport?.write(encodeFrame(frameOf(kind, { ref, room, ...(id === undefined ? {} : { id }) })));
    return ref;
  }

  #hear(chunk: Uint8Array): void {
    for (const payload of this.#splitter.frames(chunk)) {
      const frame = Frame.decode(payload);
      const kind = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
      if (kind?.$case === 'welcome') this.#welcome = true;
      if (kind?.$case === 'ping') this.#pinged(kind.value.nonce.slice());
      if (this.#manner === 'torrent' && (kind?.$case === 'stored' || kind?.$case === 'fault')) {
        const fault = kind.$case === 'fault' ? kind.value : { code: 0, retryAfterMs: 0 };
        this.#torrent.answered(frame.ref, fault.code, fault.retryAfterMs);
      } else if (frame.ref !== 0) this.#answers.set(frame.ref, JSON.stringify({ ...frame, ref: 0, id: 0 }));
    }
  }

  #pinged(nonce: Uint8Array): void {
    this.#pings.push(nonce);
    if (this.#manner === 'mute' || this.#manner === 'liar') return;
    this.#system({ $case: 'pong', value: { nonce } }, '', true);
  }
}
