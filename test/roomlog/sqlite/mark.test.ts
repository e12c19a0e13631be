import { randomBytes } from 'node:crypto';
import fs, {
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestOf } from '../../../src/roomlog/sqlite/digest.ts';
import { LogError } from '../../../src/roomlog/sqlite/log-error.ts';
import { Mark, markIn, type MarkSlot, readMark } from '../../../src/roomlog/sqlite/mark.ts';

let directory: string;
const serverId = randomBytes(16);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kentongan-mark-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const file = (): string => markIn(directory);

function slotOf(room: number, more: Partial<MarkSlot> = {}): MarkSlot {
  return {
    room,
    name: `room-${room}`,
    logId: randomBytes(16),
    newest: room * 1_000,
    chain: randomBytes(16),
    checkpointed: room,
    ...more,
  };
}

/** Slots as one can compare them. */
function plain(slots: ReadonlyMap<number, MarkSlot | 'unreadable'> | undefined): unknown {
  const ascending = [...(slots ?? [])].sort(([a], [b]) => a - b);
  return ascending.map(([room, slot]) =>
    slot === 'unreadable'
      ? [room, slot]
      : [room, { ...slot, logId: [...slot.logId], chain: [...slot.chain] }],
  );
}

/** The system's fdatasync, which answers when the test says so. */
function spyOnSync(): { readonly started: number; end(error: Error | null): void; restore(): void } {
  const real = fs.fdatasync;
  const waiting: Array<(error: Error | null) => void> = [];
  let started = 0;
  fs.fdatasync = ((_fd: number, callback: (error: Error | null) => void) => {
    started++;
    waiting.push(callback);
  }) as typeof fs.fdatasync;
  syncBuiltinESMExports();
  return {
    get started() {
      return started;
    },
    end(error) {
      waiting.shift()?.(error);
    },
    restore() {
      fs.fdatasync = real;
      syncBuiltinESMExports();
    },
  };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const LONGEST = ['क'.repeat(32), `~${'a'.repeat(26)}`, 'a', '𝔞'.repeat(24)];
const SLOT = fc
  .record({
    room: fc.integer({ min: 1, max: 60 }),
    name: fc.constantFrom(...LONGEST),
    newest: fc.maxSafeNat(),
    checkpointed: fc.maxSafeNat(),
  })
  .map(({ room, ...more }) => slotOf(room, more));

test('what was written is what is read, after any writes, clearings and reopenings', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: SLOT },
    fc.integer({ min: 1, max: 60 }),
    fc.constant('reopen' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      rmSync(file(), { force: true });
      let mark = Mark.open(directory, serverId);
      expect(mark.isNew).toBe(true);
      const expected = new Map<number, MarkSlot>();
      for (const one of steps) {
        if (one === 'reopen') {
          mark.close();
          mark = Mark.open(directory, serverId);
          expect(mark.isNew || mark.isHeaderDamaged).toBe(false);
        } else if (typeof one === 'number') {
          mark.clear(one);
          expected.delete(one);
        } else {
          mark.write(one);
          expected.set(one.room, one);
        }
        expect(plain(mark.slots)).toEqual(plain(expected));
      }
      mark.close();
      const read = readMark(directory);
      expect(Buffer.from(read?.serverId ?? [])).toEqual(serverId);
      expect(plain(read?.slots)).toEqual(plain(expected));
    }),
  );
});

test('it is for its owner alone, in slots that no sector cuts, as long as its rooms are many', () => {
  const mark = Mark.open(directory, serverId);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  mark.write(slotOf(100));
  expect(statSync(file()).size).toBe(112 * 256);
  mark.write(slotOf(3));
  expect(statSync(file()).size).toBe(112 * 256);
  const bytes = readFileSync(file());
  const used = Array.from({ length: 112 }, (_, slot) => slot).filter((slot) =>
    bytes.subarray(slot * 256, slot * 256 + 256).some((byte) => byte !== 0),
  );
  expect(used).toEqual([0, 3, 100]);
  mark.close();
});

test('room on the disk is taken before it is needed', () => {
  const mark = Mark.open(directory, serverId);
  mark.reserve(40);
  const { size } = statSync(file());
  expect(size).toBe(48 * 256);
  mark.write(slotOf(40));
  expect(statSync(file()).size).toBe(size);
  mark.close();
});

test('a mark of another log is refused', () => {
  Mark.open(directory, serverId).close();
  expect(() => Mark.open(directory, randomBytes(16))).toThrow(LogError);
  expect(() => Mark.open(directory, randomBytes(16))).toThrow(/^mismatch/);
});

