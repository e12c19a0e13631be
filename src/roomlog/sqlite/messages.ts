// What the threads of one log say to each other.
import type { AppendFailure, MemberRecord, Retention, Seq } from '../roomlog.ts';
import type { EncodedOutcomes } from './batch.ts';
import type { StorageEvent } from './events.ts';
import type { RoomSpec } from './writer.ts';
import type { Damage } from './damage.ts';

/** What a thread has to know from the start. */
export interface ThreadSettings {
  /** The data directory. Its lock is held. */
  readonly directory: string;
  readonly retention: Retention;
  readonly reserveBytes: number;
  /** Of the background scrub; 0 = none. */
  readonly scrubBytesPerSecond: number;
}

export type ToWriter =
  | { readonly do: 'open'; readonly spec: RoomSpec }
  /**
   * `appends` as batch.ts encodes them. `epoch` is the number of failures that the sender has heard of: what
   * was sent before it heard of the last one is not decided, it has failed.
   */
  | { readonly do: 'append'; readonly epoch: number; readonly now: number; readonly appends: Uint8Array }
  | { readonly do: 'pin'; readonly room: number; readonly floor: Seq }
  | { readonly do: 'remove'; readonly room: number }
  | { readonly do: 'damage'; readonly room: number; readonly damage: Damage }
  | { readonly do: 'tick'; readonly now: number }
  /** Answered by `settled` when nothing is left to do. */
  | { readonly do: 'settle' }
  | { readonly do: 'close' };

/** A room as the database has it. */
export interface StoredRoom extends RoomSpec {
  readonly newest: Seq;
  readonly newestTime: number;
  readonly oldest: Seq;
  readonly members: readonly MemberRecord[];
  readonly isDamaged: boolean;
}

export type FromWriter =
  | {
      readonly did: 'start';
      readonly serverId: Uint8Array;
      readonly rooms: readonly StoredRoom[];
      /** Numbers from here on were never given to a room. */
      readonly nextRoom: number;
    }
  | { readonly did: 'fail-to-start'; readonly error: StartFailure }
  /** One for each `append`, in order. */
  | ({ readonly did: 'append' } & EncodedOutcomes)
  /** Everything sent with an older epoch has failed. */
  | { readonly did: 'fail'; readonly epoch: number; readonly failure: AppendFailure }
  | { readonly did: 'truncate'; readonly room: number; readonly oldest: Seq }
  /** From here on every append to the room fails. */
  | { readonly did: 'damage'; readonly room: number }
  | { readonly did: 'observe'; readonly event: StorageEvent }
  | { readonly did: 'settle' }
  | { readonly did: 'close' };

/** An error that crosses between threads. */
export interface StartFailure {
  /** Of a LogError; absent: another error. */
  readonly code?: string;
  readonly values?: Readonly<Record<string, string | number>>;
  readonly message: string;
}

export type ToReader =
  | {
      readonly do: 'read';
      readonly read: number;
      readonly room: number;
      readonly from: Seq;
      readonly to: Seq;
      readonly bytesMax: number;
      readonly keep: 'first' | 'last';
    }
  | { readonly do: 'close' };

export type Page =
  | { readonly status: 'run'; readonly bytes: Uint8Array; readonly first: Seq; readonly last: Seq }
  /**
   * Ask again. `isAbsent`: there is no such room, so it was removed or is lost; else retention went by, which the
   * asker is about to hear, or the system has no means now.
   */
  | { readonly status: 'later'; readonly isAbsent: boolean }
  | { readonly status: 'damaged'; readonly damage: Damage };

export type FromReader =
  | { readonly did: 'start' }
  | { readonly did: 'read'; readonly read: number; readonly page: Page }
  | { readonly did: 'find-damage'; readonly damage: Damage }
  | { readonly did: 'close' };
