// Owns one room: its ledger, who is in it, who is attached, and who is held.
import { Author, type Frame, PresenceState, Reason } from '../protocol/gen/kentongan/v1/kentongan.ts';
import { Fault } from '../protocol/faults.ts';
import { isPrivateRoom } from '../protocol/names.ts';
import type { AppendFailure, MemberChange, Outcome, RoomLog, RoomName } from '../roomlog/roomlog.ts';
import { failureFault, presenceFrame } from './answers.ts';
import type { Attachment } from './attachment.ts';
import type { FollowerCursor } from './follower.ts';
import { Holds } from './holds.ts';
import { Ledger, type LedgerOwner } from './ledger.ts';
import { keyOfChange, type Member, Members, type UserKey } from './members.ts';
import type { Settings } from './options.ts';
import { announcementEntry, joinEntry, leaveEntry, type Maker, removalEntry } from './own-entries.ts';
import type { Paced } from './pace.ts';
import type { Connection, Ports } from './ports.ts';
import { Roster, type RosterSource } from './roster.ts';
import { type About, Signals } from './signals.ts';
import type { Tails } from './tails.ts';
import type { Turn } from './turn.ts';
import { authorOf, type User, type Users } from './user.ts';

/** What a room needs of its hub. */
export interface RoomHost {
  readonly log: RoomLog;
  readonly ports: Ports;
  readonly settings: Settings;
  readonly users: Users;
  readonly tails: Tails;
  readonly turn: Pick<Turn, 'grown'>;
  /** The server is ending: members stay members. */
  readonly isStopping: boolean;
  /** A membership of this user has ended for good. */
  released(user: User): void;
  /** A private room is gone. */
  closed(room: Room): void;
}

/** A Leave that could not be stored is tried again after so long. */
const LEAVE_RETRY_MS = 5_000;

/**
 * Invariants: whoever is a pending member of a public room is attached, or held, or about to leave;
 * a Leave is appended once for each Join.
 */
export class Room implements LedgerOwner, Paced, RosterSource {
  readonly name: RoomName;
  readonly ledger: Ledger;
  readonly attachments = new Set<Attachment>();
  readonly followers = new Set<FollowerCursor>();
  readonly signals = new Signals();
  /** Private rooms: the two users. */
  readonly pair: readonly [User, User] | undefined;
  #members = new Members([]);
  readonly #host: RoomHost;
  readonly #maker: Maker;
  /** Those whose Join is under way, once for each: who is about to be here is not held. */
  readonly #entering: User[] = [];
  readonly #held: Holds;
  readonly #roster = new Roster(this);
  #listeners = 0;
  #failure: AppendFailure | undefined;
  #isDamaged = false;

  constructor(name: RoomName, host: RoomHost, pair?: readonly [User, User]) {
    this.name = name;
    this.#host = host;
    this.#maker = { ports: host.ports, room: name };
    this.pair = pair;
    this.#held = new Holds(host.ports.clock);
    this.ledger = new Ledger(host, name, this, pair && [pair[0].hash, pair[1].hash], (head) => {
      this.#isDamaged = head.isDamaged === true;
      this.#members = new Members(this.#isDamaged ? [] : head.members);
    });
  }

  get isPrivate(): boolean {
    return isPrivateRoom(this.name);
  }

  /** The log can not be relied on: the room is known by its name, and nobody is in it. */
  get isDamaged(): boolean {
    return this.#isDamaged;
  }

  /** Whether the room exists for this user; undefined: somebody without a name. */
  isVisibleTo(user: User | undefined): boolean {
    return !this.isPrivate || (user !== undefined && this.pair?.includes(user) === true);
  }

  get members(): ReadonlyMap<UserKey, Member> {
    return this.#members.committed;
  }

  /** Whether this user is a member once everything appended until now is stored. */
  hasPending(user: User): boolean {
    return this.pair === undefined ? this.#members.pending.has(user.key) : this.pair.includes(user);
  }

  get listeners(): number {
    return this.#listeners;
  }