test('a mark whose header or maker died is made anew; its slots still count', () => {
  const mark = Mark.open(directory, serverId);
  mark.write(slotOf(2));
  mark.close();
  const bytes = readFileSync(file());
  bytes[3] = (bytes[3] ?? 0) ^ 1;
  writeFileSync(file(), bytes);
  expect(readMark(directory)?.serverId).toBeUndefined();
  const again = Mark.open(directory, serverId);
  expect(again.isHeaderDamaged).toBe(true);
  expect([...again.slots.keys()]).toEqual([2]);
  again.close();
  const whole = Mark.open(directory, serverId);
  expect(whole.isHeaderDamaged || whole.isNew).toBe(false);
  whole.close();
  for (const unfinished of [new Uint8Array(0), new Uint8Array(4_096)]) {
    writeFileSync(file(), unfinished);
    const fresh = Mark.open(directory, serverId);
    expect(fresh.isNew).toBe(true);
    fresh.close();
  }
});

test('a torn slot is unreadable, and so is one in another’s place; others are not', () => {
  const mark = Mark.open(directory, serverId);
  for (const room of [1, 2, 3, 4]) mark.write(slotOf(room));
  mark.close();
  const bytes = readFileSync(file());
  bytes.fill(0, 256 + 100, 512);
  bytes.copy(bytes, 3 * 256, 4 * 256, 5 * 256);
  writeFileSync(file(), bytes);
  const slots = readMark(directory)?.slots;
  expect([1, 2, 3, 4].map((room) => slots?.get(room) === 'unreadable')).toEqual([true, false, true, false]);
  truncateSync(file(), 4 * 256 + 17);
  const again = Mark.open(directory, serverId);
  expect(again.slots.get(4)).toBe('unreadable');
  again.write(slotOf(4));
  again.close();
  expect(readMark(directory)?.slots.get(4)).toMatchObject({ room: 4, name: 'room-4' });
});

test('there is no mark in an empty directory', () => {
  expect(readMark(directory)).toBeUndefined();
});

test('it is synced in the background while it is written, and again for what came meanwhile', async () => {
  const syncs = spyOnSync();
  const mark = Mark.open(directory, serverId);
  mark.syncSoon();
  expect(syncs.started).toBe(0);
  mark.write(slotOf(1));
  mark.syncSoon();
  expect(syncs.started).toBe(1);
  mark.write(slotOf(1));
  mark.syncSoon();
  // The first one is under way: what it does not cover waits for the next.
  expect(syncs.started).toBe(1);
  syncs.end(null);
  await until(() => syncs.started === 2);
  syncs.end(null);
  mark.syncSoon();
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(syncs.started).toBe(2);
  mark.close();
  syncs.restore();
});

test('a disk that refuses to keep it is told once, and asked no more', async () => {
  const syncs = spyOnSync();
  const failures: Error[] = [];
  const mark = Mark.open(directory, serverId, (error) => failures.push(error));
  mark.write(slotOf(1));
  mark.syncSoon();
  const error = Object.assign(new Error('EIO'), { code: 'EIO' });
  syncs.end(error);
  expect(failures).toEqual([error]);
  mark.write(slotOf(1));
  mark.syncSoon();
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(() => mark.sync()).toThrow(error);
  expect(() => mark.close()).toThrow(error);
  expect(syncs.started).toBe(1);
  expect(failures).toHaveLength(1);
  syncs.restore();
});

test('who waits for the disk waits for what is under way, too', () => {
  const syncs = spyOnSync();
  const mark = Mark.open(directory, serverId);
  const real = fs.fdatasyncSync;
  let waited = 0;
  fs.fdatasyncSync = (fd) => {
    waited++;
    real(fd);
  };
  syncBuiltinESMExports();
  mark.sync();
  expect(waited).toBe(0);
  mark.write(slotOf(1));
  mark.syncSoon();
  mark.sync();
  expect(waited).toBe(1);
  mark.close();
  // The descriptor is another file's soon: it is released when the one under way has answered, not before.
  const { ino } = statSync(file());
  const isOpen = (): boolean =>
    fs
      .readdirSync('/proc/self/fd')
      .some((fd) => fs.statSync(`/proc/self/fd/${fd}`, { throwIfNoEntry: false })?.ino === ino);
  expect(isOpen()).toBe(true);
  syncs.end(null);
  expect(isOpen()).toBe(false);
  fs.fdatasyncSync = real;
  syncs.restore();
});

test('a mark that others may read is taken from them, and one of a later version is left alone', () => {
  Mark.open(directory, serverId).close();
  chmodSync(file(), 0o644);
  Mark.open(directory, serverId).close();
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  const bytes = readFileSync(file());
  bytes.writeUInt32BE(2, 16);
  digestOf([0, bytes.subarray(0, 240)]).forEach((byte, at) => bytes.writeUInt8(byte, 240 + at));
  writeFileSync(file(), bytes);
  expect(() => Mark.open(directory, serverId)).toThrow(/^too-new/);
  expect(() => readMark(directory)).toThrow(/^too-new/);
});
