// A storage engine that keeps its contract (src/roomlog/roomlog.ts) in the least helpful way.
import type {
  AppendFailure,
  Outcome,
  Proposal,
  ReadRequest,
  ReadResult,
  RoomHead,
  RoomListener,
  RoomLog,
  RoomName,
} from '../../src/roomlog/roomlog.ts';
import { LOG_ID_BYTES } from '../../src/protocol/limits.ts';
import type { EventQueue } from '../support/event-queue.ts';
import type { Random } from '../support/random.ts';
import type { Judge } from './judge.ts';
import type { Pair, Store, StoredRoom } from './store.ts';

export interface EngineOptions {
  readonly queue: EventQueue;
  readonly random: Random;
  readonly store: Store;
  /** Wall time in milliseconds. */
  readonly now: () => number;
  readonly judge: Judge;
  readonly onCommit: (seq: number) => void;
}

interface OpenRoom {
  readonly stored: StoredRoom;
  listener: RoomListener;
  readonly pins: Map<string, number>;
  /** Taken, undecided. */
  readonly pending: Proposal[];
  /** Decided, not reported. */
  readonly outcomes: Outcome[];
  /** Nothing more is decided before the report. */
  failing: AppendFailure | undefined;
  reporting: boolean;
}

/** How the disk feels. The world changes it. */
export type Health =
  | { readonly state: 'well' }
  | { readonly state: 'failing'; readonly failure: AppendFailure; readonly chance: number };

const COMMIT_US_MAX = 12_000;
const REPORT_US_MAX = 6_000;
const READ_US_MAX = 15_000;
const UNKNOWN_US_MAX = 3_000_000;

