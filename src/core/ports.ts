// What the core sees of the world. It imports nothing else from outside: no sockets, no clocks, no randomness.
import type { FaultName } from '../protocol/faults.ts';
import type { Binding } from '../protocol/gen/kentongan/v1/kentongan.ts';

/**
 * One client's bytes. None of these methods calls back into the core before it has returned.
 */
export interface Connection {
  /** Where from, for logs: an address and a port, or what the transport has. */
  readonly address: string;
  /** Whose limits this counts against: the address alone (of IPv6 the first 64 bits). */
  readonly source: string;
  /** What is written here crosses a network unencrypted. False for loopback. */
  readonly plain: boolean;
  /** What a proof on this connection may be tied to, 32 bytes each; empty: no login by key here. */
  readonly bindings: ReadonlyMap<Binding, Uint8Array>;
  /**
   * Takes all the parts, in order, as one write. False: they are taken, but write no more before
   * `Session.writable()`. The parts are never changed afterwards.
   */
  write(parts: readonly Uint8Array[]): boolean;
  /** Ends the conversation: what was written is delivered, then comes the end; input is discarded. */
  end(): void;
  pauseReading(): void;
  resumeReading(): void;
}

export interface Clock {
  /** Wall time in milliseconds since 1970. Informative; may jump. */
  now(): number;
  /** Milliseconds since some moment; never goes back. */
  monotonic(): number;
  /** Calls back once after `ms`. The result cancels it. */
  after(ms: number, callback: () => void): () => void;
  /** Calls back once behind what the current turn of the event loop still brings. */
  defer(callback: () => void): void;
}

export interface Crypto {
  /** `length` unpredictable bytes. */
  readonly random: (length: number) => Uint8Array;
  /** SHA-256, 32 bytes. */
  readonly sha256: (data: Uint8Array) => Uint8Array;
  /** Whether an Ed25519 signature (RFC 8032) is right. False also for a key that is none. */
  readonly verify: (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
}

/** A name that belongs to a key, or did until the operator released it. */
export interface BoundName {
  /** The canonical name. */
  readonly name: string;
  /** Ed25519 public key, 32 bytes. */
  readonly key: Uint8Array;
  /** Milliseconds since 1970. */
  readonly boundAt: number;
  /** The same; as exact as a day. */
  readonly usedAt: number;
  /** From where it was bound: `Connection.source`. */
  readonly source: string;
  /** When the operator took it from the key, milliseconds since 1970. Absent: it is the key's. */
  readonly releasedAt?: number;
}

/** Keeps bound names across restarts, one record a name, in the order of the calls. Never calls back from within a call. */
export interface NameStore {
  /** What is kept at the start. Asked once. */
  all(): readonly BoundName[];
  /** Writes the record of a name, in place of what was there; `done` when it is durable, with the failure when it is not kept. */
  put(name: BoundName, done: (failure?: NameFailure) => void): void;
  /** Forgets the record of a name. */
  remove(name: string, done: (failure?: NameFailure) => void): void;
}

export type NameFailure = Extract<FaultName, 'STORAGE_FULL' | 'STORAGE_READ_ONLY'>;

/** Something that an operator may want to know. Never holds the text of a message. */
export type ServerEvent =
  | { readonly event: 'opened'; readonly session: number; readonly address: string }
  | {
      readonly event: 'welcomed';
      readonly session: number;
      readonly address: string;
      readonly name: string;
      readonly software: string;
    }
  | {
      readonly event: 'refused';
      readonly session: number;
      readonly address: string;
      readonly name: string;
      readonly code: number;
      readonly fault: FaultName | string;
      readonly room: string;
    }
  | { readonly event: 'joined'; readonly room: string; readonly name: string; readonly address: string }
  | {
      readonly event: 'left';
      readonly room: string;
      readonly name: string;
      readonly reason: 'left' | 'lost' | 'ended';
    }
  | { readonly event: 'name-bound'; readonly name: string; readonly address: string }
  | { readonly event: 'name-released'; readonly name: string }
  | { readonly event: 'name-expired'; readonly name: string }
  | { readonly event: 'held'; readonly name: string }
  | { readonly event: 'returned'; readonly name: string }
  | {
      readonly event: 'closed';
      readonly session: number;
      readonly address: string;
      readonly name: string;
      /** 0 = by the client */
      readonly code: number;
      readonly bytesIn: number;
      readonly bytesOut: number;
    }
  | { readonly event: 'position-refused'; readonly room: string; readonly name: string; readonly seq: number }
  | { readonly event: 'append-failed'; readonly room: string; readonly failure: FaultName }
  /** The log of a room is damaged; so many sessions were in it. Nobody gets in any more. */
  | { readonly event: 'room-quarantined'; readonly room: string; readonly sessions: number }
  | { readonly event: 'defect'; readonly session: number; readonly message: string };

export type Observe = (event: ServerEvent) => void;

export interface Ports {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly observe: Observe;
  /** Absent: names are bound for as long as this process lives. */
  readonly names?: NameStore;
}
