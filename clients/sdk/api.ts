// What the SDK gives to applications: the types of ChatClient and of a room.
import type {
  Author,
  Durability,
  Mode,
  Position,
  PresenceState,
  Reason,
  Status,
  Welcome,
} from '../../src/protocol/index.ts';
import type { Entry } from './entry.ts';
import type { ClientError } from './errors.ts';
import type { Dial, SdkClock } from './transport.ts';

export interface ClientOptions {
  readonly dial: Dial;
  /** The name wanted; empty: a session without one, which may list rooms and join QUIET. */
  readonly name: string;
  /**
   * A guest's: 32 random bytes that only this user knows; who shows them again is the same user. Empty with an empty
   * name. They cross the network as they are: `dialTls` or a loopback address keeps them secret, `dialTcp` does not.
   */
  readonly secret?: Uint8Array;
  /** Instead of `secret`: a key that the name is, or shall be, bound to. Needs a transport with bindings, so TLS. */
  readonly identity?: ClientIdentity;
  /** The server's password or an invite code. Crosses the network as the secret does. */
  readonly password?: string;
  /** Come in beside other sessions of the same user, instead of taking their place. */
  readonly beside?: boolean;
  /** Program and version, for the operator, at most 64 bytes. */
  readonly software?: string;
  /** BCP 47 tag of the person's language. */
  readonly locale?: string;
  /** Default: the machine's. */
  readonly clock?: SdkClock;
  /** `n` unpredictable bytes. Default: the platform's. */
  readonly random?: (n: number) => Uint8Array;
  /** The waits between connections; default 1 s to 30 s. `false`: one connection only. */
  readonly reconnect?: ReconnectOptions | false;
  /** Keep trying while the name is held for somebody who lost the connection (NAME_HELD). Default: give up. */
  readonly heldRetry?: boolean;
}

