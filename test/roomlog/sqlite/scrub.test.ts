import { closeSync, openSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Damage } from '../../../src/roomlog/sqlite/damage.ts';
import { Scrub } from '../../../src/roomlog/sqlite/scrub.ts';
import { LogFile, type Room } from './log-file.ts';

let log: LogFile;
let lobby: Room;
let games: Room;
let found: Damage[];
beforeEach(() => {
  found = [];
  log = new LogFile();
  [lobby, games] = [log.add('lobby'), log.add('games')];
  for (const room of [lobby, games]) {
    for (let commit = 0; commit < 20; commit++) log.append(room, ['x'.repeat(20_000)]);
  }
});
afterEach(() => log.remove());

const REST_MS = 1_000_000;

function scrub(): Scrub {
  return new Scrub(log.database, {
    bytesPerSecond: 100_000,
    restMs: REST_MS,
    onDamage: (one) => found.push(one),
  });
}

/** One round; how long it took, in milliseconds, without the rest behind it. */
function round(
  one: Scrub,
  between: () => void = () => undefined,
): { ms: number; steps: number; longest: number } {
  let [ms, longest] = [0, 0];
  for (let steps = 0; steps < 1_000; steps++) {
    const wait = one.step();
    if (wait === REST_MS) return { ms, steps, longest };
    ms += wait;
    longest = Math.max(longest, wait);
    between();
  }
  throw new Error('never rests');
}

test('it reads no faster than it may, everything, in small steps', () => {
  const { ms, steps, longest } = round(scrub());
  const bytes = lobby.row.bytes + games.row.bytes;
  expect(ms).toBeGreaterThanOrEqual(bytes / 100);
  expect(ms).toBeLessThan((bytes / 100) * 1.2);
  expect(steps).toBe(10);
  expect(longest).toBeLessThan(1_000);
  expect(found).toEqual([]);
});

test('it tells damage once, and goes on with the others', () => {
  const one = scrub();
  round(one);
  log.run("UPDATE segment SET bytes = x'00' WHERE first = 7");
  round(one);
  round(one);
  expect(found).toEqual([
    { room: 'lobby', from: 7, to: 7, kind: 'segment' },
    { room: 'games', from: 7, to: 7, kind: 'segment' },
  ]);
});

test('it tells a damaged head by the name that the room had', () => {
  const one = scrub();
  round(one);
  log.run("UPDATE room SET name = 'lobbx' WHERE room = 1");
  round(one);
  round(one);
  expect(found).toEqual([{ room: 'lobby', from: 0, to: 0, kind: 'head' }]);
});

test('it finds rooms that are new, and misses none that were removed', () => {
  const one = scrub();
  log.head(games, { name: null });
  round(one);
  const fresh = log.add('fresh');
  log.append(fresh, ['hello']);
  log.run('DELETE FROM room WHERE room = 2');
  log.run("UPDATE segment SET bytes = x'00' WHERE room IN (2, 3)");
  round(one);
  expect(found).toEqual([{ room: 'fresh', from: 1, to: 1, kind: 'segment' }]);
});

test('a room in the place of a removed one is another room, whatever was found there', () => {
  const one = scrub();
  log.run("UPDATE segment SET bytes = x'00' WHERE room = 2");
  round(one);
  for (const table of ['room', 'segment', 'entry_id']) log.run(`DELETE FROM ${table} WHERE room = 2`);
  log.rooms.pop();
  log.append(log.add('tables'), ['hello']);
  round(one);
  expect(found.map(({ room }) => room)).toEqual(['games']);
  log.run("UPDATE segment SET bytes = x'00' WHERE room = 2");
  round(one);
  round(one);
  expect(found.map(({ room }) => room)).toEqual(['games', 'tables']);
});

test('when the table of rooms cannot be read any more, every room that was known is told', () => {
  const { rootpage } =
    log.database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'room'").get() ?? {};
  log.close();
  const one = new Scrub(log.open(), { restMs: REST_MS, onDamage: (damage) => found.push(damage) });
  round(one);
  const file = openSync(log.file, 'r+');
  writeSync(file, new Uint8Array(4_096).fill(0xff), 0, 4_096, (Number(rootpage) - 1) * 4_096);
  closeSync(file);
  // After a commit of another connection what was read before is read anew.
  const writer = new DatabaseSync(log.file);
  writer.exec("INSERT INTO meta VALUES ('any', x'00')");
  round(one);
  round(one);
  writer.close();
  expect(found).toEqual([
    { room: 'lobby', from: 0, to: 0, kind: 'unreadable' },
    { room: 'games', from: 0, to: 0, kind: 'unreadable' },
  ]);
});

test('a writer at work raises no alarm', () => {
  const one = scrub();
  round(one, () => {
    if (lobby.newest < 60) log.append(lobby, ['more', 'and more']);
    if (lobby.firsts.length > 8) log.merge(lobby, 2, 5);
    if (games.firsts.length > 3) log.truncate(games, 1);
    log.erase(lobby, lobby.newest - 5);
  });
  expect(lobby.newest).toBeGreaterThan(40);
  expect(games.oldest).toBeGreaterThan(5);
  expect(found).toEqual([]);
});
