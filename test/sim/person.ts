// Somebody with the real SDK, who remembers everything that was promised.
import {
  ChatClient,
  type ClientError,
  type ClientState,
  type Entry,
  type JoinedInfo,
  type RoomView,
} from '../../clients/sdk/index.ts';
import { FaultCode, type Mode, type Position, Status } from '../../src/protocol/index.ts';
import { hexOf } from '../support/hex.ts';
import type { KeyPair } from '../support/key.ts';
import type { Random } from '../support/random.ts';
import { frameOfEntry } from './fold.ts';
import { type Line, Lines } from './lines.ts';
import type { Link } from './link.ts';
import type { World } from './world.ts';

export interface Identity {
  readonly name: string;
  readonly secret: Uint8Array;
  /** Comes in by a key, in place of the secret. */
  readonly keys?: KeyPair;
  /** Comes in plain, always. */
  readonly plain: boolean;
}

/** A place in a room, as the person sees it. */
export interface Seat {
  /** As it was asked for: a public name or `@name`. */
  readonly asked: string;
  readonly mode: Mode;
  view: RoomView | undefined;
  state: 'joining' | 'in' | 'out';
  /** The seq that must come next. Undefined before the first Joined. */
  next: number | undefined;
}

/** One running program. A killed one neither hears nor says anything, and its timers stand still. */
interface Program {
  readonly client: ChatClient;
  readonly leash: { dead: boolean };
  link: Link | undefined;
  readonly seats: Set<Seat>;
  /** Newest entry of private rooms that this program heard of. */
  readonly directs: Map<string, number>;
  /** Rooms whose last word was Left: a promise may still say that they were entered. */
  readonly ended: Set<string>;
  /** Lines whose promise is open. */
  readonly pending: Set<Line>;
}

const MODE_SEND_ONLY: Mode = 3;

/** Faults that close and that an honest client may meet. */
const HONEST_ENDS: ReadonlySet<number> = new Set([
  FaultCode.REPLACED,
  FaultCode.SLOW_READER,
  FaultCode.HELLO_TIMEOUT,
  FaultCode.SERVER_BUSY,
  FaultCode.DRAINING,
]);

export class Person {
  readonly identity: Identity;
  readonly label: string;
  readonly beside: boolean;
  readonly world: World;
  readonly random: Random;
  /** What it said, in one order for as long as its programs do not overlap. */
  readonly books: Lines[];
  /** What would be on its disk: where it was in each room. */
  readonly memory = new Map<string, Position>();
  #program: Program | undefined;

  constructor(world: World, random: Random, label: string, identity: Identity, beside: boolean) {
    this.world = world;
    this.random = random;
    this.label = label;
    this.identity = identity;
    this.beside = beside;
    this.books = [new Lines(label)];
  }

  get lines(): Lines {
    return this.books.at(-1) as Lines;
  }

  get client(): ChatClient | undefined {
    return this.#program?.client;
  }

  get link(): Link | undefined {
    return this.#program?.link;
  }

