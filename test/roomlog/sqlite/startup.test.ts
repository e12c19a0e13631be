import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LogError } from '../../../src/roomlog/sqlite/log-error.ts';
import { Mark, markIn, type MarkSlot } from '../../../src/roomlog/sqlite/mark.ts';
import { checkAtStart, type LogAtStart } from '../../../src/roomlog/sqlite/startup.ts';
import { LogFile, type Room } from './log-file.ts';

let log: LogFile;
let lobby: Room;
let games: Room;
beforeEach(() => {
  log = new LogFile();
  [lobby, games] = [log.add('lobby'), log.add('games')];
  for (const room of [lobby, games]) {
    for (let commit = 0; commit < 6; commit++) log.append(room, ['one', 'two', 'three']);
    log.join(room, randomBytes(32));
  }
});
afterEach(() => log.remove());

/** The start of a log with this mark; the mark stays as it is. */
function start(mark: Mark): LogAtStart {
  try {
    return checkAtStart(log.database, mark);
  } finally {
    mark.close();
  }
}

function damages({ rooms }: LogAtStart): string[] {
  return rooms.flatMap(({ row, damage }) => {
    if (damage === undefined) return [];
    expect(damage.room).toBe(row.name);
    return [`${damage.room}: ${damage.kind} ${damage.from}-${damage.to}`];
  });
}

function slotOf(room: Room, more: Partial<MarkSlot> = {}): MarkSlot {
  const { room: number, name, logId, newest } = room;
  const at = more.newest ?? newest;
  return { room: number, name, logId, newest, chain: room.chainAt(at), checkpointed: newest, ...more };
}

function marked(...slots: readonly MarkSlot[]): Mark {
  const mark = log.mark();
  for (const slot of slots) mark.write(slot);
  return mark;
}

/** Damage that only reading the entries can find. */
function breakSegment(room: Room, first: number): void {
  log.run("UPDATE segment SET bytes = x'00' WHERE room = ? AND first = ?", room.room, first);
}

test('a log that was closed well has its rooms and members', () => {
  log.mark().close();
  const found = start(log.mark());
  expect(found).toMatchObject({ removed: [], unreadableMarks: [], isMarkMissing: false });
  expect(damages(found)).toEqual([]);
  expect(found.rooms.map(({ row }) => row.name)).toEqual(['lobby', 'games']);
  const [user] = [...lobby.members.values()];
  expect(found.rooms[0]?.members.map((member) => Buffer.from(member.user))).toEqual([user?.user]);
  expect(found.rooms[0]?.row).toMatchObject({ newest: 18, oldest: 1, room: 1 });
});

test('what was checkpointed is not read again, what came later is', () => {
  breakSegment(lobby, 7);
  expect(damages(start(log.mark()))).toEqual([]);
  // The room was written after its slot: its commit had not returned when the server died.
  expect(damages(start(marked(slotOf(lobby, { newest: 15, checkpointed: 12 }))))).toEqual([]);
  expect(damages(start(marked(slotOf(lobby, { newest: 15, checkpointed: 9 }))))).toEqual([]);
  expect(damages(start(marked(slotOf(lobby, { newest: 15, checkpointed: 8 }))))).toEqual([
    'lobby: segment 7-9',
  ]);
  expect(damages(start(marked(slotOf(lobby, { checkpointed: 0 }))))).toEqual(['lobby: segment 7-9']);
});

test('a room that the mark does not know, or not any more, is read wholly', () => {
  breakSegment(lobby, 7);
  const mark = log.mark();
  mark.clear(lobby.room);
  expect(damages(start(mark))).toEqual(['lobby: segment 7-9']);

  log.mark().close();
  const file = markIn(log.directory);
  const bytes = readFileSync(file);
  bytes.fill(7, lobby.room * 256, lobby.room * 256 + 100);
  writeFileSync(file, bytes);
  const found = start(Mark.open(log.directory, log.serverId));
  expect(found.unreadableMarks).toEqual([lobby.room]);
  expect(damages(found)).toEqual(['lobby: segment 7-9']);

  rmSync(file);
  const without = start(Mark.open(log.directory, log.serverId));
  expect(without.isMarkMissing).toBe(true);
  expect(damages(without)).toEqual(['lobby: segment 7-9']);
});

test('a new log has no mark to miss', () => {
  const fresh = new LogFile();
  const mark = Mark.open(fresh.directory, fresh.serverId);
  expect(checkAtStart(fresh.database, mark)).toEqual({
    rooms: [],
    removed: [],
    unreadableMarks: [],
    isMarkMissing: false,
  });
  mark.close();
  fresh.remove();
});

