// Watches one engine from outside and knows the contract of src/roomlog/roomlog.ts by heart: every call goes
// through it, every answer is compared with what the contract allows at that moment.
import { createHash } from 'node:crypto';
import { decodeFrame, encodeBody, encodeFrame, frameOf, limits } from '../../src/protocol/index.ts';
import type {
  Erasure,
  Outcome,
  Proposal,
  ReadRequest,
  ReadResult,
  Retention,
  RoomHead,
  RoomListener,
  RoomLog,
  RoomName,
  Seq,
} from '../../src/roomlog/roomlog.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const sha256 = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest();

function big64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

interface Stored {
  readonly seq: Seq;
  readonly time: number;
  readonly check: number;
  readonly digest: string;
  /** Another one from the moment on in which it is erased. */
  framed: Uint8Array;
}

interface Room {
  readonly logId: string;
  /** Every entry that was ever stored; `entries[seq - 1]`. */
  readonly entries: Stored[];
  readonly ids: Map<string, Stored>;
  /** What erased entries were before, in the order in which they were erased. */
  readonly erased: Array<{ readonly seq: Seq; readonly framed: Uint8Array }>;
  readonly members: Map<string, string>;
  /** Calls without an outcome, oldest first. */
  readonly pending: Proposal[];
  readonly pins: Map<string, Seq>;
  /** Followers whose pin is younger than what may be under way. */
  readonly freshPins: Set<string>;
  readonly pair: readonly [Uint8Array, Uint8Array] | undefined;
  chain: Uint8Array;
  oldest: Seq;
  listener: RoomListener;
}

export interface Counts {
  stored: number;
  duplicates: number;
  failed: number;
  truncations: number;
  erasures: number;
  runs: number;
}