  get seats(): readonly Seat[] {
    return [...(this.#program?.seats ?? [])];
  }

  /** Whether the newest entry of this private room was announced to the running program. */
  heardOf(room: string): number {
    return this.#program?.directs.get(room) ?? 0;
  }

  /** A line that the running program has not heard of again. */
  get unanswered(): Line | undefined {
    const [line] = this.#program?.pending ?? [];
    return line;
  }

  /** Whether a program runs that has not given up. */
  get running(): boolean {
    return this.#program !== undefined && this.#program.client.state.at !== 'closed';
  }

  get state(): ClientState['at'] | 'none' {
    return this.#program?.client.state.at ?? 'none';
  }

  /** Starts a program. `then` is called once it is welcome. */
  start(then: () => void): void {
    this.world.touch();
    const leash = { dead: false };
    const random = this.random.fork(5);
    const client = new ChatClient({
      dial: this.world.dialer(this.label, { wild: false, plain: this.identity.plain }, (link) => {
        if (leash.dead) link.reset();
        else if (this.#program !== undefined) this.#program.link = link;
      }),
      name: this.identity.name,
      ...(this.identity.keys === undefined
        ? { secret: this.identity.secret }
        : { identity: this.identity.keys }),
      beside: this.beside,
      clock: this.world.sdkClock(leash),
      random: (n) => random.bytes(n),
      reconnect: { minMs: 200, maxMs: 5_000 },
      heldRetry: this.random.chance(0.5),
    });
    const program: Program = {
      client,
      leash,
      link: undefined,
      seats: new Set(),
      directs: new Map(),
      ended: new Set(),
      pending: new Set(),
    };
    this.#program = program;
    this.#listen(program);
    client.connect().then(
      () => {
        if (!leash.dead) then();
      },
      (error: ClientError) => {
        if (!leash.dead) this.world.note('refuse', () => `${this.label} ${error.message}`);
      },
    );
  }

  /** kill -9: the program is gone at once; the connection by a reset, or without a word. */
  kill(silently: boolean): void {
    const program = this.#program;
    if (program === undefined) return;
    program.leash.dead = true;
    program.client.removeAllListeners();
    if (silently) program.link?.silence('both');
    else program.link?.reset();
    this.#program = undefined;
    this.lines.killed();
    this.#openBook();
  }

  /** Ends the program in an orderly way, without leaving any room. */
  close(): void {
    const program = this.#program;
    if (program === undefined) return;
    this.world.touch();
    this.#program = undefined;
    for (const line of this.lines.all()) if (line.state === 'sent') line.state = 'unknown';
    this.#openBook();
    void program.client.close();
  }

  /** What a program beside others still had to say may come in beside the words of the next one. */
  #openBook(): void {
    if (this.beside || this.identity.keys !== undefined)
      this.books.push(new Lines(`${this.label}.${this.books.length}`));
  }

  join(asked: string, mode: Mode, last: number, then?: (seat: Seat) => void): void {
    const program = this.#program;
    if (program === undefined || this.seats.some((seat) => seat.asked === asked)) return;
    this.world.touch();
    const have = this.memory.get(asked);
    const seat: Seat = { asked, mode, view: undefined, state: 'joining', next: undefined };
    if (have !== undefined) seat.next = have.seq + 1;
    program.seats.add(seat);
    program.client.join(asked, { mode, last, ...(have === undefined ? {} : { have }) }).then(
      (view) => {
        if (program.leash.dead || seat.state === 'out') return;
        // Two names can lead to one private room: then there is one seat.
        const same = [...program.seats].find((other) => other !== seat && other.view === view);
        if (same !== undefined || program.ended.has(view.room)) {
          program.seats.delete(seat);
          return;
        }
        seat.view = view;
        seat.state = 'in';
        // What has no answer from an earlier program is said again, in order, before anything new.
        for (const line of this.lines.unfinished(view.room)) this.send(seat, line);
        then?.(seat);
      },
      (error: ClientError) => {
        seat.state = 'out';
        program.seats.delete(seat);
        if (!program.leash.dead) this.#joinRefused(asked, error);
      },
    );
  }

  leave(seat: Seat): void {
    if (seat.view === undefined || seat.state !== 'in') return;
    this.world.touch();
    const { view } = seat;
    const leash = this.#program?.leash;
    view.leave().catch((error: ClientError) => {
      // A private room ends with one of its users.
      const ended = view.room.startsWith('~') && error.code === FaultCode.NO_SUCH_ROOM;
      if (leash?.dead === false && error.reason === 'fault' && this.running && !ended) {
        this.world.judge.broken('who is in may leave', `${this.label} ${view.room} ${error.message}`);
      }
    });
    seat.state = 'out';
  }

  /** Says a new line, or an old one again. */
  say(seat: Seat, padding: number): void {
    if (seat.view === undefined || seat.state !== 'in') return;
    const id = this.random.chance(0.6) ? this.random.bytes(16) : undefined;
    this.world.judge.totals.sends++;
    this.send(seat, this.lines.add(seat.view.room, id, padding));
  }

  send(seat: Seat, line: Line): void {
    const program = this.#program;
    const { view } = seat;
    if (view === undefined || program === undefined) return;
    this.world.touch();
    program.pending.add(line);
    view.send(line.text, line.id === undefined ? {} : { id: line.id }).then(
      (receipt) => {
        program.pending.delete(line);
        if (!program.leash.dead) this.lines.acked(line, receipt, this.world.judge);
      },
      (error: ClientError) => {
        program.pending.delete(line);
        if (program.leash.dead) return;
        this.world.note('unsent', () => `${line.text.slice(0, 40)} ${error.message}`);
        if (line.state === 'sent') line.state = error.reason === 'fault' ? 'refused' : 'unknown';
        if (error.reason === 'fault' && this.running && !this.#mayBeRefused(seat, error)) {
          this.world.judge.broken('honest sends are stored', `${line.text.slice(0, 40)} ${error.message}`);
        }
      },
    );
  }

  /** Says a stored line again under its id: that must not store it a second time. */
  sayTwice(seat: Seat, { text, id }: Line): void {
    const program = this.#program;
    if (seat.view === undefined || program === undefined || id === undefined) return;
    this.world.touch();
    const { room } = seat.view;
    seat.view.send(text, { id }).then(
      (receipt) => {
        if (program.leash.dead) return;
        const stored = this.world.judge.room(room);
        const entry = stored?.at(receipt.seq);
        this.world.judge.check(
          entry?.id === hexOf(id),
          'a receipt says where',
          () => `${this.label} ${text}`,
        );
      },
      () => undefined,
    );
  }

  history(seat: Seat): void {
    const { view } = seat;
    const program = this.#program;
    if (view === undefined || program === undefined || seat.state !== 'in') return;
    this.world.touch();
    const limit = this.random.pick([1, 3, 20, 500]);
    const newest = view.position.seq;
    const at = this.random.between(0, newest + 2);
    const options = this.random.pick([{ limit }, { limit, before: Math.max(1, at) }, { limit, after: at }]);
    view.history(options).then(
      ({ entries }) => {
        if (program.leash.dead) return;
        for (const entry of entries) this.#compare(view, entry, 'a Page shows the log');
        this.#checkPosition(seat);
      },
      () => undefined,
    );
  }

  listRooms(): void {
    this.world.touch();
    this.client?.rooms('').then(
      (rooms) => {
        for (const { room } of rooms) {
          this.world.judge.check(!room.startsWith('~'), 'private rooms are not listed', () => room);
        }
      },
      () => undefined,
    );
  }

  /** Notes, as a careful program would, up to where it has everything. */
  remember(): void {
    for (const { asked, next, view } of this.seats) {
      if (view !== undefined && next !== undefined) this.memory.set(asked, view.position);
    }
  }

  // What the SDK tells

  #listen(program: Program): void {
    const { client, leash } = program;
    const { judge } = this.world;
    const alive = <A extends unknown[]>(run: (...args: A) => void): ((...args: A) => void) => {
      return (...args) => {
        if (!leash.dead) run(...args);
      };
    };
    client.on(
      'joined',
      alive((view, info) => this.#joined(program, view, info)),
    );
    client.on(
      'entry',
      alive((entry, view) => this.#entry(program, entry, view)),
    );
    client.on(
      'gap',
      alive((view, next) => {
        const seat = this.#seatOf(program, view);
        judge.check(seat?.next !== undefined && next > seat.next, 'a Gap leads forward', () => this.label);
        if (seat !== undefined) seat.next = next;
      }),
    );
    client.on(
      'left',
      alive(({ room, cause }) => {
        program.ended.add(room);
        for (const seat of program.seats) {
          if (seat.view?.room !== room && seat.asked !== room) continue;
          seat.state = 'out';
          program.seats.delete(seat);
          this.lines.forget(room);
          this.world.note('out', () => `${this.label} ${room} ${cause?.message ?? ''}`);
        }
      }),
    );
    client.on(
      'direct',
      alive(({ room, newest }) => {
        program.directs.set(room, Math.max(newest, program.directs.get(room) ?? 0));
        const known = [...program.seats].some(({ view }) => view?.room === room);
        if (!known && this.random.chance(0.7)) this.join(room, 0, this.random.pick([0, 5, 50]));
      }),
    );
    client.on(
      'state',
      alive((state) => {
        this.world.note('state', () => `${this.label} ${state.at}`);
        if (state.at !== 'open') program.directs.clear();
        const cause = state.at === 'waiting' || state.at === 'closed' ? state.cause : undefined;
        if (cause !== undefined) this.#checkEnd(cause);
      }),
    );
    client.on(
      'fault',
      alive((error) => {
        this.world.note('fault', () => `${this.label} ${error.message}`);
        if (error.code >= 3000) this.#checkEnd(error);
      }),
    );
  }

  #joined(program: Program, view: RoomView, { status, first }: JoinedInfo): void {
    program.ended.delete(view.room);
    const seat = this.#seatOf(program, view);
    if (seat === undefined) {
      this.world.judge.broken('Joined answers a Join', `${this.label} ${view.room}`);
      return;
    }
    // Who only sends has no position.
    const resumes = seat.next !== undefined && seat.mode !== MODE_SEND_ONLY;
    if (resumes) this.world.judge.totals.resumes++;
    const next = resumes ? seat.next : undefined;
    const holds =
      next === undefined
        ? status === Status.FRESH
        : status === Status.NEW_LOG ||
          (status === Status.COMPLETE && first === next) ||
          ((status === Status.SKIPPED || status === Status.TRUNCATED) && first > next);
    this.world.judge.check(
      holds || seat.mode === MODE_SEND_ONLY,
      'a resume continues where the client stands',
      () => `${this.label} ${view.room} status ${status} first ${first}, next ${next}`,
    );
    seat.next = first;
    // Whether old sends were stored can not be known any more: a careful program does not repeat them.
    if (status === Status.NEW_LOG || status === Status.TRUNCATED) this.lines.forget(view.room);
  }

  #entry(program: Program, entry: Entry, view: RoomView): void {
    const { judge } = this.world;
    const seat = this.#seatOf(program, view);
    judge.totals.deliveries++;
    if (seat === undefined) {
      judge.broken('nothing of a room comes to who is not in it', `${this.label} ${view.room} #${entry.seq}`);
      return;
    }
    if (entry.seq !== seat.next) {
      judge.broken(
        'a view is a contiguous run',
        `${this.label} ${view.room} #${entry.seq}, next ${seat.next}`,
      );
    }
    seat.next = entry.seq + 1;
    this.#compare(view, entry, 'a view is the log');
    this.#checkPosition(seat);
  }

  #checkPosition({ view, next }: Seat): void {
    if (view === undefined || next === undefined) return;
    const { seq } = view.position;
    if (seq !== next - 1) {
      this.world.judge.broken(
        'the position is what was delivered',
        `${this.label} ${view.room} ${seq}, next ${next}`,
      );
    }
  }

