// The log of every room: one interface for all engines. test/roomlog/suite.ts is its contract, executable.
import type { FaultName } from '../protocol/faults.ts';
import type { Stamp } from '../protocol/frame.ts';

/** What a stored entry survives: the engine's promise, told to every client in Joined. */
export type Durability = 'memory' | 'disk';

/** The name of a room on the wire: a public name or `~…`. */
export type RoomName = string;

/** Position in one room's log: dense from 1, at most 2^53 - 1. 0 = before the first. */
export type Seq = number;

/** Who is in a room, as the log says: the fold of its Join and Leave entries. */
export interface MemberRecord {
  /** The full hash of the user's secret or key, 32 bytes, never on the wire. */
  readonly user: Uint8Array;
  /** The encoded Author of the Join entry. */
  readonly author: Uint8Array;
}

/** What a proposal does to the room's member table, in the same transaction. */
export type MemberChange =
  | { readonly op: 'join'; readonly member: MemberRecord }
  | { readonly op: 'leave'; readonly user: Uint8Array };

/** An entry that wants to be in the log. The engine keeps the byte arrays; nobody changes them afterwards. */
export interface Proposal {
  /** 16 bytes, unique in the room for as long as the entry is kept. */
  readonly id: Uint8Array;
  /** 32 bytes over everything that makes a retry the same: the user and what the client supplied. */
  readonly digest: Uint8Array;
  /** The encoded entry without prefix and stamp (protocol `encodeBody`). */
  readonly body: Uint8Array;
  readonly member?: MemberChange;
  /**
   * Takes the place of an older entry's body, in the same transaction. The seq, the time, the check, the id and
   * the digest of that entry stay, and its hash in the chain is kept: a retry of it is a duplicate still, and the
   * chain goes on as if nothing had happened. Of no effect when that entry is gone already, or when the proposal
   * itself is a duplicate. Nothing else ever changes the bytes at a seq of a log.
   */
  readonly erases?: Erasure;
}

/** What stands where an entry was. */
export interface Erasure {
  readonly seq: Seq;
  /** An encoded entry without prefix and stamp, as `Proposal.body`. */
  readonly body: Uint8Array;
}

/**
 * How much of a room is kept; what is absent does not limit. The oldest entries go as soon as one of the limits
 * lets them, but none before it was reported as stored, and none that is pinned.
 */
export interface Retention {
  /** The newest so many bytes of entries are not touched by this limit; what lies before goes in pieces. */
  readonly bytes?: number | undefined;
  /** The same in entries. */
  readonly entries?: number | undefined;
  /**
   * Entries older than this are gone a minute later, milliseconds, and younger ones are not touched by this
   * limit. A silent room may lose all that it has; its newest seq stays.
   */
  readonly ageMs?: number | undefined;
}

/** Why nothing of a batch was stored. NO_SUCH_ROOM: the room was removed meanwhile. */
export type AppendFailure = Extract<
  FaultName,
  'STORAGE_FULL' | 'STORAGE_READ_ONLY' | 'ROOM_QUARANTINED' | 'NO_SUCH_ROOM'
>;

export type ReadFailure = Extract<FaultName, 'ROOM_QUARANTINED' | 'NO_SUCH_ROOM'>;

export type Outcome =
  /** Durable. `framed` is the stamped entry with its prefix: the bytes that every reader gets. */
  | { readonly status: 'stored'; readonly stamp: Stamp; readonly framed: Uint8Array }
  /** The id is in the log already; nothing was written. `same`: with the same digest. */
  | { readonly status: 'duplicate'; readonly seq: Seq; readonly time: number; readonly same: boolean }
  | { readonly status: 'failed'; readonly failure: AppendFailure };

/** Where an entry is that is in the log, whether it is new there or not. */
export function seqOf(outcome: Exclude<Outcome, { status: 'failed' }>): Seq {
  return outcome.status === 'stored' ? outcome.stamp.seq : outcome.seq;
}