  /** Members whose connection is lost and whose place is kept. */
  get held(): number {
    return this.#held.size;
  }

  /** The other one of a private room. */
  peerOf(user: User | undefined): User | undefined {
    return this.pair?.find((one) => one !== user);
  }

  // Coming and going

  /**
   * Makes the user a member, by a Join entry unless there is one already. `done` is called when that is
   * decided, with a fault if it failed.
   */
  enter(user: User, from: Pick<Connection, 'plain' | 'address'>, done: (fault?: Fault) => void): void {
    this.#entering.push(user);
    this.#enter(user, from, (fault) => {
      this.#entering.splice(this.#entering.indexOf(user), 1);
      done(fault);
      this.#holdIfAlone(user);
    });
  }

  #enter(user: User, from: Pick<Connection, 'plain' | 'address'>, done: (fault?: Fault) => void): void {
    if (this.hasPending(user)) {
      // Here again, though not attached before what is under way is decided: the grace is over.
      this.#return(user);
      this.ledger.whenDecided(() => this.#enterAgain(user, from, done));
      return;
    }
    this.ledger.append(joinEntry(this.#maker, user, from.plain), (outcome) => {
      if (outcome.status === 'stored') {
        const { address } = from;
        this.#host.ports.observe({ event: 'joined', room: this.name, name: user.name, address });
      }
      done(outcome.status === 'failed' ? failureFault(outcome.failure) : undefined);
    });
  }

  /** What was under way is decided. A Leave of another session may stand behind it: then comes a new Join. */
  #enterAgain(user: User, from: Pick<Connection, 'plain' | 'address'>, done: (fault?: Fault) => void): void {
    if (this.#isIn(user) && !this.hasPending(user)) this.#enter(user, from, done);
    else done(this.#isIn(user) ? undefined : this.#refusal());
  }

  attach(attachment: Attachment): void {
    this.attachments.add(attachment);
    const { user } = attachment.session;
    if (attachment.mode === 'member' && user !== undefined) this.#return(user);
    if (attachment.mode === 'quiet') this.#listenersChanged(1);
  }

  /**
   * Takes a session out. Nothing of this room follows on its connection.
   * @param how `lost`: its user may come back, and is held; `replaced`: is about to; `left`: no question of it
   */
  detach(attachment: Attachment, how: 'lost' | 'replaced' | 'left'): void {
    if (!this.attachments.delete(attachment)) return;
    attachment.stop();
    this.#restIfEmpty();
    if (attachment.mode === 'quiet') this.#listenersChanged(-1);
    const { user } = attachment.session;
    if (user === undefined || how === 'left') return;
    this.#holdIfAlone(user, how === 'replaced');
    // What the lost session was to read, other sessions of the user have not heard of.
    if (this.pair !== undefined && this.ledger.newest > 0) this.#hint(user);
  }

  /** Whether a Leave of this attachment ends the membership of its user. */
  isLastOf(attachment: Attachment): boolean {
    const { user } = attachment.session;
    if (user === undefined || attachment.mode !== 'member' || this.pair !== undefined) return false;
    return this.#members.pending.has(user.key) && this.#attachedMembers(user) === 1;
  }

  /** Appends the Leave of a member. */
  leave(user: User, reason: Reason, settle: (outcome: Outcome) => void): void {
    const member = this.#members.pending.get(user.key);
    if (member === undefined) throw new Error(`${this.name}: a leave without a membership`);
    this.#held.end(user.key);
    this.ledger.append(leaveEntry(this.#maker, member, reason), (outcome) => {
      if (outcome.status === 'stored') {
        const why = reason === Reason.LOST ? 'lost' : 'left';
        this.#host.ports.observe({ event: 'left', room: this.name, name: user.name, reason: why });
      } else if (this.#attachedMembers(user) === 0) this.#hold(user, LEAVE_RETRY_MS);
      settle(outcome);
    });
  }

  /** Who is held is so no longer. */
  endGrace(user: User): void {
    if (this.#held.has(user.key) && this.#members.pending.has(user.key))
      this.leave(user, Reason.LOST, () => {});
  }

  /** A member that an earlier process left behind. */
  restoreHeld(user: User): void {
    user.rooms.add(this);
    this.#hold(user, this.#host.settings.restartGraceMs);
  }

  /** The server tells the room something. */
  announce(text: string, settle: (outcome: Outcome) => void): void {
    this.ledger.append(announcementEntry(this.#maker, text), settle);
  }

  /** Takes away what an entry says. */
  erase(entry: Pick<Frame, 'seq' | 'id'>, settle: (outcome: Outcome) => void): void {
    this.ledger.append(removalEntry(this.#maker, entry), settle);
  }

  /** Nobody would miss it now: nobody is in it, nobody reads it, and what two have said to each other stays. */
  get isVacant(): boolean {
    return this.isForsaken && (this.pair === undefined || this.ledger.newest === 0);
  }

  /** Nobody is in it, and nobody reads it. */
  get isForsaken(): boolean {
    const { pending, committed } = this.#members;
    if (this.#isDamaged || !this.ledger.isDecided) return false;
    if (this.attachments.size > 0 || pending.size > 0 || committed.size > 0) return false;
    for (const follower of this.followers) if (!follower.isIdle) return false;
    return true;
  }

  /** The room ends for ever: a private one with one of its users, a vacant one for another. */
  close(): void {
    for (const user of this.pair ?? []) user.removePrivate(this);
    for (const follower of this.followers) follower.stop();
    // What is damaged is for the operator to look at.
    if (!this.#isDamaged) this.#host.log.remove(this.name);
    this.ledger.abandon('NO_SUCH_ROOM');
    for (const attachment of this.attachments) attachment.session.dismiss(attachment, Reason.ENDED);
    this.#host.closed(this);
  }

  // What others see

  /** Entries and signals: what readers may not have yet. */
  get grownTo(): number {
    return this.ledger.newest + this.signals.newest;
  }

  wakeReaders(): void {
    for (const attachment of this.attachments) attachment.wake();
  }

  /** The roster, and who of it is held. */
  rosterFrames(): readonly Uint8Array[] {
    return this.#roster.frames();
  }

  /** The roster as the answer to a request. */
  rosterAnswer(ref: number): readonly Uint8Array[] {
    return this.#roster.answer(ref);
  }

  /** Everybody who is in, as encoded Authors. */
  authors(): readonly Uint8Array[] {
    return (
      this.pair?.map((user) => Author.encode(authorOf(user)).finish()) ??
      Array.from(this.#members.committed.values(), ({ encoded }) => encoded)
    );
  }

  heldUsers(): readonly User[] {
    if (this.pair !== undefined) return this.pair.filter(({ sessions }) => sessions.size === 0);
    return this.#held.keys().flatMap((key) => this.#host.users.byKey(key) ?? []);
  }

  /** Tells those who have everything else that a user was lost or is back. */
  signalPresence(user: User, state: 1 | 2): void {
    this.#roster.changed();
    const devices = this.#attachedMembers(user);
    const presence = { user: user.id, state, devices, listeners: this.listeners };
    const about = { user: user.key, held: state === PresenceState.HELD };
    this.#signal(presenceFrame(this.name, presence), about);
  }

  // The ledger's owner

  proposed(change: MemberChange): void {
    this.#members.propose(change);
    this.#refresh(keyOfChange(change));
  }

  stored(change: MemberChange | undefined): void {
    if (change === undefined) return;
    this.#members.commit(change);
    this.#roster.changed();
    this.#refresh(keyOfChange(change));
  }

  failed(failure: AppendFailure, undecided: readonly MemberChange[]): void {
    this.#host.ports.observe({ event: 'append-failed', room: this.name, failure });
    this.#failure = failure;
    const proposed = [...this.#members.pending.keys()];
    this.#members.reset();
    for (const change of undecided) this.#members.propose(change);
    for (const key of proposed) this.#refresh(key);
  }

  settled(): void {
    this.#host.turn.grown(this);
    for (const follower of this.followers) follower.wake();
    for (const user of this.pair ?? []) this.#hint(user);
    this.#failure = undefined;
    this.#restIfEmpty();
  }

  /** Puts everybody out: nothing that would follow can be relied on. */
  damaged(): void {
    if (this.#isDamaged) return;
    this.#isDamaged = true;
    this.#failure = 'ROOM_QUARANTINED';
    const sessions = this.attachments.size;
    this.#host.ports.observe({ event: 'room-quarantined', room: this.name, sessions });
    this.#held.endAll();
    for (const follower of this.followers) follower.halt();
    const members = new Set([...this.#members.pending.keys(), ...this.#members.committed.keys()]);
    this.#members = new Members([]);
    this.ledger.abandon('ROOM_QUARANTINED');
    for (const attachment of this.attachments) attachment.session.dismiss(attachment, Reason.QUARANTINED);
    for (const user of this.pair ?? []) for (const session of user.sessions) session.unhint(this);
    for (const key of members) this.#refresh(key);
  }

  // Held members

  #holdIfAlone(user: User, quietly = false): void {
    if (!this.#members.pending.has(user.key) || this.#held.has(user.key)) return;
    if (this.#attachedMembers(user) > 0 || this.#entering.includes(user)) return;
    this.#hold(user, user.isEvicted ? 0 : this.#host.settings.graceMs, quietly);
  }

  #hold(user: User, ms: number, quietly = false): void {
    if (this.#isDamaged) return;
    // A failed Leave and a lost session may both ask for it.
    this.#held.hold(user.key, ms, () => {
      if (this.#host.isStopping || !this.#members.pending.has(user.key)) return;
      this.leave(user, Reason.LOST, () => {});
    });
    if (!quietly && ms > 0) this.signalPresence(user, PresenceState.HELD);
  }

  #return(user: User): void {
    const wasHeld = this.#held.end(user.key);
    // Who left and came anew was perhaps held before: a slow reader hears of that behind the new Join.
    if (wasHeld || this.signals.saysHeld(user.key)) this.signalPresence(user, PresenceState.HERE);
  }

  // Helpers

  /** Of a room in which nobody is nothing stays in memory; followers may read it from the engine. */
  #restIfEmpty(): void {
    if (this.attachments.size === 0) this.ledger.rest();
  }

  #isIn(user: User): boolean {
    return this.pair === undefined ? this.#members.committed.has(user.key) : this.pair.includes(user);
  }

  #refusal(): Fault {
    return this.#failure === undefined
      ? new Fault('BUSY', { retryAfterMs: 1_000 })
      : failureFault(this.#failure);
  }

  /** By way of the user's few sessions: the room may have many thousand. */
  #attachedMembers(user: User): number {
    let count = 0;
    for (const { attachments } of user.sessions) {
      const attachment = attachments.get(this.name);
      if (attachment?.mode === 'member' && this.attachments.has(attachment)) count++;
    }
    return count;
  }

  #listenersChanged(by: 1 | -1): void {
    this.#listeners += by;
    this.#roster.listenersChanged();
    const nobody = { user: new Uint8Array(0), state: 0, devices: 0, listeners: this.listeners } as const;
    this.#signal(presenceFrame(this.name, nobody));
  }

  #signal(frame: Uint8Array, about?: About): void {
    this.signals.append(frame, about);
    this.#host.turn.grown(this);
  }

  /** Tells a user of a private room that it grew, unless a session of that user follows it. */
  #hint(user: User): void {
    for (const { session, follows } of this.attachments) if (session.user === user && follows) return;
    for (const session of user.sessions) session.hint(this);
  }

  /** A user's rooms are those with a membership that is appended or committed. */
  #refresh(key: UserKey): void {
    const user = this.#host.users.byKey(key);
    if (user === undefined) return;
    if (this.#members.pending.has(key) || this.#members.committed.has(key)) user.rooms.add(this);
    else if (user.rooms.delete(this)) this.#host.released(user);
  }
}