  #compare(view: RoomView, entry: Entry, rule: string): void {
    const truth = this.world.judge.room(view.room)?.at(entry.seq);
    const frame = truth && frameOfEntry(truth);
    const text = frame?.kind?.$case === 'chat' && frame.kind.value.content?.value;
    const isErased = entry.kind.type === 'removed' && entry.author === undefined;
    const said =
      frame?.author?.name === entry.author?.name && (entry.kind.type !== 'chat' || entry.kind.text === text);
    const same =
      truth !== undefined &&
      truth.check === entry.check &&
      truth.time === entry.time &&
      truth.id === hexOf(entry.id) &&
      (isErased ? truth.erased !== undefined : said) &&
      entry.room === view.room;
    if (!same) this.world.judge.broken(rule, `${this.label} ${view.room} #${entry.seq} is another entry`);
  }

  #seatOf(program: Program, view: RoomView): Seat | undefined {
    for (const seat of program.seats) {
      if (seat.view === view) return seat;
    }
    const free = [...program.seats].filter((seat) => seat.view === undefined);
    const peer = `@${view.peer?.name.toLowerCase()}`;
    const seat =
      free.find(({ asked }) => asked === view.room) ?? free.find(({ asked }) => asked.toLowerCase() === peer);
    if (seat !== undefined) seat.view = view;
    return seat;
  }

  #joinRefused(asked: string, error: ClientError): void {
    this.world.note('nojoin', () => `${this.label} ${asked} ${error.message}`);
    // A program that is over takes its joins with it.
    if (error.reason !== 'fault' || !this.running) return;
    const isPrivate = asked.startsWith('@') || asked.startsWith('~');
    const expected: readonly number[] = isPrivate ? [FaultCode.NO_RECIPIENT, FaultCode.NO_SUCH_ROOM] : [];
    if (!expected.includes(error.code) && error.code < 2000) {
      this.world.judge.broken('honest joins are let in', `${this.label} ${asked} ${error.message}`);
    }
  }

  #mayBeRefused(seat: Seat, { code }: ClientError): boolean {
    if (seat.view?.room.startsWith('~')) return true;
    return seat.state === 'out' && code === FaultCode.NOT_A_MEMBER;
  }

  #checkEnd(cause: ClientError): void {
    const wasReleased = this.world.judge.wasReleased(this.world.userOf(this.identity));
    const honest =
      cause.reason !== 'protocol' &&
      (cause.reason !== 'fault' ||
        cause.code < 3000 ||
        HONEST_ENDS.has(cause.code) ||
        (cause.code === FaultCode.AUTH_FAILED && wasReleased));
    if (!honest)
      this.world.judge.broken('the SDK and the server keep the rules', `${this.label} ${cause.message}`);
  }
}