/** Thrown, with the rule in words, when an engine breaks its contract. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

function must(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Broken(rule);
}

export class Witness {
  readonly #log: RoomLog;
  readonly #rooms = new Map<RoomName, Room>();
  /** What went wrong inside callbacks, where an engine might swallow it. */
  readonly #broken: unknown[] = [];
  #inCall = false;
  #readsOpen = 0;
  readonly counts: Counts = { stored: 0, duplicates: 0, failed: 0, truncations: 0, erasures: 0, runs: 0 };
  readonly #retention: Retention;
  /** The latest time that the engine's clock has shown. */
  #latest = 0;

  constructor(log: RoomLog, retention: Retention) {
    this.#log = log;
    this.#retention = retention;
  }

  /** The engine's clock shows this. */
  time(ms: number): void {
    this.#latest = Math.max(this.#latest, ms);
  }

  /** Whether a room has, or had, this entry. */
  has(name: RoomName, seq: Seq | undefined): seq is Seq {
    return seq !== undefined && this.#room(name).entries[seq - 1] !== undefined;
  }

  /** The first entry of a room that is kept. */
  oldest(name: RoomName): Seq {
    return this.#room(name).oldest;
  }

  open(name: RoomName, pair?: readonly [Uint8Array, Uint8Array]): void {
    const known = this.#rooms.get(name);
    const listener: RoomListener = {
      onOutcomes: (outcomes) => this.#called(() => this.#onOutcomes(name, listener, outcomes)),
      onTruncated: (oldest) => this.#called(() => this.#onTruncated(name, listener, oldest)),
      onDamaged: () => this.#called(() => must(false, 'no log is damaged here')),
    };
    const head = this.#call(() => this.#log.open(name, listener, pair));
    if (known === undefined) {
      must(head.newest === 0 && head.oldest === 1 && head.newestTime === 0, 'a new room is empty');
      must(head.members.length === 0, 'nobody is in a new room');
      must(head.logId.length === limits.LOG_ID_BYTES, 'a log_id has 16 bytes');
      const logId = hex(head.logId);
      must(
        [...this.#rooms.values()].every((room) => room.logId !== logId),
        'every log has an id of its own',
      );
      this.#rooms.set(name, {
        logId,
        entries: [],
        ids: new Map(),
        erased: [],
        members: new Map(),
        pending: [],
        pins: new Map(),
        freshPins: new Set(),
        pair,
        chain: head.logId.slice(),
        oldest: 1,
        listener,
      });
    } else {
      known.listener = listener;
    }
    this.#checkHead(head);
  }

  append(name: RoomName, proposal: Proposal): void {
    this.#room(name).pending.push(proposal);
    this.#call(() => this.#log.append(name, proposal));
  }

  read(request: ReadRequest): void {
    // What is committed now must be found; what is committed by the time of the answer may be found.
    const newest = this.#rooms.get(request.room)?.entries.length ?? 0;
    const erased = this.#rooms.get(request.room)?.erased.length ?? 0;
    const logId = this.#rooms.get(request.room)?.logId;
    let answered = false;
    this.#readsOpen++;
    this.#call(() =>
      this.#log.read(request, (result) =>
        this.#called(() => {
          must(!answered, 'a read is answered once');
          answered = true;
          this.#readsOpen--;
          this.#onRead(request, { newest, erased, logId }, result);
        }),
      ),
    );
  }

  pin(name: RoomName, follower: string, seq: Seq): void {
    this.#room(name).pins.set(follower, seq);
    this.#room(name).freshPins.add(follower);
    this.#call(() => this.#log.pin(name, follower, seq));
  }

  remove(name: RoomName): void {
    this.#rooms.delete(name);
    this.#call(() => this.#log.remove(name));
  }

  isOpen(name: RoomName): boolean {
    return this.#rooms.has(name);
  }

  /** To be called when the engine has nothing under way. */
  settled(): void {
    if (this.#broken.length > 0) throw this.#broken[0];
    for (const room of this.#rooms.values()) {
      must(room.pending.length === 0, 'every append has an outcome');
      room.freshPins.clear();
    }
    must(this.#readsOpen === 0, 'every read is answered');
    const heads = this.#call(() => this.#log.rooms());
    const names = heads.map((head) => head.room).toSorted();
    const expected = [...this.#rooms].filter(([, room]) => room.entries.length > 0).map(([name]) => name);
    must(names.join() === expected.toSorted().join(), 'rooms() has every room that has entries and no other');
    for (const head of heads) this.#checkHead(head);
  }

  #room(name: RoomName): Room {
    const room = this.#rooms.get(name);
    if (room === undefined) throw new Error(`the test has not opened ${name}`);
    return room;
  }

  #call<T>(call: () => T): T {
    this.#inCall = true;
    try {
      return call();
    } finally {
      this.#inCall = false;
    }
  }

  #called(check: () => void): void {
    try {
      must(!this.#inCall, 'an engine never calls back from within a call');
      check();
    } catch (error) {
      this.#broken.push(error);
    }
  }

  #onOutcomes(name: RoomName, listener: RoomListener, outcomes: readonly Outcome[]): void {
    const room = this.#rooms.get(name);
    must(room !== undefined, 'a removed room has no outcomes');
    must(room.listener === listener, 'outcomes go to the last listener');
    must(outcomes.length > 0, 'outcomes come in lists that are not empty');
    must(outcomes.length <= room.pending.length, 'no append has two outcomes');
    const failedAt = outcomes.findIndex(({ status }) => status === 'failed');
    if (failedAt >= 0) {
      must(outcomes.length === room.pending.length, 'a failure takes everything behind it along');
      const reasons = outcomes
        .slice(failedAt)
        .map((one) => (one.status === 'failed' ? one.failure : one.status));
      must(new Set(reasons).size === 1, 'what is behind a failure fails for the same reason');
    }
    for (const outcome of outcomes) this.#onOutcome(room, room.pending.shift() as Proposal, outcome);
  }

  #onOutcome(room: Room, proposal: Proposal, outcome: Outcome): void {
    const known = room.ids.get(hex(proposal.id));
    switch (outcome.status) {
      case 'failed':
        this.counts.failed++;
        return;
      case 'duplicate':
        must(known !== undefined, 'only what is kept can be a duplicate');
        must(
          outcome.seq === known.seq && outcome.time === known.time,
          'a duplicate tells where the first one is',
        );
        must(
          outcome.same === (known.digest === hex(proposal.digest)),
          'a duplicate tells whether it is the same',
        );
        this.counts.duplicates++;
        return;
      case 'stored':
        must(known === undefined, 'an id is stored once');
        this.#onStored(room, proposal, outcome);
    }
  }

  #onStored(room: Room, proposal: Proposal, { stamp, framed }: Extract<Outcome, { status: 'stored' }>): void {
    const { seq, time, check } = stamp;
    must(seq === room.entries.length + 1, 'seqs are dense');
    must(time >= (room.entries.at(-1)?.time ?? 0), 'time does not go back');
    const hash = sha256(proposal.body);
    room.chain = sha256(Buffer.concat([room.chain, big64(seq), big64(time), hash])).subarray(0, 16);
    must(check === Buffer.from(room.chain).readUInt32BE(), 'check is the head of the hash chain');
    const whole = encodeFrame({ ...decodeFrame(proposal.body), seq, time, check });
    must(hex(framed) === hex(whole), 'framed is the stamped entry with its prefix');
    // A copy: what the engine hands out must not change later, so reads are compared with this.
    const stored = { seq, time, check, digest: hex(proposal.digest), framed: framed.slice() };
    room.entries.push(stored);
    room.ids.set(hex(proposal.id), stored);
    const { member } = proposal;
    if (member?.op === 'join') room.members.set(hex(member.member.user), hex(member.member.author));
    if (member?.op === 'leave') room.members.delete(hex(member.user));
    if (proposal.erases !== undefined) this.#onErased(room, proposal.erases);
    this.counts.stored++;
  }

  #onErased(room: Room, { seq, body }: Erasure): void {
    const erased = room.entries[seq - 1];
    if (erased === undefined || seq < room.oldest) return;
    room.erased.push({ seq, framed: erased.framed });
    erased.framed = stamped(body, erased);
    this.counts.erasures++;
  }

  #onTruncated(name: RoomName, listener: RoomListener, oldest: Seq): void {
    const room = this.#rooms.get(name);
    must(room !== undefined && room.listener === listener, 'truncation is told to the last listener');
    must(oldest > room.oldest, 'the oldest entry only moves forward');
    must(oldest <= room.entries.length + 1, 'only what exists can go');
    for (const [follower, seq] of room.pins) {
      must(oldest <= seq + 1 || room.freshPins.has(follower), `what ${follower} pins is kept`);
    }
    must(this.#mayGo(room, oldest), 'only what a limit lets go is gone');
    room.oldest = oldest;
    for (const [id, { seq }] of room.ids) if (seq < oldest) room.ids.delete(id);
    this.counts.truncations++;
  }

  /** Whether one of the limits lets everything before `oldest` go. */
  #mayGo(room: Room, oldest: Seq): boolean {
    const { bytes = Infinity, entries = Infinity, ageMs = Infinity } = this.#retention;
    const kept = room.entries.slice(oldest - 1);
    const size = kept.reduce((sum, { framed }) => sum + framed.length, 0);
    const newestGone = room.entries[oldest - 2];
    return kept.length >= entries || size >= bytes || (newestGone?.time ?? 0) < this.#latest - ageMs;
  }

  #onRead(
    { room: name, from, to, bytesMax, keep }: ReadRequest,
    asked: { readonly newest: Seq; readonly erased: number; readonly logId: string | undefined },
    result: ReadResult,
  ): void {
    const room = this.#rooms.get(name);
    if (room === undefined || room.logId !== asked.logId) {
      must(result.status === 'failed' || room !== undefined, 'a removed room can not be read');
      return;
    }
    switch (result.status) {
      case 'failed':
        throw new Broken('a read of an open room succeeds');
      case 'truncated':
        must(
          from < room.oldest && result.oldest === room.oldest,
          'truncated means gone, and tells the oldest',
        );
        return;
      case 'end':
        must(from > Math.min(asked.newest, to ?? Infinity), 'what is committed is found');
        return;
      case 'run': {
        const { bytes, first, last } = result;
        const end = Math.min(room.entries.length, to ?? Infinity);
        must(first >= from && last <= end && first <= last, 'a run lies within what was asked for');
        must(first >= room.oldest, 'what is gone is gone');
        if (keep === 'last')
          must(last >= Math.min(asked.newest, end), 'a run that keeps the last ends at the last');
        else must(first === from, 'a run begins where it was asked to');
        must(bytes.length <= bytesMax || first === last, 'a run is cut before it is too long');
        let at = 0;
        for (let seq = first; seq <= last; seq++) {
          const found = versions(room, seq, asked.erased).find((framed) =>
            Buffer.from(framed).equals(bytes.subarray(at, at + framed.length)),
          );
          must(found !== undefined, 'a run is the stored bytes, one behind the other');
          at += found.length;
        }
        must(at === bytes.length, 'a run is the stored bytes and nothing else');
        this.counts.runs++;
      }
    }
  }

  #checkHead(head: RoomHead): void {
    const room = this.#room(head.room);
    must(hex(head.logId) === room.logId, 'a room keeps its log_id');
    must(head.newest === room.entries.length, 'newest is the last stored');
    must(head.newestTime === (room.entries.at(-1)?.time ?? 0), 'newestTime is the time of the last stored');
    must(head.oldest === room.oldest, 'oldest is the first one kept');
    const members = head.members.map(({ user, author }) => `${hex(user)} ${hex(author)}`);
    const expected = [...room.members].map(([user, author]) => `${user} ${author}`);
    must(
      members.toSorted().join() === expected.toSorted().join(),
      'members are the fold of joins and leaves',
    );
    must(
      head.pair?.map((user) => hex(user)).join() === room.pair?.map((user) => hex(user)).join(),
      'a private room keeps its pair',
    );
  }
}

