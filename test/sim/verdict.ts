// What must hold when everything has settled, and whether it has.
import { Mode, PresenceState } from '../../src/protocol/index.ts';
import { hexOf } from '../support/hex.ts';
import { bracketFault, frameOfEntry, rosterText } from './fold.ts';
import { markOf } from './lines.ts';
import type { Person, Seat } from './person.ts';
import type { Life } from './script.ts';
import type { StoredRoom } from './store.ts';
import type { World } from './world.ts';

/** What is still going on, if anything: the first thing found. */
export function unsettled(world: World, lives: readonly Life[]): string | undefined {
  if (world.hub === undefined) return 'the server is away';
  if (world.log?.idle !== true) return 'the engine is busy';
  const held = heldFor(world);
  if (held !== undefined) return held;
  for (const tap of world.taps.values()) {
    const overdue = tap.overdue(world.monotonicMs);
    if (overdue !== undefined) return `${tap.label}: ${overdue}`;
  }
  for (const room of world.store.rooms.values()) {
    if (room.name.startsWith('~')) continue;
    for (const user of room.members.keys()) {
      if (!world.judge.present(user, room.name)) return `a ghost in ${room.name}: ${nameIn(room, user)}`;
    }
  }
  if (world.reader?.behind !== undefined) return `the reader is behind in ${world.reader.behind}`;
  for (const { person, staying } of lives) {
    if (!staying || !person.running) continue;
    const problem = unsettledPerson(world, person);
    if (problem !== undefined) return `${person.label}: ${problem}`;
  }
  return undefined;
}

/** Memory that is held for nobody. */
function heldFor({ hub, taps }: World): string | undefined {
  const status = hub?.status();
  const open = [...taps.values()].filter((tap) => tap.open);
  const users = new Set(open.flatMap(({ user }) => user ?? []));
  if (status?.inFlightBytes !== 0) return `${status?.inFlightBytes} bytes in flight`;
  if (status.sessions !== open.length) return `${status.sessions} sessions instead of ${open.length}`;
  if (status.users !== users.size) return `${status.users} users instead of ${users.size}`;
  const late = status.rooms.find(({ lag }) => lag > 0);
  return late === undefined ? undefined : `a lag of ${late.lag} in ${late.room}`;
}

function nameIn(room: StoredRoom, user: string): string {
  const record = room.members.get(user);
  return record === undefined ? user : new TextDecoder().decode(record.author);
}

function unsettledPerson(world: World, person: Person): string | undefined {
  if (person.state !== 'open') return person.state;
  for (const seat of person.seats) {
    const problem = unsettledSeat(world, seat);
    if (problem !== undefined) return `${seat.view?.room ?? seat.asked}: ${problem}`;
  }
  const waiting = person.unanswered;
  if (waiting !== undefined) return `unanswered: ${waiting.text.slice(0, 60)}`;
  return unheard(world, person);
}

function unsettledSeat(world: World, seat: Seat): string | undefined {
  const { view, next, mode } = seat;
  if (seat.state === 'out') return undefined;
  if (view === undefined || seat.state === 'joining') return 'joining';
  const stored = world.judge.room(view.room);
  if (stored === undefined) return 'no such room';
  if (!view.attached) return 'not attached';
  if (view.unacknowledged > 0) return 'unacknowledged sends';
  if (mode === Mode.SEND_ONLY) return undefined;
  if (next !== stored.newest + 1) return `stands before ${next}, newest ${stored.newest}`;
  if (view.room.startsWith('~')) return undefined;
  const members = rosterText([...view.members].map(([user, { name }]) => ({ user, name })));
  const folded = world.folds.at(stored, stored.newest);
  if (members !== folded) return `roster [${members}] instead of [${folded}]`;
  const away = [...view.members.values()].find(({ presence }) => presence === PresenceState.HELD);
  if (away !== undefined) return `${away.name} is here and shown as held`;
  const listeners = listenersIn(world, view.room);
  return view.listeners === listeners ? undefined : `${view.listeners} listeners instead of ${listeners}`;
}

function listenersIn(world: World, room: string): number {
  let count = 0;
  for (const tap of world.taps.values()) {
    if (tap.open && tap.attachedRooms().get(room)?.mode === Mode.QUIET) count++;
  }
  return count;
}

/** A private room in which something stands that nobody told this person of. */
function unheard(world: World, person: Person): string | undefined {
  const user = world.userOf(person.identity);
  const taps = [...world.taps.values()].filter((tap) => tap.open && tap.user === user);
  for (const room of world.judge.privateRoomsOf(user)) {
    const followed = taps.some((tap) => {
      const attached = tap.attachedRooms().get(room.name);
      return attached !== undefined && attached.mode !== Mode.SEND_ONLY;
    });
    if (!followed && world.judge.toldOf(user, room.name) < room.newest) return `${room.name} grew unheard`;
  }
  return undefined;
}

/** Reads the logs against what everybody was promised. */
export function judgeLogs(world: World, people: readonly Person[]): void {
  const { judge, store } = world;
  for (const room of [...store.rooms.values(), ...store.former]) {
    judge.totals.entries += room.newest;
    const fault = bracketFault(room);
    if (fault !== undefined) judge.broken('Join, Chat and Leave bracket', fault);
    judgeSpeakers(world, room);
  }
  for (const person of people) judgeLines(world, person);
}

/** Every line once, and each speaker's lines in the order in which they were said. */
function judgeSpeakers({ judge }: World, room: StoredRoom): void {
  const last = new Map<string, number>();
  const seen = new Map<string, number>();
  for (const entry of room.entries) {
    const { kind } = frameOfEntry(entry);
    if (kind?.$case !== 'chat' || kind.value.content?.$case !== 'text') continue;
    const text = kind.value.content.value;
    const mark = markOf(text);
    if (mark === undefined) continue;
    const where = `${room.name} #${entry.seq} ${text.slice(0, 50)}`;
    const before = seen.get(text);
    if (before !== undefined) {
      // A retry is recognised for as long as the first one is kept; then by the one that came instead.
      if (!room.wasGone(before, entry.seq))
        judge.broken('nothing is stored twice', `${where}, first #${before}`);
      seen.set(text, entry.seq);
      continue;
    }
    seen.set(text, entry.seq);
    if (mark.index <= (last.get(mark.speaker) ?? -1))
      judge.broken('one sender’s lines keep their order', where);
    last.set(mark.speaker, mark.index);
  }
}

function judgeLines({ judge, store }: World, person: Person): void {
  for (const line of person.books.flatMap((book) => book.all())) {
    if (line.state !== 'acked' || line.log === undefined) continue;
    // A log that was lost or removed as a whole keeps its entries here, too.
    const rolledBack = store.former.includes(line.log) && store.rooms.has(line.room);
    const entry = line.log.at(line.seq);
    const text = entry && frameOfEntry(entry).kind;
    const same = text?.$case === 'chat' && text.value.content?.value === line.text;
    if (!rolledBack && !same)
      judge.broken('what was acknowledged is there', `${line.text.slice(0, 50)} #${line.seq}`);
    if (entry !== undefined && hexOf(entry.proposal.id) !== entry.id)
      judge.broken('ids are never changed', line.room);
  }
}
