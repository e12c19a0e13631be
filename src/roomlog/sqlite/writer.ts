// Owns what is written: decides every proposal, a transaction for as many as have come.
import type { AppendFailure, Outcome, Proposal, Retention, RoomName, Seq } from '../roomlog.ts';
import { Checkpoints } from './checkpoints.ts';
import { type Damage, tellsDamage } from './damage.ts';
import type { StorageEvent } from './events.ts';
import type { Health } from './health.ts';
import type { Mark } from './mark.ts';
import { DamageError, RoomDraft, type RoomState } from './room-draft.ts';
import type { RoomRow } from './room-row.ts';
import { truncationOf } from './retention.ts';
import { troubleOf } from './storage-error.ts';
import type { Tables } from './tables.ts';

/** A room as the writer is told of it. */
export interface RoomSpec {
  /** Its number, which nobody had before. */
  readonly room: number;
  readonly name: RoomName;
  readonly logId: Uint8Array;
  readonly pair: Uint8Array | null;
}

interface WriterRoom {
  state: RoomState;
  /** It has a row in the database. */
  isStored: boolean;
  isDamaged: boolean;
  /** Entries behind it are kept for followers. */
  floor: Seq;
  checkpointed: Seq;
}

export interface WriterOptions {
  readonly tables: Tables;
  readonly mark: Mark;
  readonly health: Health;
  readonly retention: Retention;
  readonly observe: (event: StorageEvent) => void;
  /** Called once for a room, before anything of it fails for that reason. */
  readonly onDamaged: (room: number) => void;
  readonly onTruncated: (room: number, oldest: Seq) => void;
}

/** Proposals in their order, by room number, and the wall time at which they came. */
export interface Batch {
  readonly now: number;
  readonly appends: ReadonlyArray<{ readonly room: number; readonly proposal: Proposal }>;
}

/** `secure`: what is deleted is overwritten. `erasing`: what was deleted before, too. */
type Manner = 'plain' | 'secure' | 'erasing';

interface Work<T> {
  readonly drafts: ReadonlyMap<number, RoomDraft>;
  readonly result: T;
}

/** What is deleted in one transaction at most, so that no commit waits for long. */
const TRUNCATE_ENTRIES = 2_000;

