// The disk of the simulation: what survives a crash, and the one truth that every client is measured against.
import { stampBody } from '../../src/protocol/frame.ts';
import type { MemberRecord, Outcome, Proposal, RoomHead, RoomName } from '../../src/roomlog/roomlog.ts';
import { hexOf } from '../support/hex.ts';
import type { Random } from '../support/random.ts';

export type Pair = readonly [Uint8Array, Uint8Array];

export interface StoredEntry {
  readonly seq: number;
  readonly time: number;
  readonly check: number;
  /** Hexadecimal. */
  readonly id: string;
  readonly digest: string;
  /** With prefix and stamp, as it was stored. */
  readonly framed: Uint8Array;
  /** What has stood in its place since the entry `by`. */
  erased?: { readonly framed: Uint8Array; readonly by: number };
  readonly proposal: Proposal;
  /** Its place among all entries of the disk. */
  readonly order: number;
}

/** What all rooms of one disk have in common. */
interface Disk {
  /** Whether stamps have a check. */
  readonly checks: boolean;
  commits: number;
}

/** One room's log. Entries that retention took away stay here, for the checker; the engine does not show them. */
export class StoredRoom {
  readonly name: RoomName;
  readonly logId: Uint8Array;
  readonly pair: Pair | undefined;
  readonly entries: StoredEntry[] = [];
  readonly members = new Map<string, MemberRecord>();
  /** The newest entry that the engine has reported. */
  reported = 0;
  readonly #disk: Disk;
  readonly #byId = new Map<string, StoredEntry>();
  /** Every truncation: what went, and what was the newest at that moment. */
  readonly #cuts: Array<{ readonly oldest: number; readonly newest: number }> = [];
  #oldest = 1;
  #chain: number;

  constructor(name: RoomName, logId: Uint8Array, pair: Pair | undefined, disk: Disk) {
    this.name = name;
    this.logId = logId;
    this.pair = pair;
    this.#disk = disk;
    this.#chain = new DataView(logId.buffer, logId.byteOffset).getUint32(0);
  }

  get newest(): number {
    return this.entries.length;
  }

  /** The oldest entry that the engine still has. */
  get oldest(): number {
    return this.#oldest;
  }

  at(seq: number): StoredEntry | undefined {
    return this.entries[seq - 1];
  }

  /** Where the entry with this id stands, if it is kept. */
  seqOf(id: string): number | undefined {
    return this.#byId.get(id)?.seq;
  }

  head(): RoomHead {
    return {
      room: this.name,
      logId: this.logId,
      newest: this.newest,
      newestTime: this.at(this.newest)?.time ?? 0,
      oldest: this.#oldest,
      members: [...this.members.values()],
      ...(this.pair === undefined ? {} : { pair: this.pair }),
    };
  }

  /** Durable when this returns. */
  commit(proposal: Proposal, now: number): Outcome {
    const id = hexOf(proposal.id);
    const digest = hexOf(proposal.digest);
    const known = this.#byId.get(id);
    if (known !== undefined) {
      return { status: 'duplicate', seq: known.seq, time: known.time, same: known.digest === digest };
    }
    const seq = this.newest + 1;
    const time = Math.max(now, this.at(this.newest)?.time ?? 0);
    this.#chain = mix(this.#chain, seq, time, proposal.body);
    const stamp = { seq, time, check: this.#disk.checks ? this.#chain : 0 };
    const framed = stampBody(proposal.body, stamp);
    const entry: StoredEntry = { ...stamp, id, digest, framed, proposal, order: this.#disk.commits++ };
    this.#keep(entry);
    this.#erase(proposal, seq);
    return { status: 'stored', stamp, framed };
  }

  /** What readers may get of an entry at this moment: as it was stored, until its erasing was reported. */
  versions(seq: number): readonly Uint8Array[] {
    const entry = this.at(seq);
    if (entry === undefined) return [];
    const { framed, erased } = entry;
    if (erased === undefined) return [framed];
    return erased.by <= this.reported ? [erased.framed] : [framed, erased.framed];
  }

  /** Whether entry `seq` was gone when entry `later` was stored. */
  wasGone(seq: number, later: number): boolean {
    return this.#cuts.some(({ oldest, newest }) => seq < oldest && newest < later);
  }

  truncate(oldest: number): void {
    this.#cuts.push({ oldest, newest: this.newest });
    for (const { id } of this.entries.slice(this.#oldest - 1, oldest - 1)) this.#byId.delete(id);
    this.#oldest = Math.max(this.#oldest, oldest);
  }

  /** The same log as it was after entry `seq`: what an old copy of the disk brings back. */
  copyAt(seq: number, now: number): StoredRoom {
    const copy = new StoredRoom(this.name, this.logId, this.pair, this.#disk);
    for (const entry of this.entries.slice(0, seq)) {
      const { erased: _erased, ...whole } = entry;
      copy.#keep((entry.erased?.by ?? 0) > seq ? whole : entry);
      copy.#chain = mix(copy.#chain, entry.seq, entry.time, entry.proposal.body);
    }
    // What was gone when an entry of the copy was stored stays gone for it.
    copy.#cuts.push(...this.#cuts.filter(({ newest }) => newest <= seq));
    copy.truncate(Math.min(this.#oldest, seq + 1));
    // What comes next differs from what came next the first time.
    copy.#chain ^= now;
    return copy;
  }

  #erase({ erases }: Proposal, by: number): void {
    const entry = erases === undefined || erases.seq < this.#oldest ? undefined : this.at(erases.seq);
    if (entry === undefined || erases === undefined) return;
    entry.erased = { framed: stampBody(erases.body, entry), by };
  }

  #keep(entry: StoredEntry): void {
    this.entries.push(entry);
    this.#byId.set(entry.id, entry);
    const change = entry.proposal.member;
    if (change?.op === 'join') this.members.set(hexOf(change.member.user), change.member);
    if (change?.op === 'leave') this.members.delete(hexOf(change.user));
  }
}

function mix(chain: number, seq: number, time: number, body: Uint8Array): number {
  let hash = Math.imul(chain ^ seq, 0x01000193) ^ (time >>> 0);
  for (const byte of body) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0 || 1;
}

/** Every room, and those that are no more. */
export class Store {
  readonly rooms = new Map<RoomName, StoredRoom>();
  /** Rooms removed, lost or rolled back, in that order. */
  readonly former: StoredRoom[] = [];
  readonly #disk: Disk;

  constructor(random: Random) {
    this.#disk = { checks: random.chance(0.85), commits: 0 };
  }

  create(name: RoomName, logId: Uint8Array, pair: Pair | undefined): StoredRoom {
    return new StoredRoom(name, logId, pair, this.#disk);
  }

  remove(name: RoomName): void {
    const room = this.rooms.get(name);
    if (room !== undefined) this.former.push(room);
    this.rooms.delete(name);
  }

  /** The disk is replaced by an empty one. */
  wipe(): void {
    for (const name of this.rooms.keys()) this.remove(name);
  }

  /** The disk is replaced by an old copy of itself: all rooms as they were at one moment. */
  rollBack(random: Random, now: number): void {
    const { commits } = this.#disk;
    const moment = random.between(Math.floor(commits / 2), commits);
    // A copy takes the room's place.
    for (const [name, room] of Array.from(this.rooms)) {
      const kept = room.entries.filter(({ order }) => order < moment).length;
      if (kept === room.newest) continue;
      this.remove(name);
      if (kept > 0) this.rooms.set(name, room.copyAt(kept, now));
    }
  }
}
