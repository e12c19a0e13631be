// An engine whose outcomes the test decides: how many appends are committed, and which fail.
import { MemoryRoom } from '../../src/roomlog/memory-room.ts';
import type {
  AppendFailure,
  Outcome,
  Proposal,
  ReadRequest,
  ReadResult,
  RoomHead,
  RoomListener,
  RoomLog,
} from '../../src/roomlog/roomlog.ts';
import { crypto, type ManualClock } from './rig.ts';

interface Open {
  readonly store: MemoryRoom;
  listener: RoomListener;
  readonly waiting: Proposal[];
  damaged: boolean;
}

export class ScriptedLog implements RoomLog {
  readonly durability = 'disk';
  readonly #clock: Pick<ManualClock, 'now' | 'defer'>;
  readonly #rooms = new Map<string, Open>();
  /** Commits everything by itself while set. */
  auto = true;

  constructor(clock: Pick<ManualClock, 'now' | 'defer'>) {
    this.#clock = clock;
  }

  rooms(): readonly RoomHead[] {
    return [...this.#rooms.values()].map(headOf).filter(({ newest }) => newest > 0);
  }

  open(room: string, listener: RoomListener, pair?: readonly [Uint8Array, Uint8Array]): RoomHead {
    const open = this.#rooms.get(room) ?? {
      store: new MemoryRoom(room, crypto, pair),
      listener,
      waiting: [],
      damaged: false,
    };
    open.listener = listener;
    this.#rooms.set(room, open);
    return headOf(open);
  }

  append(room: string, proposal: Proposal): void {
    const open = this.#open(room);
    open.waiting.push(proposal);
    if (this.auto) this.#clock.defer(() => this.commit(room));
  }

  /** Decides the first `count` appends of a room: stored. */
  commit(room: string, count = Number.POSITIVE_INFINITY): void {
    const open = this.#rooms.get(room);
    if (open?.damaged === true) {
      if (open.waiting.length > 0) this.fail(room, 'ROOM_QUARANTINED');
      return;
    }
    const batch = open?.waiting.splice(0, count) ?? [];
    const outcomes = batch.flatMap((proposal) => open?.store.commit(proposal, this.#clock.now()) ?? []);
    if (outcomes.length > 0) open?.listener.onOutcomes(outcomes);
  }

  /** Decides the first `stored` appends of a room: stored; and all others: failed. */
  fail(room: string, failure: AppendFailure = 'STORAGE_FULL', stored = 0): void {
    const open = this.#open(room);
    const batch = open.waiting.splice(0);
    const outcomes = batch.map(
      (proposal, i): Outcome =>
        i < stored ? open.store.commit(proposal, this.#clock.now()) : { status: 'failed', failure },
    );
    open.listener.onOutcomes(outcomes);
  }

  /** The log of a room is found damaged. `tells`: at once, else only those who read are told. */
  damage(room: string, tells = true): void {
    const open = this.#open(room);
    open.damaged = true;
    if (!tells) return;
    if (open.waiting.length > 0) this.fail(room, 'ROOM_QUARANTINED');
    open.listener.onDamaged();
  }

  waiting(room: string): number {
    return this.#rooms.get(room)?.waiting.length ?? 0;
  }

  /** Drops what retention would drop. */
  truncate(room: string, bytesMax: number): void {
    const { store, listener } = this.#open(room);
    if (store.retain({ bytes: bytesMax }, this.#clock.now(), Infinity)) listener.onTruncated(store.oldest);
  }

  read(request: ReadRequest, onResult: (result: ReadResult) => void): void {
    this.#clock.defer(() => {
      const room = this.#rooms.get(request.room);
      if (room?.damaged === true) onResult({ status: 'failed', failure: 'ROOM_QUARANTINED' });
      else onResult(room?.store.read(request) ?? { status: 'failed', failure: 'NO_SUCH_ROOM' });
    });
  }

  pin(): void {}

  remove(room: string): void {
    this.#rooms.delete(room);
  }

  close(onClosed: () => void): void {
    this.#clock.defer(onClosed);
  }

  #open(room: string): Open {
    const open = this.#rooms.get(room);
    if (open === undefined) throw new Error(`not open: ${room}`);
    return open;
  }
}

function headOf({ store, damaged }: Open): RoomHead {
  return { ...store.head(), ...(damaged ? { isDamaged: true } : {}) };
}