/**
 * Synchronous, and the only one that writes. Invariants: what `commit` returns is durable; the mark is never
 * ahead of the database; a room's state is what its rows say.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #tables: Tables;
  readonly #rooms = new Map<number, WriterRoom>();
  /** Removed rooms whose entries are still there. */
  readonly #removed = new Set<number>();
  /** Those whose name is still in the database: the next transaction takes it away. */
  readonly #named = new Set<number>();
  /** Rooms of which something is to be looked at: whether they keep too much. */
  readonly #untidy = new Set<number>();
  /** Rooms of which the mark does not know the newest, for want of space. */
  readonly #unmarked = new Set<number>();
  /** Rooms with entries that are in the WAL alone. */
  readonly #inWal = new Set<number>();
  #now = 0;
  readonly #checkpoints: Checkpoints;
  readonly #health: Health;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#tables = options.tables;
    this.#checkpoints = new Checkpoints(options.tables);
    this.#health = options.health;
  }

  /** A room that the database has. */
  restore(row: RoomRow, isDamaged: boolean, checkpointed: Seq): void {
    this.#add(row, { isStored: true, isDamaged, checkpointed });
    this.#inWal.add(row.room);
  }

  /** A room that the database gets with its first entry. */
  open({ room, name, logId, pair }: RoomSpec): void {
    const none = { newest: 0, newestTime: 0, oldest: 1, bytes: 0 };
    const row = { room, name, logId, pair, ...none, chain: logId, base: logId, members: new Uint8Array(16) };
    this.#add(row, { isStored: false, isDamaged: false, checkpointed: 0 });
  }

  #add(row: RoomRow, known: Pick<WriterRoom, 'isStored' | 'isDamaged' | 'checkpointed'>): void {
    this.#rooms.set(row.room, { state: { row, tail: undefined }, floor: Number.POSITIVE_INFINITY, ...known });
  }

  /** Followers need what is behind this. */
  pin(room: number, floor: Seq): void {
    const known = this.#rooms.get(room);
    if (known === undefined) return;
    known.floor = floor;
    this.#untidy.add(room);
  }

  /** Decides all batches in one transaction: outcomes batch by batch, or why nothing was stored. */
  commit(batches: readonly Batch[]): Outcome[][] | AppendFailure {
    const refusal = this.#health.refusal;
    if (refusal !== undefined) return refusal;
    this.#now = batches.at(-1)?.now ?? this.#now;
    const isErasing = batches.some(({ appends }) => appends.some(({ proposal }) => proposal.erases));
    if (isErasing) this.#checkpoints.erased();
    return this.#transact(isErasing ? 'erasing' : 'plain', () => {
      const drafts = new Map<number, RoomDraft>();
      const outcomes = batches.map((batch) => this.#decide(batch, drafts));
      for (const draft of drafts.values()) draft.flush();
      return { drafts, result: outcomes };
    });
  }

  /** Removes a room: nobody reads it from now on, its entries are deleted when there is time. */
  remove(room: number): void {
    const known = this.#rooms.get(room);
    this.#rooms.delete(room);
    this.#inWal.delete(room);
    if (known?.isStored !== true) return;
    this.#removed.add(room);
    this.#named.add(room);
  }

  /** Removed rooms that an earlier process had no time to delete. */
  resumeRemoval(room: number): void {
    this.#removed.add(room);
  }

  /** A room was found damaged, by whomever: from now on nothing is written to it. */
  damage(room: number, damage: Damage): void {
    const known = this.#rooms.get(room);
    if (known === undefined || known.isDamaged) return;
    known.isDamaged = true;
    this.#untidy.delete(room);
    this.#options.observe({ event: 'room-damaged', ...damage });
    // The next start verifies all of it and finds this again.
    known.checkpointed = 0;
    this.#remember(room, known);
    this.#options.mark.syncSoon();
    this.#options.onDamaged(room);
  }

  /** Looks which rooms keep too much, or what has grown too old. */
  tick(now: number): void {
    this.#now = now;
    if (Object.keys(this.#options.retention).length === 0) return;
    for (const [room, { isDamaged }] of this.#rooms) if (!isDamaged) this.#untidy.add(room);
  }

  /** A short piece of what is to be done when nothing waits. False: nothing is left to do. */
  tidy(): boolean {
    if (this.#health.isReadOnly) return false;
    this.#checkpoint();
    for (const room of this.#removed) return this.#deleteSome(room);
    for (const room of this.#untidy) {
      if (this.#truncateSome(room)) return true;
      this.#untidy.delete(room);
    }
    return false;
  }

  /** Everything is in the database itself, and the mark says so. */
  close(): void {
    if (!this.#health.isReadOnly) {
      // A room that was removed in the last moment is not there again after the next start.
      if (this.#named.size > 0) this.#transact('plain', () => ({ drafts: new Map(), result: undefined }));
      this.#checkpointAll();
    }
    this.#trying(() => this.#options.mark.close());
    this.#trying(() => this.#tables.database.close());
  }

  #decide({ appends, now }: Batch, drafts: Map<number, RoomDraft>): Outcome[] {
    return appends.map(({ room, proposal }) => {
      const known = this.#rooms.get(room);
      // Removed behind this append: it has no outcome, whatever stands here.
      if (known === undefined || known.isDamaged) return { status: 'failed', failure: 'ROOM_QUARANTINED' };
      let draft = drafts.get(room);
      if (draft === undefined) {
        draft = new RoomDraft(this.#tables, known.state);
        drafts.set(room, draft);
      }
      return draft.append(proposal, now);
    });
  }

  /**
   * Runs one transaction and remembers what it did. A room that turns out to be damaged is left out of the
   * next attempt.
   */
  #transact<T>(manner: Manner, work: () => Work<T>): T | AppendFailure {
    for (let attempt = 1; ; attempt++) {
      try {
        return this.#attempt(manner, work);
      } catch (error) {
        this.#trying(() => this.#tables.rollback());
        const failure = error instanceof DamageError ? this.#leaveOut(error) : this.#health.trouble(error);
        // The WAL itself may be what fills a small disk.
        const isRelieved = failure === 'STORAGE_FULL' && attempt === 1 && this.#checkpointAll();
        if (failure !== undefined && !isRelieved) return failure;
      } finally {
        if (manner !== 'plain') this.#trying(() => this.#tables.deleteSecurely(false));
      }
    }
  }

  #attempt<T>(manner: Manner, work: () => Work<T>): T {
    if (manner !== 'plain') this.#tables.deleteSecurely(true);
    this.#tables.begin();
    for (const room of this.#named) this.#tables.dropName(room);
    const { drafts, result } = work();
    // Copies of what is erased lie where segments were before they were merged.
    if (manner === 'erasing') this.#tables.wipeFree();
    for (const [room] of drafts) this.#options.mark.reserve(room);
    this.#tables.commit();
    this.#named.clear();
    this.#committed(drafts);
    return result;
  }

  /** Undefined: the transaction can be tried again without the room. */
  #leaveOut({ room, from, to }: DamageError): AppendFailure | undefined {
    const known = this.#rooms.get(room);
    if (known === undefined || known.isDamaged) return 'ROOM_QUARANTINED';
    this.damage(room, {
      room: known.state.row.name ?? '',
      from,
      to,
      kind: from === 0 ? 'unreadable' : 'segment',
    });
    return undefined;
  }

  #committed(drafts: ReadonlyMap<number, RoomDraft>): void {
    this.#health.wrote();
    for (const room of this.#unmarked) {
      const known = this.#rooms.get(room);
      if (known !== undefined && !drafts.has(room)) this.#remember(room, known);
    }
    for (const [room, draft] of drafts) {
      const known = this.#rooms.get(room);
      if (known === undefined) continue;
      known.state = draft.state;
      known.isStored = true;
      this.#inWal.add(room);
      const { bytes, entries } = this.#options.retention;
      if (bytes !== undefined || entries !== undefined) this.#untidy.add(room);
      this.#remember(room, known);
    }
    this.#options.mark.syncSoon();
  }

  /** What is stored already stays stored, whatever the mark's file says. */
  #remember(room: number, { state, checkpointed, isDamaged }: WriterRoom): void {
    const { name, logId, newest, chain } = state.row;
    if (name === null || (isDamaged && checkpointed > 0)) return;
    this.#unmarked.delete(room);
    try {
      this.#options.mark.write({ room, name, logId, newest, chain, checkpointed });
    } catch (error) {
      // A file system that copies on writing can be full even here. The mark lags, which is no error.
      if (troubleOf(error, () => true) === 'full') this.#unmarked.add(room);
      else this.#health.fail(error);
    }
  }

  // Tidying

  #checkpoint(): void {
    try {
      if (this.#checkpoints.run(this.#health.freeBytes)) this.#checkpointed();
    } catch (error) {
      // A full disk: the WAL grows on, as far as there is room.
      this.#health.trouble(error);
    }
  }

  /** The whole WAL, so that its space is free. False: that can not be done now. */
  #checkpointAll(): boolean {
    try {
      if (!this.#checkpoints.all()) return false;
      this.#checkpointed();
      return true;
    } catch (error) {
      this.#health.trouble(error);
      return false;
    }
  }

  #checkpointed(): void {
    for (const room of this.#inWal) {
      const known = this.#rooms.get(room);
      if (known === undefined || known.isDamaged || !known.isStored) continue;
      known.checkpointed = known.state.row.newest;
      this.#remember(room, known);
    }
    this.#inWal.clear();
    this.#options.mark.syncSoon();
  }

  #truncateSome(room: number): boolean {
    const known = this.#rooms.get(room);
    if (known === undefined || known.isDamaged || !known.isStored) return false;
    const { row } = known.state;
    const last = this.#truncationOf(known);
    if (last < row.oldest) return false;
    const upTo = Math.min(last, row.oldest + TRUNCATE_ENTRIES);
    const oldest = this.#transact('secure', () => {
      const draft = new RoomDraft(this.#tables, known.state);
      draft.truncate(upTo);
      draft.flush();
      return { drafts: new Map([[room, draft]]), result: draft.state.row.oldest };
    });
    if (typeof oldest !== 'number') return false;
    this.#options.onTruncated(room, oldest);
    return true;
  }

  /** The last entry that may go; none when that can not be read. */
  #truncationOf({ state: { row }, floor }: WriterRoom): Seq {
    try {
      return truncationOf(this.#tables, row, this.#options.retention, floor, this.#now);
    } catch (error) {
      if (!tellsDamage(error)) this.#health.trouble(error);
      else
        this.damage(row.room, { room: row.name ?? '', from: row.oldest, to: row.oldest, kind: 'unreadable' });
      return row.oldest - 1;
    }
  }

  /** The name is free at once; the mark forgets the room before its row goes, so that it is never missed. */
  #deleteSome(room: number): boolean {
    const { mark } = this.#options;
    const done = this.#transact('secure', () => {
      const isGone = this.#tables.deleteSome(room, TRUNCATE_ENTRIES);
      return { drafts: new Map(), result: isGone };
    });
    if (typeof done !== 'boolean') return false;
    try {
      mark.clear(room);
      if (!done) return true;
      mark.sync();
      this.#transact('plain', () => {
        this.#tables.deleteRoom(room);
        return { drafts: new Map(), result: true };
      });
      this.#removed.delete(room);
    } catch (error) {
      this.#health.fail(error);
    }
    return true;
  }

  #trying(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#health.fail(error);
    }
  }
}