/** Owns what is under way. What is done belongs to the Store. */
export class SimLog implements RoomLog {
  readonly durability = 'disk';
  readonly #options: EngineOptions;
  readonly #random: Random;
  readonly #rooms = new Map<RoomName, OpenRoom>();
  readonly #slow: number;
  #committing = false;
  #state: 'running' | 'closing' | 'gone' = 'running';
  #onClosed: (() => void) | undefined;
  health: Health = { state: 'well' };

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#random = options.random;
    this.#slow = this.#random.pick([0.05, 0.3, 1, 1, 4]);
  }

  /** Whether nothing is under way. */
  get idle(): boolean {
    return [...this.#rooms.values()].every(({ pending, outcomes }) => pending.length + outcomes.length === 0);
  }

  rooms(): readonly RoomHead[] {
    return [...this.#options.store.rooms.values()]
      .filter(({ newest }) => newest > 0)
      .map((room) => room.head());
  }

  open(name: RoomName, listener: RoomListener, pair?: Pair): RoomHead {
    const open = this.#rooms.get(name);
    if (open !== undefined) {
      open.listener = listener;
      return open.stored.head();
    }
    const { store, judge } = this.#options;
    const stored = store.rooms.get(name) ?? store.create(name, this.#random.bytes(LOG_ID_BYTES), pair);
    stored.reported = stored.newest;
    judge.roomOpened(stored, pair);
    this.#rooms.set(name, {
      stored,
      listener,
      pins: new Map(),
      pending: [],
      outcomes: [],
      failing: undefined,
      reporting: false,
    });
    return stored.head();
  }

  append(name: RoomName, proposal: Proposal): void {
    const room = this.#rooms.get(name);
    if (room === undefined) throw new Error(`append to a room that is not open: ${name}`);
    this.#options.judge.proposed(name, proposal);
    room.pending.push(proposal);
    this.#scheduleCommit();
  }

  read(request: ReadRequest, onResult: (result: ReadResult) => void): void {
    // What is read is decided now or at the end: both are honest.
    const early = this.#random.chance(0.5) ? this.#result(request) : undefined;
    this.#after(READ_US_MAX, () => onResult(early ?? this.#result(request)));
  }

  pin(name: RoomName, follower: string, seq: number): void {
    this.#rooms.get(name)?.pins.set(follower, seq);
  }

  remove(name: RoomName): void {
    this.#rooms.delete(name);
    this.#options.store.remove(name);
  }

  close(onClosed: () => void): void {
    this.#state = 'closing';
    this.#onClosed = onClosed;
    this.#closeIfIdle();
  }

  /** The process dies. Of what was under way any prefix may be durable; nothing is reported any more. */
  crash(): void {
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    for (const [name, room] of this.#rooms) {
      if (room.failing !== undefined || this.health.state !== 'well') continue;
      const durable = this.#random.chance(0.5) ? 0 : this.#random.between(0, room.pending.length);
      for (const proposal of room.pending.slice(0, durable)) this.#commitOne(name, room, proposal);
    }
  }

  /** Retention takes entries away; the core hears of it later. Says how many went. */
  truncate(name: RoomName): number {
    const room = this.#rooms.get(name);
    if (room === undefined) return 0;
    const { stored } = room;
    // Nothing goes before it was reported.
    const most = Math.min(stored.reported, ...room.pins.values()) + 1;
    if (most <= stored.oldest) return 0;
    const before = stored.oldest;
    stored.truncate(this.#random.chance(0.5) ? most : this.#random.between(before, most));
    if (stored.oldest === before) return 0;
    this.#after(REPORT_US_MAX, () => {
      if (this.#rooms.get(name) === room) room.listener.onTruncated(stored.oldest);
    });
    return stored.oldest - before;
  }

  #result({ room: name, from, to, bytesMax, keep }: ReadRequest): ReadResult {
    const room = this.#rooms.get(name)?.stored;
    if (room === undefined) return { status: 'failed', failure: 'NO_SUCH_ROOM' };
    if (from < room.oldest) return { status: 'truncated', oldest: room.oldest };
    const end = Math.min(to ?? room.newest, room.newest);
    if (from > end) return { status: 'end' };
    const forward = keep !== 'last';
    // An engine may cut a run short for reasons of its own.
    const most = this.#random.chance(0.2) ? this.#random.between(1, 5) : Number.MAX_SAFE_INTEGER;
    const parts: Uint8Array[] = [];
    let bytes = 0;
    let seq = forward ? from : end;
    while (seq >= from && seq <= end && parts.length < most) {
      const entry = room.at(seq);
      const framed = entry?.erased?.framed ?? entry?.framed;
      if (framed === undefined || (parts.length > 0 && bytes + framed.length > bytesMax)) break;
      parts.push(framed);
      bytes += framed.length;
      seq += forward ? 1 : -1;
    }
    if (!forward) parts.reverse();
    const first = forward ? from : seq + 1;
    return { status: 'run', bytes: concat(parts, bytes), first, last: first + parts.length - 1 };
  }

  #after(usMax: number, run: () => void): void {
    this.#options.queue.after(1 + this.#random.below(usMax) * this.#slow, () => {
      if (this.#state !== 'gone') run();
    });
  }

  #scheduleCommit(): void {
    if (this.#committing) return;
    this.#committing = true;
    this.#after(COMMIT_US_MAX, () => {
      this.#committing = false;
      this.#commit();
      if (
        [...this.#rooms.values()].some(({ pending, failing }) => failing === undefined && pending.length > 0)
      ) {
        this.#scheduleCommit();
      }
      this.#closeIfIdle();
    });
  }

  /** One batch: any rooms in any order, of each any prefix. At least one entry, so that it gets on. */
  #commit(): void {
    const ready = [...this.#rooms].filter(
      ([, { pending, failing }]) => failing === undefined && pending.length > 0,
    );
    let must = true;
    for (const [name, room] of this.#random.shuffle(ready)) {
      const count = this.#random.chance(0.6)
        ? room.pending.length
        : this.#random.between(must ? 1 : 0, room.pending.length);
      must = false;
      if (count === 0) continue;
      const unknown = this.health.state === 'failing' && this.#random.chance(0.2);
      if (this.health.state === 'failing' && this.#random.chance(this.health.chance)) {
        room.failing = this.health.failure;
        this.#options.judge.totals.failures++;
      } else {
        for (const proposal of room.pending.splice(0, count)) {
          room.outcomes.push(this.#commitOne(name, room, proposal));
        }
      }
      this.#report(name, room, unknown ? UNKNOWN_US_MAX : REPORT_US_MAX);
    }
  }

  #commitOne(name: RoomName, room: OpenRoom, proposal: Proposal): Outcome {
    const { store, now } = this.#options;
    if (!store.rooms.has(name)) store.rooms.set(name, room.stored);
    const outcome = room.stored.commit(proposal, now());
    this.#options.onCommit(room.stored.newest);
    return outcome;
  }

  #report(name: RoomName, room: OpenRoom, usMax: number): void {
    if (room.reporting) return;
    room.reporting = true;
    this.#after(usMax, () => {
      room.reporting = false;
      if (this.#rooms.get(name) !== room) return;
      const outcomes = room.outcomes.splice(0);
      if (room.failing !== undefined) {
        const failure = room.failing;
        room.failing = undefined;
        for (const _ of room.pending.splice(0)) outcomes.push({ status: 'failed', failure });
      }
      for (const outcome of outcomes)
        if (outcome.status === 'stored') room.stored.reported = outcome.stamp.seq;
      room.listener.onOutcomes(outcomes);
      this.#closeIfIdle();
    });
  }

  #closeIfIdle(): void {
    if (this.#state !== 'closing' || !this.idle) return;
    this.#state = 'gone';
    const onClosed = this.#onClosed;
    this.#options.queue.after(0, () => onClosed?.());
  }
}

function concat(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
