// The memory engine: everything is gone with the process. Reference for the others, and for tests.
import type { Sha256 } from './chain.ts';
import { MemoryRoom } from './memory-room.ts';
import type {
  Outcome,
  Proposal,
  ReadRequest,
  ReadResult,
  Retention,
  RoomHead,
  RoomListener,
  RoomLog,
  RoomName,
  Seq,
} from './roomlog.ts';

export interface MemoryLogOptions {
  readonly crypto: { readonly random: (length: number) => Uint8Array; readonly sha256: Sha256 };
  /** Wall time, milliseconds since 1970. */
  readonly now: () => number;
  /** Calls back behind the current turn of the event loop. */
  readonly defer: (callback: () => void) => void;
  /** Calls back once after so many milliseconds; the result cancels it. Needed to end what is too old in time. */
  readonly after?: (ms: number, callback: () => void) => () => void;
  /** Of every room. Default 64 MiB. */
  readonly retention?: Retention;
  /** What a room keeps at most for a follower that is behind. Default 256 MiB. */
  readonly pinnedBytes?: number;
  /** What all rooms together take of the memory; beyond it the largest one gives way. Default 1 GiB. */
  readonly totalBytes?: number;
}

interface OpenRoom {
  readonly store: MemoryRoom;
  listener: RoomListener;
  readonly pins: Map<string, Seq>;
}

const RETENTION_DEFAULT: Retention = { bytes: 67_108_864 };
const PINNED_BYTES_DEFAULT = 268_435_456;
const TOTAL_BYTES_DEFAULT = 1_073_741_824;
/** What is too old is looked for so often; it may stay a minute. */
const SWEEP_MS = 30_000;

export class MemoryLog implements RoomLog {
  readonly durability = 'memory';
  readonly #options: MemoryLogOptions;
  readonly #rooms = new Map<RoomName, OpenRoom>();
  /** The footprints of all rooms. */
  #footprint = 0;
  #batch: Array<{ readonly room: OpenRoom; readonly proposal: Proposal }> = [];
  #cancelSweep: (() => void) | undefined;

  constructor(options: MemoryLogOptions) {
    this.#options = options;
    if (this.#retention.ageMs !== undefined) this.#sweepLater();
  }

  rooms(): readonly RoomHead[] {
    return [...this.#rooms.values()].map(({ store }) => store.head()).filter(({ newest }) => newest > 0);
  }

  open(name: RoomName, listener: RoomListener, pair?: readonly [Uint8Array, Uint8Array]): RoomHead {
    let room = this.#rooms.get(name);
    if (room === undefined) {
      room = { store: new MemoryRoom(name, this.#options.crypto, pair), listener, pins: new Map() };
      this.#rooms.set(name, room);
    }
    room.listener = listener;
    return room.store.head();
  }

  append(name: RoomName, proposal: Proposal): void {
    if (this.#batch.length === 0) this.#options.defer(() => this.#commit());
    this.#batch.push({ room: this.#openRoom(name), proposal });
  }

  read(request: ReadRequest, onResult: (result: ReadResult) => void): void {
    this.#options.defer(() => {
      const room = this.#rooms.get(request.room);
      onResult(room === undefined ? { status: 'failed', failure: 'NO_SUCH_ROOM' } : room.store.read(request));
    });
  }

  pin(name: RoomName, follower: string, seq: Seq): void {
    this.#rooms.get(name)?.pins.set(follower, seq);
  }

  remove(name: RoomName): void {
    this.#footprint -= this.#rooms.get(name)?.store.footprint ?? 0;
    this.#rooms.delete(name);
  }

  close(onClosed: () => void): void {
    this.#cancelSweep?.();
    this.#options.defer(() => {
      this.#commit();
      this.#rooms.clear();
      onClosed();
    });
  }

  #openRoom(name: RoomName): OpenRoom {
    const room = this.#rooms.get(name);
    if (room === undefined) throw new Error(`room is not open: ${name}`);
    return room;
  }

  #commit(): void {
    const batch = this.#batch;
    this.#batch = [];
    const outcomes = new Map<OpenRoom, Outcome[]>();
    const now = this.#options.now();
    for (const { room, proposal } of batch) {
      const list = outcomes.get(room);
      const outcome = this.#counting(room, () => room.store.commit(proposal, now));
      if (list === undefined) outcomes.set(room, [outcome]);
      else list.push(outcome);
    }
    for (const [room, list] of outcomes) {
      // A listener before this one may have removed the room.
      if (this.#rooms.get(room.store.name) !== room) continue;
      room.listener.onOutcomes(list);
      this.#retain(room);
    }
    this.#retainTogether();
  }

  get #retention(): Retention {
    return this.#options.retention ?? RETENTION_DEFAULT;
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#options.after?.(SWEEP_MS, () => {
      for (const room of this.#rooms.values()) this.#retain(room);
      this.#sweepLater();
    });
  }

  #retain(room: OpenRoom): void {
    const now = this.#options.now();
    const pinned = Math.min(...room.pins.values());
    this.#truncating(room, ({ store }) => store.retain(this.#retention, now, pinned));
    // Memory ends somewhere: a follower that is stuck for so long gets a gap.
    const { bytes = 0 } = this.#retention;
    const most = { bytes: Math.max(bytes, this.#options.pinnedBytes ?? PINNED_BYTES_DEFAULT) };
    if (room.store.bytes > most.bytes)
      this.#truncating(room, ({ store }) => store.retain(most, now, Infinity));
  }

  /** Who fills room after room takes the oldest from the fullest ones, which are the own: others keep theirs. */
  #retainTogether(): void {
    while (this.#footprint > (this.#options.totalBytes ?? TOTAL_BYTES_DEFAULT)) {
      let largest: OpenRoom | undefined;
      for (const room of this.#rooms.values()) {
        if (largest === undefined || room.store.footprint > largest.store.footprint) largest = room;
      }
      if (largest === undefined || !this.#truncating(largest, ({ store }) => store.shrink())) return;
    }
  }

  #truncating(room: OpenRoom, truncate: (room: OpenRoom) => boolean): boolean {
    const isLess = this.#counting(room, () => truncate(room));
    if (isLess) room.listener.onTruncated(room.store.oldest);
    return isLess;
  }

  #counting<T>(room: OpenRoom, change: () => T): T {
    const { store } = room;
    const before = store.footprint;
    const result = change();
    // A room that was removed has been subtracted as a whole.
    if (this.#rooms.get(store.name) === room) this.#footprint += store.footprint - before;
    return result;
  }
}