/** The stamp of the entry whose place it takes stays. */
function stamped(body: Uint8Array, { seq, time, check }: Stored): Uint8Array {
  return encodeFrame({ ...decodeFrame(body), seq, time, check });
}

/** What a read may bring for an entry: what it was since the read was asked for, and what is under way. */
function versions(room: Room, seq: Seq, erasedBefore: number): Uint8Array[] {
  const entry = room.entries[seq - 1] as Stored;
  const former = room.erased.slice(erasedBefore).filter((one) => one.seq === seq);
  const coming = room.pending.flatMap(({ erases }) =>
    erases?.seq === seq ? [stamped(erases.body, entry)] : [],
  );
  return [entry.framed, ...former.map(({ framed }) => framed), ...coming];
}

/** An entry as the core proposes it. */
export function proposalOf(entry: {
  readonly id: Uint8Array;
  readonly text: string;
  readonly member?: Proposal['member'];
  readonly erases?: Seq;
}): Proposal {
  const { id, text, member, erases } = entry;
  const body = encodeBody({
    kind: { $case: 'chat', value: { content: { $case: 'text', value: text }, replyTo: 0 } },
    ref: 0,
    room: 'lobby',
    author: undefined,
    id,
    seq: 0,
    time: 0,
    check: 0,
  });
  return {
    id,
    digest: Uint8Array.from(sha256(body)),
    body,
    ...(member === undefined ? {} : { member }),
    ...(erases === undefined ? {} : { erases: { seq: erases, body: erasedBody(id) } }),
  };
}

/** What stands where an entry was; who erased it can be told from it. */
function erasedBody(id: Uint8Array): Uint8Array {
  return encodeBody(
    frameOf({ $case: 'chat', value: { content: undefined, replyTo: 0 } }, { room: 'lobby', id }),
  );
}
