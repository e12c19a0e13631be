// A RoomLog that commits when the test says so, or fails.
import { MemoryLog, type MemoryLogOptions } from '../../src/roomlog/memory.ts';
import type {
  AppendFailure,
  Durability,
  Proposal,
  ReadRequest,
  ReadResult,
  RoomHead,
  RoomListener,
  RoomLog,
  RoomName,
  Seq,
} from '../../src/roomlog/roomlog.ts';

export class GatedLog implements RoomLog {
  readonly durability: Durability = 'memory';
  readonly storage: RoomLog;
  readonly #listeners = new Map<RoomName, RoomListener>();
  #held: { readonly room: RoomName; readonly proposal: Proposal }[] | undefined;

  constructor(options: MemoryLogOptions, storage: RoomLog = new MemoryLog(options)) {
    this.storage = storage;
  }

  /** From now on nothing is stored. */
  hold(): void {
    this.#held ??= [];
  }

  get heldAppends(): number {
    return this.#held?.length ?? 0;
  }

  /** Stores what was held back, and from now on everything. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const { room, proposal } of held) this.storage.append(room, proposal);
  }

  /** What was held back was reported as failed, and is there nevertheless. The hub above is of no use any more. */
  failButStore(failure: AppendFailure): void {
    const held = this.#held ?? [];
    this.fail(failure);
    for (const { room, proposal } of held) {
      this.storage.open(room, { onOutcomes: () => {}, onTruncated: () => {}, onDamaged: () => {} });
      this.storage.append(room, proposal);
    }
  }

  /** What was held back has failed; from now on everything is stored. */
  fail(failure: AppendFailure): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const room of new Set(held.map((one) => one.room))) {
      const outcomes = held
        .filter((one) => one.room === room)
        .map(() => ({ status: 'failed', failure }) as const);
      this.#listeners.get(room)?.onOutcomes(outcomes);
    }
  }

  /** The log of a room is found damaged; what was held back of it has failed before. */
  damage(room: RoomName): void {
    const held = this.#held?.filter((one) => one.room === room) ?? [];
    this.#held = this.#held?.filter((one) => one.room !== room);
    const failed = held.map(() => ({ status: 'failed', failure: 'ROOM_QUARANTINED' }) as const);
    if (failed.length > 0) this.#listeners.get(room)?.onOutcomes(failed);
    this.#listeners.get(room)?.onDamaged();
  }

  rooms(): readonly RoomHead[] {
    return this.storage.rooms();
  }

  open(room: RoomName, listener: RoomListener, pair?: readonly [Uint8Array, Uint8Array]): RoomHead {
    this.#listeners.set(room, listener);
    return this.storage.open(room, listener, pair);
  }

  append(room: RoomName, proposal: Proposal): void {
    if (this.#held === undefined) this.storage.append(room, proposal);
    else this.#held.push({ room, proposal });
  }

  read(request: ReadRequest, onResult: (result: ReadResult) => void): void {
    this.storage.read(request, onResult);
  }

  pin(room: RoomName, follower: string, seq: Seq): void {
    this.storage.pin(room, follower, seq);
  }

  remove(room: RoomName): void {
    this.storage.remove(room);
  }

  close(onClosed: () => void): void {
    this.storage.close(onClosed);
  }
}