test('entries that were told and are gone are lost, with their range', () => {
  const ahead = { newest: 20, chain: randomBytes(16) };
  expect(damages(start(marked(slotOf(lobby, ahead))))).toEqual(['lobby: lost 19-20']);
  const other = { chain: randomBytes(16) };
  expect(damages(start(marked(slotOf(lobby, other))))).toEqual(['lobby: lost 1-18']);
  // An older entry is another one than was told: at the edge of a segment, in one, and where nothing new came since.
  for (const newest of [15, 14]) {
    for (const checkpointed of [newest, 3]) {
      const slot = slotOf(lobby, { newest, checkpointed, chain: randomBytes(16) });
      expect(damages(start(marked(slot)))).toEqual([`lobby: lost 1-${newest}`]);
    }
  }
  expect(damages(start(marked(slotOf(lobby, { logId: randomBytes(16) }))))).toEqual(['lobby: lost 1-18']);
  expect(damages(start(marked(slotOf(lobby, { name: 'lobbx' }))))).toEqual(['lobby: lost 1-18']);
});

test('a room that the mark alone knows is lost', () => {
  log.run('DELETE FROM room WHERE room = 2');
  const found = start(log.mark());
  expect(damages(found)).toEqual(['games: lost 1-18']);
  expect(found.rooms.map(({ row }) => [row.name, row.newest, Buffer.from(row.logId)])).toEqual([
    ['lobby', 18, lobby.logId],
    ['games', 18, games.logId],
  ]);
});

test('when the mark knows of rooms and the database of none, nothing is started', () => {
  log.run('DELETE FROM room');
  const mark = log.mark();
  expect(() => checkAtStart(log.database, mark)).toThrow(LogError);
  expect(() => checkAtStart(log.database, mark)).toThrow(/^lost/);
  mark.close();
});

test('a damaged head is told by the name that the mark knows', () => {
  log.run("UPDATE room SET name = 'lobbx' WHERE room = 1");
  const found = start(log.mark());
  expect(damages(found).toSorted()).toEqual(['lobby: head 0-0']);
  expect(found.rooms.map(({ row }) => row.name)).toEqual(['lobby', 'games']);
  // Without a mark by the name that it says, and else by its number.
  const silent = log.mark();
  silent.clear(1);
  expect(damages(start(silent))).toEqual(['lobbx: head 0-0']);
  log.run("UPDATE room SET name = 'not a name' WHERE room = 1");
  const mute = log.mark();
  mute.clear(1);
  expect(damages(start(mute))).toEqual(['unknown-1: head 0-0']);
});

test('a head that is in another’s place damages both', () => {
  for (const number of ['3', '-1', '1152921504606846976']) {
    log.run(`UPDATE room SET room = ${number} WHERE name = 'lobby'`);
    expect(damages(start(log.mark()))).toEqual(['lobby: lost 1-18']);
  }
});

test('members that are not those of the head are told', () => {
  log.run('DELETE FROM member WHERE room = 1');
  const found = start(log.mark());
  expect(damages(found)).toEqual(['lobby: members 0-0']);
  expect(found.rooms.find(({ row }) => row.name === 'lobby')?.members).toEqual([]);
});

test('a name that the index of names does not have is told', () => {
  const { rootpage } =
    log.database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_room_1'").get() ??
    {};
  log.close();
  const bytes = readFileSync(log.file);
  bytes.write('x', bytes.indexOf('lobby', (Number(rootpage) - 1) * 4_096));
  writeFileSync(log.file, bytes);
  log.open();
  expect(damages(start(log.mark()))).toEqual(['lobby: head 0-0']);
});

test('a removed room is no room, and the mark forgets it', () => {
  log.head(games, { name: null });
  const mark = log.mark();
  const found = checkAtStart(log.database, mark);
  expect(found.removed).toEqual([2]);
  expect(found.rooms.map(({ row }) => row.name)).toEqual(['lobby']);
  expect(mark.slots.has(2)).toBe(false);
  mark.close();
});

test('a room whose database cannot be read there is damaged, the others are not', () => {
  log.append(lobby, ['y'.repeat(20_000)]);
  log.close();
  const bytes = readFileSync(log.file);
  // A page of the long entry, whose first four bytes say where the next one is.
  const page = bytes.indexOf('y'.repeat(4_000)) & ~4_095;
  bytes.writeUInt32BE(0x7fffffff, page + 4_096);
  writeFileSync(log.file, bytes);
  log.open();
  const mark = marked(slotOf(lobby, { checkpointed: 0 }), slotOf(games, { checkpointed: 0 }));
  expect(damages(start(mark))).toEqual(['lobby: unreadable 19-19']);
});

test('a table of rooms that cannot be read makes the log unreadable', () => {
  const { rootpage } =
    log.database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'room'").get() ?? {};
  log.close();
  const bytes = readFileSync(log.file);
  bytes.fill(0xff, (Number(rootpage) - 1) * 4_096, Number(rootpage) * 4_096);
  writeFileSync(log.file, bytes);
  log.open();
  const mark = log.mark();
  expect(() => checkAtStart(log.database, mark)).toThrow(/^unreadable/);
  mark.close();
});