/**
 * How an engine reports on one room. Never called from within a call into the engine.
 *
 * Outcomes come in the order of the appends, each append has exactly one, and they are prefix-closed: when
 * one has failed, every later append to the room that was called before the callback has failed too, in the
 * same list, with the same failure. A duplicate is no failure. What fails with STORAGE_READ_ONLY is not stored
 * while this process lives, but a later one may find it stored; everything else that fails is nowhere.
 */
export interface RoomListener {
  onOutcomes(outcomes: readonly Outcome[]): void;
  /** Entries before `oldest` are gone; they had been reported as stored. */
  onTruncated(oldest: Seq): void;
  /**
   * The room's log is damaged. From here on every append and every read of it fails with ROOM_QUARANTINED;
   * what was under way has failed so already. Called once. No outcome is waited for after it.
   */
  onDamaged(): void;
}

/** What is committed in a room at this moment. */
export interface RoomHead {
  readonly room: RoomName;
  /** 16 random bytes: this log and no other. */
  readonly logId: Uint8Array;
  /** The newest entry, 0 = none. */
  readonly newest: Seq;
  /** When that was stored, milliseconds since 1970, 0 = none. */
  readonly newestTime: number;
  /** The oldest entry kept; newest + 1 = none. */
  readonly oldest: Seq;
  readonly members: readonly MemberRecord[];
  /** Private rooms: the two users' full hashes. */
  readonly pair?: readonly [Uint8Array, Uint8Array];
  /** The log is damaged (see `RoomListener.onDamaged`, which is not called then); the rest may be wrong. */
  readonly isDamaged?: boolean;
}

/** A run of entries: their stamped, prefixed bytes one behind the other. */
export interface Run {
  readonly bytes: Uint8Array;
  readonly first: Seq;
  readonly last: Seq;
}

export type ReadResult =
  | ({ readonly status: 'run' } & Run)
  /** `from` is beyond the newest entry. */
  | { readonly status: 'end' }
  /** `from` is before the oldest entry kept. */
  | { readonly status: 'truncated'; readonly oldest: Seq }
  /** The room was removed, or its log is damaged: then `RoomListener.onDamaged` was called, or is next. */
  | { readonly status: 'failed'; readonly failure: ReadFailure };

export interface ReadRequest {
  readonly room: RoomName;
  /** The first entry wanted, 1 or more. */
  readonly from: Seq;
  /** The last entry wanted; the newest when absent. */
  readonly to?: Seq;
  /** The run is cut before it exceeds so many bytes, but holds at least one entry. */
  readonly bytesMax: number;
  /**
   * What a run that is shorter than asked for keeps: `first` (the default) begins at `from`; `last` ends at
   * `to`. An engine may cut a run short for reasons of its own.
   */
  readonly keep?: 'first' | 'last';
}

export interface RoomLog {
  readonly durability: Durability;
  /** Every room that has entries. Asked once, at the start. */
  rooms(): readonly RoomHead[];
  /**
   * Makes a room known and says where its outcomes go. A room that has no entries gets a new log_id; it is
   * remembered across restarts from its first entry on.
   */
  open(room: RoomName, listener: RoomListener, pair?: readonly [Uint8Array, Uint8Array]): RoomHead;
  /** Takes its place in the room's order now; the outcome comes later. The room is open. */
  append(room: RoomName, proposal: Proposal): void;
  /** Committed entries only. `onResult` is called once, never from within this call. */
  read(request: ReadRequest, onResult: (result: ReadResult) => void): void;
  /**
   * Retention keeps every entry after `seq` until told otherwise, as far as there is room for them; what was
   * under way before may still go. Followers pin; sessions do not. A room that an earlier process left loses
   * nothing before it is opened and pinned.
   */
  pin(room: RoomName, follower: string, seq: Seq): void;
  /** Forgets a room and all its entries for ever. Appends under way have no outcome. */
  remove(room: RoomName): void;
  /** Reports what is under way, then releases everything. No call may follow. */
  close(onClosed: () => void): void;
}
