// Owns the order of one room: what was appended and is not yet decided, and what is committed.
import type {
  AppendFailure,
  MemberChange,
  Outcome,
  Proposal,
  ReadResult,
  RoomHead,
  RoomListener,
  RoomLog,
  RoomName,
  Run,
  Seq,
} from '../roomlog/roomlog.ts';
import type { Readable } from './cursor.ts';
import { Tail } from './tail.ts';
import type { Tails } from './tails.ts';

/** What the owner of a ledger learns; all calls of one batch come in one synchronous turn, `settled` last. */
export interface LedgerOwner {
  /** Called when an append takes its place: from here on it counts for admission. */
  proposed(change: MemberChange): void;
  /** An entry is durable and may be seen. Called before its own `settle`. */
  stored(change: MemberChange | undefined): void;
  /**
   * An append failed, and with it all behind it in the same batch: pending goes back to what is committed,
   * and to what was appended since, `undecided`.
   */
  failed(failure: AppendFailure, undecided: readonly MemberChange[]): void;
  /** Called once after each batch of outcomes. */
  settled(): void;
  /** The log can not be read or written any more; what was under way has failed. */
  damaged(): void;
}

type Undecided =
  | { readonly what: 'append'; readonly proposal: Proposal; readonly settle: (outcome: Outcome) => void }
  | { readonly what: 'barrier'; readonly run: () => void };

/**
 * Invariants: outcomes are settled in the order of the appends; seqs are dense; nothing is readable here
 * before the engine has said that it is stored.
 */
export class Ledger implements Readable, RoomListener {
  readonly room: RoomName;
  readonly logId: Uint8Array;
  readonly #log: RoomLog;
  readonly #owner: LedgerOwner;
  readonly #tail: Tail;
  readonly #undecided: Undecided[] = [];
  #isAbandoned = false;
  #oldest: Seq;
  #revision = 0;
  newestTime: number;

  constructor(
    { log, tails }: { readonly log: RoomLog; readonly tails: Tails },
    room: RoomName,
    owner: LedgerOwner,
    pair: readonly [Uint8Array, Uint8Array] | undefined,
    restore: (head: RoomHead) => void,
  ) {
    this.#log = log;
    this.room = room;
    this.#owner = owner;
    const head = log.open(room, this, pair);
    this.logId = head.logId;
    this.#tail = new Tail(head.newest, tails);
    this.#oldest = head.oldest;
    this.newestTime = head.newestTime;
    restore(head);
  }

  get newest(): Seq {
    return this.#tail.newest;
  }

  get oldest(): Seq {
    return this.#oldest;
  }

  get revision(): number {
    return this.#revision;
  }

  get recentOldest(): Seq {
    return this.#tail.oldest;
  }

  /** Nobody is about to read what is newest: it need not lie in memory. */
  rest(): void {
    this.#tail.forget();
  }

  recent(from: Seq, bytesMax: number): Run | undefined {
    return this.#tail.run(from, this.#tail.newest, bytesMax);
  }

  read(from: Seq, bytesMax: number, onResult: (result: ReadResult) => void): void {
    this.readRange({ from, to: this.newest, bytesMax }, onResult);
  }

  /** As `RoomLog.read`, of this room. */
  readRange(
    range: { from: Seq; to: Seq; bytesMax: number; keep?: 'first' | 'last' },
    onResult: (result: ReadResult) => void,
  ): void {
    this.#log.read({ room: this.room, ...range }, (result) => {
      // Who reads first learns of it; what is under way is decided before anybody hears.
      if (result.status === 'failed' && result.failure === 'ROOM_QUARANTINED') {
        this.whenDecided(() => this.#owner.damaged());
      }
      onResult(result);
    });
  }

  /** The entry takes its place now. `settle` is called once, when it is decided. */
  append(proposal: Proposal, settle: (outcome: Outcome) => void): void {
    this.#undecided.push({ what: 'append', proposal, settle });
    if (proposal.member !== undefined) this.#owner.proposed(proposal.member);
    this.#log.append(this.room, proposal);
  }

  /** Whether the erasing of this entry is under way. */
  isErasing(seq: Seq): boolean {
    return this.#undecided.some((each) => each.what === 'append' && each.proposal.erases?.seq === seq);
  }

  /** Nothing is under way. */
  get isDecided(): boolean {
    return this.#undecided.length === 0;
  }

  /** Runs when everything appended until now is decided: at once if nothing is under way. */
  whenDecided(run: () => void): void {
    if (this.#undecided.length === 0) run();
    else this.#undecided.push({ what: 'barrier', run });
  }

  onOutcomes(outcomes: readonly Outcome[]): void {
    this.#forgetFailed(outcomes);
    for (const outcome of outcomes) {
      this.#runBarriers();
      if (this.#isAbandoned) return;
      const next = this.#undecided.shift();
      if (next?.what !== 'append') throw new Error(`outcome without an append in ${this.room}`);
      if (outcome.status === 'stored') this.#store(outcome, next.proposal);
      next.settle(outcome);
    }
    this.#runBarriers();
    this.#owner.settled();
  }

  /** The room is over: what is under way has failed, whatever the engine still says. */
  abandon(failure: AppendFailure): void {
    this.#isAbandoned = true;
    this.#tail.end();
    for (const undecided of this.#undecided.splice(0)) {
      if (undecided.what === 'append') undecided.settle({ status: 'failed', failure });
      else undecided.run();
    }
  }

  onTruncated(oldest: Seq): void {
    this.#oldest = oldest;
  }

  onDamaged(): void {
    this.#owner.damaged();
  }

  #store({ stamp, framed }: Outcome & { status: 'stored' }, { member, erases }: Proposal): void {
    if (stamp.seq !== this.newest + 1)
      throw new Error(`${this.room}: ${stamp.seq} stored behind ${this.newest}`);
    if (erases !== undefined) {
      this.#revision++;
      // The engine alone has what stands there now.
      this.#tail.forget();
    }
    this.#tail.append(framed);
    this.newestTime = stamp.time;
    this.#owner.stored(member);
  }

  /**
   * What has failed never happened, from the first moment on: whatever runs between the outcomes may append,
   * and is not to be admitted on the strength of it.
   */
  #forgetFailed(outcomes: readonly Outcome[]): void {
    const failed = outcomes.find(({ status }) => status === 'failed');
    if (failed?.status !== 'failed') return;
    const appends = this.#undecided.filter((each) => each.what === 'append');
    const standing = appends.filter((_, i) => i >= outcomes.length || outcomes[i]?.status === 'stored');
    this.#owner.failed(
      failed.failure,
      standing.flatMap(({ proposal }) => proposal.member ?? []),
    );
  }

  #runBarriers(): void {
    for (let next = this.#undecided[0]; next?.what === 'barrier'; next = this.#undecided[0]) {
      this.#undecided.shift();
      next.run();
    }
  }
}
