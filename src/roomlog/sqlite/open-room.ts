// A room as the main thread knows it.
import type {
  MemberChange,
  MemberRecord,
  Outcome,
  RoomHead,
  RoomListener,
  RoomName,
  Seq,
} from '../roomlog.ts';
import type { StoredRoom } from './messages.ts';

export interface OpenRoom {
  readonly number: number;
  readonly name: RoomName;
  readonly logId: Uint8Array;
  readonly pair: readonly [Uint8Array, Uint8Array] | undefined;
  listener: RoomListener | undefined;
  newest: Seq;
  newestTime: number;
  oldest: Seq;
  isDamaged: boolean;
  readonly members: Map<string, MemberRecord>;
  /** Appends without an outcome, oldest first: what each does to the members. */
  undecided: Array<MemberChange | undefined>;
  /** Appends that have failed here, and of which the writer will report all the same. */
  ignored: number;
  readonly pins: Map<string, Seq>;
}

export function openRoom(stored: StoredRoom): OpenRoom {
  const { room: number, name, logId, pair, newest, newestTime, oldest, isDamaged } = stored;
  return {
    number,
    name,
    logId,
    pair: pair === null ? undefined : [pair.slice(0, pair.length / 2), pair.slice(pair.length / 2)],
    listener: undefined,
    newest,
    newestTime,
    oldest,
    isDamaged,
    members: new Map(stored.members.map((member) => [keyOf(member.user), member])),
    undecided: [],
    ignored: 0,
    pins: new Map(),
  };
}

export function headOf(room: OpenRoom): RoomHead {
  const { name, logId, newest, newestTime, oldest, members, pair, isDamaged } = room;
  const head = { room: name, logId, newest, newestTime, oldest, members: [...members.values()], isDamaged };
  return pair === undefined ? head : { ...head, pair };
}

/** What an outcome changes in the head of its room. */
export function apply(room: OpenRoom, outcome: Outcome): void {
  const change = room.undecided.shift();
  if (outcome.status !== 'stored') return;
  room.newest = outcome.stamp.seq;
  room.newestTime = outcome.stamp.time;
  if (change?.op === 'join') room.members.set(keyOf(change.member.user), change.member);
  else if (change?.op === 'leave') room.members.delete(keyOf(change.user));
}

function keyOf(user: Uint8Array): string {
  // Not by way of `user.buffer`: asked for that, V8 moves small arrays out of its heap for good.
  return String.fromCharCode(...user);
}
