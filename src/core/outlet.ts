// Owns everything that goes out on one connection: answers, pings, and the streams that are pulled.
import { encodeFrame, systemFrame } from '../protocol/frame.ts';
import { FRAME_BYTES_MAX, NONCE_BYTES, PREFIX_BYTES } from '../protocol/limits.ts';
import type { Connection } from './ports.ts';
import { Window } from './window.ts';

/** Something that is pulled: it has no queue, it makes its next bytes when there is room for them. */
export interface Source {
  /**
   * Whole frames, at most `budget` bytes, which the source then counts as written. 'idle': nothing to say now;
   * the source wakes its session when that changes. 'full': what comes next is larger than `budget`.
   */
  pull(budget: number): Uint8Array | 'idle' | 'full';
  /** Sources at their head go first. */
  readonly atHead: boolean;
}

/** How much of an answer counts when the server makes its client wait. */
const BEHIND_SHARE = 1 / 16;

/** What one source may write in one turn: the largest frame fits. */
const TURN_BYTES = FRAME_BYTES_MAX + PREFIX_BYTES;

/**
 * Invariants: one write per turn; no write between a refused one and `writable`; stream bytes only within the
 * window; answers in the order in which they were given.
 */
export class Outlet {
  readonly window: Window;
  readonly #connection: Connection;
  readonly #random: (length: number) => Uint8Array;
  readonly #wake: () => void;
  readonly #isBehind: () => boolean;
  /** Another array after each change: whoever goes through it is not disturbed. */
  #sources: readonly Source[] = [];
  #outbox: Uint8Array[] = [];
  #pingWanted = false;
  #state: 'writable' | 'waiting' | 'ended' = 'writable';
  #readingMs = 0;
  /** The reading clock when the transport last refused a write. */
  #waitingSince = 0;
  bytesOut = 0;

  /**
   * @param wake asks for a call to `pump` in this turn of the event loop
   * @param isBehind what is answered had to wait for its turn, and so may the Pong behind it
   */
  constructor(
    connection: Connection,
    windowBytes: number,
    random: (length: number) => Uint8Array,
    wake: () => void,
    isBehind: () => boolean = () => false,
  ) {
    this.#connection = connection;
    this.window = new Window(windowBytes);
    this.#random = random;
    this.#wake = wake;
    this.#isBehind = isBehind;
  }

  /** Never held back by the window. */
  answer(frame: Uint8Array): void {
    if (this.#state === 'ended') return;
    // A transport that takes nothing more is full of what was not read.
    const share = this.#state === 'writable' && this.#isBehind() ? BEHIND_SHARE : 1;
    this.window.countAnswer(frame.length, share);
    this.#outbox.push(frame);
    this.#wake();
  }

  /**
   * Pulls what a source still has, as far as the window allows, so that an answer can stand behind it. Nothing is
   * kept for a transport that is full: an entry may be erased before it is written.
   */
  drain(source: Source): void {
    while (this.#state === 'writable') {
      const bytes = source.pull(this.window.room);
      if (typeof bytes === 'string') return;
      this.window.countStream(bytes.length);
      this.#outbox.push(bytes);
    }
  }

  /** Wants a Ping behind everything that was given so far. Returns its number; see `Window.answered`. */
  ping(): number {
    this.#pingWanted = true;
    this.#wake();
    return this.window.next;
  }

  /** The number of the newest Ping that was answered. */
  get answered(): number {
    return this.window.answered;
  }

  /** Takes a Pong. False: it is not for the oldest outstanding Ping. */
  pong(nonce: Uint8Array): boolean {
    return this.window.pong(nonce, this.#readingMs);
  }

  add(source: Source): void {
    this.#sources = [...this.#sources, source];
    this.#wake();
  }

  remove(source: Source): void {
    this.#sources = this.#sources.filter((each) => each !== source);
  }

  /** The transport accepts bytes again. */
  writable(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'writable';
    this.#wake();
  }

  /** Everything that was given has been handed to the transport. */
  get flushed(): boolean {
    return this.#outbox.length === 0;
  }

  /** Time in which the server was reading this connection, for the stall rule (KTG-11.14). */
  countReading(ms: number): void {
    this.#readingMs += ms;
  }

  /** How long the oldest Ping is unanswered, or, as no Ping can be written meanwhile, the transport full. */
  get unansweredMs(): number {
    const full = this.#state === 'waiting' ? this.#readingMs - this.#waitingSince : 0;
    return Math.max(full, this.window.unansweredMs(this.#readingMs));
  }

  /** Writes what there is to write: once per turn. */
  pump(): void {
    if (this.#state !== 'writable') return;
    const parts = this.#outbox;
    this.#outbox = [];
    if (this.window.pingDue || (this.#pingWanted && this.window.mayPing)) this.#pingInto(parts);
    const more = this.#pullInto(parts);
    if (parts.length > 0) this.#write(parts);
    if (more && this.#state === 'writable') this.#wake();
  }

  /** The last words: whatever is given is written, then the connection ends. */
  end(): void {
    if (this.#state === 'ended') return;
    const parts = this.#outbox;
    this.#outbox = [];
    if (parts.length > 0) this.#write(parts);
    this.#state = 'ended';
    this.#sources = [];
    this.#connection.end();
  }

  /** The connection is gone; nothing can be written any more. */
  lost(): void {
    this.#state = 'ended';
    this.#outbox = [];
    this.#sources = [];
  }

  /** Says whether a source has more than fitted into this turn. */
  #pullInto(parts: Uint8Array[]): boolean {
    let more = false;
    let behind: Source[] | undefined;
    for (const source of this.#sources) {
      if (source.atHead) more = this.#pullAll(source, parts) || more;
      else if (behind === undefined) behind = [source];
      else behind.push(source);
    }
    if (behind === undefined) return more;
    for (const source of behind) more = this.#pullAll(source, parts) || more;
    return more;
  }

  /** Pulls from one source what it may write in one turn. Says whether it has more. */
  #pullAll(source: Source, parts: Uint8Array[]): boolean {
    let taken = 0;
    let more = false;
    for (;;) {
      const budget = Math.min(this.window.room, TURN_BYTES - taken);
      const bytes = source.pull(budget);
      if (bytes === 'idle') break;
      if (bytes === 'full') {
        if (budget < this.window.room) more = true;
        else if (this.window.outstanding === 0) this.#pingInto(parts);
        break;
      }
      taken += bytes.length;
      this.window.countStream(bytes.length);
      parts.push(bytes);
      if (this.window.pingDue) this.#pingInto(parts);
    }
    if (taken > 0) this.#toEnd(source);
    return more;
  }

  /** Who had a turn goes to the end of the line. */
  #toEnd(source: Source): void {
    if (this.#sources.at(-1) === source || !this.#sources.includes(source)) return;
    this.remove(source);
    this.#sources = [...this.#sources, source];
  }

  #pingInto(parts: Uint8Array[]): void {
    const nonce = this.#random(NONCE_BYTES);
    this.window.countPing(nonce, this.#readingMs);
    this.#pingWanted = false;
    parts.push(encodeFrame(systemFrame({ $case: 'ping', value: { nonce } })));
  }

  #write(parts: readonly Uint8Array[]): void {
    for (const part of parts) this.bytesOut += part.length;
    if (this.#connection.write(parts)) return;
    this.#state = 'waiting';
    this.#waitingSince = this.#readingMs;
  }
}
