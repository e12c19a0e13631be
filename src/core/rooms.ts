// Owns all rooms by their names: opens, finds and lists them, and lets followers into them.
import { Fault } from '../protocol/faults.ts';
import { Mark, Reason, type RoomInfo } from '../protocol/gen/kentongan/v1/kentongan.ts';
import { ROOMS_PAGE_MAX } from '../protocol/limits.ts';
import { isPrivateRoom, recipientOf } from '../protocol/names.ts';
import type { RoomHead } from '../roomlog/roomlog.ts';
import { type Follower, FollowerCursor } from './follower.ts';
import { privateRoomName } from './ids.ts';
import type { Ledger } from './ledger.ts';
import { authorOfMember, userKeyOf } from './members.ts';
import { Recall } from './recall.ts';
import { Room, type RoomHost } from './room.ts';
import { SortedNames } from './sorted-names.ts';
import type { User } from './user.ts';

export class Rooms {
  readonly #host: RoomHost;
  readonly #rooms = new Map<string, Room>();
  readonly #publicNames = new SortedNames();
  readonly #followers: Follower[] = [];
  readonly #recall = new Recall();

  /** Opens what an earlier process left, its members held for a while, and the rooms that always exist. */
  constructor(host: RoomHost) {
    this.#host = host;
    const heads = host.log.rooms();
    const whole = heads.filter(({ isDamaged }) => isDamaged !== true);
    // Of the others nothing counts but that they are there.
    for (const head of heads) if (head.isDamaged === true) this.#open(head.room);
    for (const head of whole) if (head.pair === undefined) this.#restore(head);
    // A user may be known to a damaged room alone, and come back when that is mended.
    const knowsAll = whole.length === heads.length;
    for (const { room, pair } of whole) if (pair !== undefined) this.#restorePrivate(room, pair, knowsAll);
    for (const name of host.settings.rooms) if (!this.#rooms.has(name)) this.#open(name);
  }

  all(): Room[] {
    return [...this.#rooms.values()];
  }

  get(name: string): Room | undefined {
    return this.#rooms.get(name);
  }

  remove(room: Room): void {
    this.#rooms.delete(room.name);
    this.#publicNames.remove(room.name);
  }

  /** Lets a follower read every room that it wants, now and later. */
  follow(follower: Follower): void {
    this.#followers.push(follower);
    for (const room of this.#rooms.values()) this.#attachFollower(room, follower);
  }

  /**
   * The room that a Join names.
   * @param create whether a public room comes into being by this
   * @param beforeOpening called before a room comes into being; what it throws leaves everything as it was
   * @throws Fault NO_SUCH_ROOM, NO_RECIPIENT, TOO_MANY_ROOMS, ROOM_QUARANTINED
   */
  find(name: string, user: User | undefined, create: boolean, beforeOpening: () => void): Room {
    const recipient = recipientOf(name);
    const pair = recipient === undefined ? undefined : this.#pairOf(recipient, user);
    const room = pair === undefined ? this.visible(name, user) : privateRoomOf(pair);
    if (room?.isDamaged === true) throw new Fault('ROOM_QUARANTINED');
    if (room !== undefined) return room;
    if (pair === undefined && (isPrivateRoom(name) || !create)) throw new Fault('NO_SUCH_ROOM');
    beforeOpening();
    this.#makePlace();
    return this.#open(pair === undefined ? name : privateRoomName(this.#host.ports.crypto.random), pair);
  }

  /** The room with this name, if it exists for this user. */
  visible(name: string, user: User | undefined): Room | undefined {
    const room = this.#rooms.get(name);
    return room?.isVisibleTo(user) === true ? room : undefined;
  }

  /** A private room of which one user is no more: what was said can be read, and nobody would hear anything new. */
  isOneSided({ pair }: Room): boolean {
    return pair?.some((user) => this.#host.users.isGone(user)) === true;
  }

  /** A user is no more: a private room goes on for the other one if that one's name is bound, and ends if not. */
  endSidesOf(user: User): void {
    for (const room of user.privateRooms) {
      if (room.peerOf(user)?.isBound !== true) {
        room.close();
        continue;
      }
      room.ledger.whenDecided(() => {
        if (!this.isOneSided(room)) return;
        for (const attachment of room.attachments) attachment.session.dismiss(attachment, Reason.ENDED);
      });
    }
  }

  /** Public rooms in order of their names, one page of them. */
  list(prefix: string, after: string): { rooms: RoomInfo[]; last: boolean } {
    const rooms: RoomInfo[] = [];
    for (const name of this.#publicNames.behind(after, prefix)) {
      const room = this.#rooms.get(name);
      if (room === undefined || !this.#isListed(room)) continue;
      if (rooms.length === ROOMS_PAGE_MAX) return { rooms, last: false };
      rooms.push({ room: name, members: room.members.size, newest: room.ledger.newest });
    }
    return { rooms, last: true };
  }

  /** A room that nobody has been in is there only if the operator wants it. */
  #isListed({ name, isDamaged, ledger }: Room): boolean {
    return !isDamaged && (ledger.newest > 0 || this.#host.settings.rooms.includes(name));
  }

  #open(name: string, pair?: readonly [User, User]): Room {
    const room = new Room(name, this.#host, pair);
    this.#rooms.set(name, room);
    if (!room.isPrivate) this.#publicNames.add(name);
    for (const user of pair ?? []) user.addPrivate(room);
    for (const follower of this.#followers) this.#attachFollower(room, follower);
    return room;
  }

  /**
   * For one room more, if there are too many: ends the vacant room in which least has happened, of several the one that
   * is silent for longest. If none is, a private room in which nobody is any more but one who is away.
   * @throws Fault TOO_MANY_ROOMS
   */
  #makePlace(): void {
    const { rooms: kept, roomsMax } = this.#host.settings;
    if (this.#rooms.size < roomsMax) return;
    const rooms = this.all().filter(({ name }) => !kept.includes(name));
    const least =
      leastOf(rooms.filter(({ isVacant }) => isVacant)) ??
      leastOf(rooms.filter((room) => room.isForsaken && this.isOneSided(room)));
    if (least === undefined) throw new Fault('TOO_MANY_ROOMS', { limit: roomsMax });
    least.close();
  }

  #attachFollower(room: Room, follower: Follower): void {
    const { isPrivate } = room;
    if (room.isDamaged) return;
    if (isPrivate && !this.#host.settings.logsPrivate) return;
    if (!follower.wants(room.name, isPrivate)) return;
    const cursor = new FollowerCursor(follower, this.#host.log, room.ledger);
    room.followers.add(cursor);
    cursor.wake();
  }

  /** Who can not be met and who does not exist look the same. */
  #pairOf(recipient: string, user: User | undefined): readonly [User, User] {
    const peer = this.#host.users.byName(recipient.normalize('NFKC'));
    if (user === undefined || peer === undefined || peer === user) throw new Fault('NO_RECIPIENT');
    return [user, peer];
  }

  #restore(head: RoomHead): void {
    const room = this.#open(head.room);
    const { ports, settings, users } = this.#host;
    const heldUntil = ports.clock.monotonic() + settings.restartGraceMs;
    for (const member of room.members.values()) {
      const { name, plain, mark: last } = authorOfMember(member);
      const mark = last === Mark.BOUND ? Mark.BOUND : Mark.GUEST;
      room.restoreHeld(users.restore({ hash: member.user, name, mark, plain }, heldUntil));
    }
  }

  /**
   * A private room lives as long as both of its users, or one whose name is bound.
   * @param knowsAll who is not known here is nowhere
   */
  #restorePrivate(name: string, pair: readonly [Uint8Array, Uint8Array], knowsAll: boolean): void {
    const { users, log } = this.#host;
    const [a, b] = pair.map((hash) => users.byKey(userKeyOf(hash)));
    if (a !== undefined && b !== undefined) this.#open(name, [a, b]);
    else if (a?.isBound === true) this.#openOneSided(name, a, users.restoreGone(pair[1]));
    else if (b?.isBound === true) this.#openOneSided(name, b, users.restoreGone(pair[0]));
    else if (knowsAll) log.remove(name);
  }

  #openOneSided(name: string, user: User, gone: User): void {
    this.#recall.ask(this.#open(name, [user, gone]), gone);
  }
}

/** The room of these two, whoever opened it first. */
function privateRoomOf([user, peer]: readonly [User, User]): Room | undefined {
  for (const room of user.privateRooms) if (room.peerOf(user) === peer) return room;
  return undefined;
}

function leastOf(rooms: readonly Room[]): Room | undefined {
  let least = rooms[0];
  for (const room of rooms) if (least && isLess(room.ledger, least.ledger)) least = room;
  return least;
}

function isLess(a: Ledger, b: Ledger): boolean {
  return a.newest === b.newest ? a.newestTime < b.newestTime : a.newest < b.newest;
}
