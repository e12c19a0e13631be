// How a server is doing, for people and programs.

/** How late the event loop runs: milliseconds by which timers fired late. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  /** 99.9 % and 99.99 %. */
  readonly p999: number;
  readonly p9999: number;
  readonly max: number;
}

/** The same, measured once a millisecond between two moments. */
export interface MeasuredDelay extends LoopDelay {
  readonly spanMs: number;
  readonly samples: number;
}

/** Memory behind a collection of all garbage. */
export interface LiveHeap {
  /** What JavaScript holds. */
  readonly liveBytes: number;
  /** What it holds outside of its heap; buffers are a part of it. */
  readonly externalBytes: number;
  readonly arrayBufferBytes: number;
  /** Of the whole process. */
  readonly rssBytes: number;
}

/** One public room; private ones, too, where the operator logs them. */
export interface RoomStatus {
  readonly room: string;
  readonly newest: number;
  readonly oldest: number;
  readonly members: number;
  /** Of the members, those whose connection is lost and whose place is kept. */
  readonly held: number;
  /** Sessions that follow it without being members. */
  readonly listeners: number;
  /** How many entries the slowest reader is behind. */
  readonly lag: number;
  /** Its log is damaged: nobody is let in, and the numbers may be wrong. */
  readonly damaged: boolean;
}

/** The disk below the log. */
export interface StorageStatus {
  /** `full`: nothing is stored until there is space; `read-only`: the disk failed, nothing is stored until a restart. */
  readonly state: 'ok' | 'full' | 'read-only';
  /** log.db, and log.db-wal beside it. */
  readonly databaseBytes: number;
  readonly walBytes: number;
  /** Free on the disk; absent where the system does not say. */
  readonly freeBytes: number | undefined;
  /** What is left free. */
  readonly reserveBytes: number;
  /** Rooms that were found damaged, private ones, too: entries `from` to `to`, 0 and 0 = the room's head. */
  readonly damaged: ReadonlyArray<{
    readonly room: string;
    readonly from: number;
    readonly to: number;
    readonly kind: string;
  }>;
}

/** What `kentongan status --json` prints. Fields may be added, none changes its meaning. */
export interface ServerStatus {
  readonly version: string;
  readonly pid: number;
  readonly uptimeMs: number;
  readonly address: string;
  readonly port: number;
  readonly data: string;
  /** Where the rooms are kept: `sqlite` or `memory`. */
  readonly engine: string;
  /** What a stored message survives: `memory` nothing, `disk` a crash. */
  readonly durability: string;
  /** Absent with the memory engine. */
  readonly storage: StorageStatus | undefined;
  /** From where unencrypted connections are taken: `loopback` or `lan`. */
  readonly plain: string;
  /** SHA-256 of the certificate, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
  /** What whoever comes in has to know: `nothing`, `code`, or `password` (then a code is as good). */
  readonly asks: string;
  /** Whether guests are shut out. */
  readonly membersOnly: boolean;
  readonly sessions: number;
  /** The sessions by what they come over. */
  readonly transports: Readonly<Record<'plain' | 'tls' | 'ws' | 'wss', number>>;
  readonly users: number;
  /** Names that belong to keys. */
  readonly boundNames: number;
  /** Invite codes that hold. */
  readonly invites: number;
  /** What applies: numbers, and milliseconds where the name ends in `Ms`. */
  readonly limits: Readonly<Record<string, number>>;
  readonly rooms: readonly RoomStatus[];
  readonly privateRooms: number;
  /** Messages that are on the way into the log. */
  readonly inFlightBytes: number;
  /** Of the last one or two minutes. */
  readonly loopDelayMs: LoopDelay;
  /** Since it was last asked for; only where it was, and not the first time. */
  readonly measuredDelayMs?: MeasuredDelay | undefined;
  /** Only where it was asked for. */
  readonly heap?: LiveHeap | undefined;
  /** How often something was refused since the start: by the name of the fault, or of what happened. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly memory: { readonly rssBytes: number; readonly heapUsedBytes: number };
  readonly chatLog:
    | {
        readonly path: string;
        /** Entries that are not yet written. */
        readonly lag: number;
        /** Failed attempts since it could last be written, 0 = all is well. */
        readonly retries: number;
      }
    | undefined;
}