/** An Ed25519 key (RFC 8032). identity.ts makes one on Node. */
export interface ClientIdentity {
  /** The public key, 32 bytes. */
  readonly key: Uint8Array;
  /** The signature, 64 bytes, of exactly this message. A connection that is lost meanwhile asks again, anew. */
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** A wait is random, between 0 and a ceiling, on top of what the server asks for. Milliseconds. */
export interface ReconnectOptions {
  /** The ceiling after the first loss. It doubles with each failure. */
  readonly minMs: number;
  /** The highest ceiling. */
  readonly maxMs: number;
}

/**
 *     idle ─connect()─► connecting ─Welcome─► open
 *                          ▲  │                │ lost
 *                          │  ▼                ▼
 *                        waiting ◄─────────────┘        any ─close(), refusal, 4xxx─► closed
 */
export type ClientState =
  | { readonly at: 'idle' }
  /** `attempt`: 1 for the first since the last connection that held. */
  | { readonly at: 'connecting'; readonly attempt: number }
  | { readonly at: 'open'; readonly welcome: Welcome }
  | { readonly at: 'waiting'; readonly retryInMs: number; readonly cause: ClientError }
  /** For good. Without a cause: by `close()`. */
  | { readonly at: 'closed'; readonly cause?: ClientError };

export interface JoinOptions {
  /**
   * What the application already holds of this room. To go on where a left view ended, wait for its `leave()`:
   * entries still come until then.
   */
  readonly have?: Position;
  /** The most old entries wanted. 0: all after `have`; without `have`: none. */
  readonly last?: number;
  /** Default: MEMBER. */
  readonly mode?: Mode;
}

/** How the entries that come now join those that the application holds (message Joined). */
export interface JoinedInfo {
  readonly status: Status;
  /** The seq of the first entry that comes. */
  readonly first: number;
  /** The newest entry at that moment, 0 = none. */
  readonly newest: number;
  /** The oldest entry that still exists; newest + 1 = none. */
  readonly oldest: number;
}

export interface LeftInfo {
  readonly room: string;
  /** UNSPECIFIED when the server refused to let this session in again; then, and with QUARANTINED, there is a `cause`. */
  readonly reason: Reason;
  /** Who removed this user, if somebody did. */
  readonly by?: Author;
  /** The Leave entry, 0 = none was written. */
  readonly seq: number;
  readonly cause?: ClientError;
}

/** A private room of this user has entries that no session of the user follows: join it to read them. */
export interface DirectInfo {
  readonly room: string;
  readonly peer: Author;
  readonly newest: number;
  /** When the newest was stored, milliseconds since 1970. */
  readonly time: number;
}

export interface Member extends Author {
  /** HELD while the connection is lost and the place is kept. Best effort. */
  readonly presence: PresenceState;
}

/** Where a sent message is in the log. It is stored, as durably as the room promises. */
export interface Receipt {
  readonly room: string;
  readonly id: Uint8Array;
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** It was there already; nothing was written a second time. */
  readonly duplicate: boolean;
}

export interface SendOptions {
  /** 16 bytes. Whoever repeats a send, even from another process, says the same id and text and doubles nothing. */
  readonly id?: Uint8Array;
  /** The seq that this answers, 0 = none. */
  readonly replyTo?: number;
}

/** Where to look; neither: the newest. Both are refused. */
export interface HistoryOptions {
  /** Entries with a smaller seq, the nearest ones. */
  readonly before?: number;
  /** Entries with a larger seq, the nearest ones. */
  readonly after?: number;
  /** At most so many, up to 500. Default 100. */
  readonly limit?: number;
}

export interface HistoryPage {
  /** Ascending. They never move the position. */
  readonly entries: Entry[];
  /** The oldest entry that still exists; larger than every seq = none. */
  readonly oldest: number;
  /** There are more in the direction asked for. */
  readonly more: boolean;
}

/** A room that this client is in. It lives across reconnects, until it is left. */
export interface RoomView {
  /** The name on the wire: a public name or `~…`. */
  readonly room: string;
  /** Private rooms: the other one. */
  readonly peer: Author | undefined;
  /** The newest entry delivered. Keep it, and `join` with it as `have`, to continue later. */
  readonly position: Position;
  /** Who is in the room, by user in hexadecimal: the fold of the log up to the position. */
  readonly members: ReadonlyMap<string, Member>;
  /** Sessions that follow without being listed. */
  readonly listeners: number;
  /** What "stored" means here. */
  readonly durability: Durability;
  /** Entered by Joined in the present session, so what is sent goes out now. */
  readonly attached: boolean;
  /** Sends that have no receipt yet. */
  readonly unacknowledged: number;
  /**
   * Says something. The promise resolves when it is stored. Sends of one room are stored in the order of these
   * calls; those made while the connection is away wait for it, and repeats never double.
   * Rejects with ClientError: `fault` with a 1xxx code, `left`, `log-changed`, `log-truncated`, `closed`, or the
   * cause of the client's end. Refusals of class 2xxx are not seen here: the line waits and repeats.
   */
  send(text: string, options?: SendOptions): Promise<Receipt>;
  /** Reads old entries. Survives reconnects; rejects as `send`, and with 2xxx codes. */
  history(options?: HistoryOptions): Promise<HistoryPage>;
  /** Leaves behind the sends made before, unless the server refuses these for now. */
  leave(): Promise<void>;
}

export interface ClientEvents {
  state: [state: ClientState];
  /** One entry, in order, each once. The position and the members already include it. */
  entry: [entry: Entry, room: RoomView];
  /** The room is entered, or entered again: what comes now. */
  joined: [room: RoomView, info: JoinedInfo];
  left: [info: LeftInfo];
  /** The members were learnt anew, or the number of listeners changed. Single comings and goings are entries. */
  roster: [room: RoomView];
  presence: [room: RoomView, user: string, state: PresenceState];
  direct: [info: DirectInfo];
  /** Entries between the position and `next` no longer exist. */
  gap: [room: RoomView, next: number];
  /** A refusal that no promise reports: a send or a join that will be repeated, or one that answers nothing. */
  fault: [error: ClientError];
  /** The server is about to stop; the client comes back by itself after so many milliseconds. */
  draining: [retryAfterMs: number];
}
