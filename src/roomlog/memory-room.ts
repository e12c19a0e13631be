// Owns one room's log in memory: what is committed, by which id, and who is in.
import { stampBody, unstamp } from '../protocol/frame.ts';
import { LOG_ID_BYTES, PREFIX_BYTES } from '../protocol/limits.ts';
import { checkOf, nextChain, type Sha256 } from './chain.ts';
import type {
  Erasure,
  MemberChange,
  MemberRecord,
  Outcome,
  Proposal,
  ReadRequest,
  ReadResult,
  Retention,
  RoomHead,
  RoomName,
  Seq,
} from './roomlog.ts';
import { Segments } from './segments.ts';

/** A byte array as a key: equal bytes, equal keys. */
function keyOf(bytes: Uint8Array): string {
  // In one piece: a text that is put together of single characters takes ten times the memory.
  return String.fromCharCode(...bytes);
}

/** Memory that an entry needs besides its bytes, roughly: what is known by its id. */
const KNOWN_BYTES = 256;

interface Known {
  readonly seq: Seq;
  readonly time: number;
  readonly digest: string;
}

/** Synchronous: `commit` decides at once. MemoryLog gives it the timing of an engine. */
export class MemoryRoom {
  readonly name: RoomName;
  readonly logId: Uint8Array;
  readonly #pair: readonly [Uint8Array, Uint8Array] | undefined;
  readonly #sha256: Sha256;
  readonly #entries = new Segments(0);
  readonly #known = new Map<string, Known>();
  /** Keys of the entries kept, in order of seq. */
  readonly #keys: string[] = [];
  readonly #members = new Map<string, MemberRecord>();
  #chain: Uint8Array;
  #time = 0;

  constructor(
    name: RoomName,
    crypto: { readonly random: (length: number) => Uint8Array; readonly sha256: Sha256 },
    pair?: readonly [Uint8Array, Uint8Array],
  ) {
    this.name = name;
    this.logId = crypto.random(LOG_ID_BYTES);
    this.#pair = pair;
    this.#sha256 = crypto.sha256;
    this.#chain = this.logId;
  }

  get oldest(): Seq {
    return this.#entries.oldest;
  }

  get bytes(): number {
    return this.#entries.bytes;
  }

  /** What this room takes of the memory. */
  get footprint(): number {
    return this.#entries.bytes + this.#keys.length * KNOWN_BYTES;
  }

  head(): RoomHead {
    return {
      room: this.name,
      logId: this.logId,
      newest: this.#entries.newest,
      newestTime: this.#time,
      oldest: this.#entries.oldest,
      members: [...this.#members.values()],
      ...(this.#pair === undefined ? {} : { pair: this.#pair }),
    };
  }

  /** Time never goes back within a room, whatever the clock does. */
  commit(proposal: Proposal, now: number): Outcome {
    const key = keyOf(proposal.id);
    const digest = keyOf(proposal.digest);
    const known = this.#known.get(key);
    if (known !== undefined) {
      return { status: 'duplicate', seq: known.seq, time: known.time, same: known.digest === digest };
    }
    const seq = this.#entries.newest + 1;
    const time = Math.max(this.#time, now);
    this.#time = time;
    this.#chain = nextChain(this.#sha256, this.#chain, { seq, time, body: proposal.body });
    const stamp = { seq, time, check: checkOf(this.#chain) };
    const framed = this.#entries.append(stampBody(proposal.body, stamp));
    this.#known.set(key, { seq, time, digest });
    this.#keys.push(key);
    if (proposal.member !== undefined) this.#apply(proposal.member);
    if (proposal.erases !== undefined) this.#erase(proposal.erases);
    return { status: 'stored', stamp, framed };
  }

  read(request: ReadRequest): ReadResult {
    const oldest = this.#entries.oldest;
    const newest = this.#entries.newest;
    if (request.from < oldest) return { status: 'truncated', oldest };
    const to = Math.min(request.to ?? newest, newest);
    if (request.from > to) return { status: 'end' };
    const run =
      this.#entries.run(request.from, to, request.bytesMax, request.keep) ??
      // Not even one entry fits: one entry it is.
      (request.keep === 'last'
        ? this.#entries.run(to, to, Number.MAX_SAFE_INTEGER)
        : this.#entries.run(request.from, request.from, Number.MAX_SAFE_INTEGER));
    return run === undefined ? { status: 'end' } : { status: 'run', ...run };
  }

  /** Drops the oldest entries that a limit lets go, but none behind `pinned`. Says whether any went. */
  retain(
    { bytes = Infinity, entries = Infinity, ageMs = Infinity }: Retention,
    now: number,
    pinned: Seq,
  ): boolean {
    return this.#dropping(() => {
      this.#entries.dropOldest(
        (last, size) =>
          last <= pinned && (this.#entries.bytes - size >= bytes || this.#entries.newest - last >= entries),
      );
      this.#entries.dropBefore(Math.min(this.#firstYounger(now - ageMs), pinned + 1));
    });
  }

  /** Drops the oldest entries, at least one if there are enough to do so. Says whether any went. */
  shrink(): boolean {
    let isFirst = true;
    return this.#dropping(() =>
      this.#entries.dropOldest(() => {
        const drops = isFirst;
        isFirst = false;
        return drops;
      }),
    );
  }

  #dropping(drop: () => void): boolean {
    const before = this.#entries.oldest;
    drop();
    const gone = this.#entries.oldest - before;
    for (const key of this.#keys.splice(0, gone)) this.#known.delete(key);
    return gone > 0;
  }

  /** The oldest entry that was stored at `moment` or later; newest + 1 = none. */
  #firstYounger(moment: number): Seq {
    const seq = this.#keys.findIndex((key) => (this.#known.get(key)?.time ?? 0) >= moment);
    return seq < 0 ? this.#entries.newest + 1 : this.#entries.oldest + seq;
  }

  #erase({ seq, body }: Erasure): void {
    const framed = this.#entries.at(seq);
    if (framed === undefined) return;
    const { stamp } = unstamp(framed.subarray(PREFIX_BYTES));
    this.#entries.replace(seq, stampBody(body, stamp));
  }

  #apply(change: MemberChange): void {
    if (change.op === 'join') this.#members.set(keyOf(change.member.user), change.member);
    else this.#members.delete(keyOf(change.user));
  }
}
