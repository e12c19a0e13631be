// Chapter 10 of docs/protocol.md on a real Hub: entries, positions, gaps, history, notices.
import { describe, expect, test } from 'vitest';
import {
  ENTRY_BYTES_MAX,
  FRAME_BYTES_MAX,
  HISTORY_ENTRIES_MAX,
  REQUESTS_WAITING_MAX,
} from '../../../src/protocol/limits.ts';
import { MemoryLog } from '../../../src/roomlog/memory.ts';
import { chatFrame, type Client, codec, idOf, kindOf, Rig, sha256, systemOf, textOf } from '../rig.ts';
import type { Json } from '../spec-codec.ts';

/** Storage that keeps little. */
function smallStorage(retainBytes: number): { storage: MemoryLog; run: () => void } {
  const deferred: (() => void)[] = [];
  let randoms = 0;
  const storage = new MemoryLog({
    crypto: { random: (length) => new Uint8Array(length).fill(++randoms), sha256 },
    now: () => 1_000,
    defer: (callback) => void deferred.push(callback),
    retention: { bytes: retainBytes },
  });
  return {
    storage,
    run: () => {
      for (let next = deferred.shift(); next !== undefined; next = deferred.shift()) next();
    },
  };
}

function page(client: Client, history: Json, ref = 50): { seqs: unknown[]; oldest: unknown; more: unknown } {
  client.send({ system: { history }, ref, room: 'lobby' });
  const { entries, oldest, more } = systemOf(client.takeOne('page'), 'page') as { entries?: Json[] } & Json;
  return { seqs: (entries ?? []).map(({ seq }) => seq), oldest, more };
}

describe('entries', () => {
  test('KTG-10.1 KTG-10.2 entries, and nothing else, have a seq; they are dense', () => {
    const rig = new Rig();
    const alice = rig.enter('alice');
    alice.send({ join: { last: 10 }, ref: 1, room: 'lobby' });
    for (let n = 2; n < 12; n++) {
      alice.send(
        chatFrame(n),
        { system: { ping: { nonce: '00'.repeat(8) } } },
        { system: { rooms_request: {} } },
      );
    }
    rig.hub.announce('lobby', 'pengumuman', () => undefined);
    rig.settle();
    alice.send({ leave: {}, room: 'lobby' });
    const frames = alice.take();
    const kinds = new Set(frames.filter((frame) => 'seq' in frame).map(kindOf));
    expect(kinds).toEqual(new Set(['join', 'chat', 'notice', 'leave']));
    expect(frames.flatMap(({ seq }) => seq ?? [])).toEqual(Array.from({ length: 13 }, (_, n) => n + 1));
    for (const frame of frames.filter((one) => !('seq' in one))) {
      expect(['joined', 'roster', 'stored', 'pong', 'rooms', 'left']).toContain(kindOf(frame));
    }
  });

  test('KTG-10.2 a log that begins anew has a new log_id', () => {
    const ids = [1, 2].map((n) => {
      const { storage, run } = smallStorage(1_000_000);
      const rig = new Rig({}, { storage });
      const alice = rig.enter('alice');
      for (let k = 0; k < n; k++) {
        storage.open(`other-${k}`, {
          onOutcomes: () => undefined,
          onTruncated: () => undefined,
          onDamaged: () => undefined,
        });
      }
      alice.send({ join: {}, ref: 1, room: 'kelas-7' });
      run();
      rig.settle();
      return systemOf(alice.takeOne('joined'), 'joined')?.['log_id'];
    });
    expect(ids[0]).toHaveLength(32);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test('KTG-9.16 a retry that is under way while its first copy is let go is stored again, under the same id', () => {
    const { storage, run } = smallStorage(2_000);
    const rig = new Rig({}, { storage });
    const settle = (): void => {
      run();
      rig.settle();
      run();
      rig.settle();
    };
    const enter = (name: string, have: Json = {}): { client: Client; joined: Json } => {
      const client = rig.enter(name);
      client.send({ join: have, ref: 1, room: 'lobby' });
      settle();
      return { client, joined: systemOf(client.takeOne('joined'), 'joined') ?? {} };
    };
    const bob = enter('bob').client;
    const first = enter('alice');
    first.client.send(chatFrame(1));
    settle();
    const position = { log_id: textOf(first.joined, 'log_id'), seq: 2 };
    // The connection breaks, the answer is lost, and the client is back while its Chat is still there: not doubtful.
    first.client.drop();
    const { client: alice, joined } = enter('alice', { have: position });
    expect(joined).toMatchObject({ status: 'COMPLETE', oldest: 1 });
    // What is said meanwhile lets it go before the retry arrives.
    for (let n = 10; n < 30; n++) bob.send(chatFrame(n, 'x'.repeat(200)));
    settle();
    alice.send({ ...chatFrame(1), ref: 9 });
    settle();
    const stored = alice.take().find(({ ref }) => ref === 9);
    expect(systemOf(stored ?? {}, 'stored')).toMatchObject({ seq: 24 });
    expect(systemOf(stored ?? {}, 'stored')?.['duplicate']).toBeUndefined();
    const copies = bob.take().filter((frame) => frame['id'] === idOf(1) && 'seq' in frame);
    expect(copies.map(({ seq }) => seq)).toEqual([3, 24]);
    expect(copies[0]?.['author']).toEqual(copies[1]?.['author']);
    bob.send({ system: { history: { limit: 500 } }, ref: 50, room: 'lobby' });
    settle();
    const { entries } = systemOf(bob.takeOne('page'), 'page') as { entries: Json[] };
    expect(entries.filter(({ id }) => id === idOf(1))).toMatchObject([{ seq: 24 }]);
    // And from now on it is in the log once again.
    alice.send({ ...chatFrame(1), ref: 10 });
    settle();
    expect(systemOf(alice.takeOne('stored'), 'stored')).toMatchObject({ seq: 24, duplicate: true });
  });

  test('KTG-4.16 KTG-10.13 live, resumed and in a page an entry has the same bytes', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    alice.send(chatFrame(1));
    const live = alice.take().filter((frame) => 'seq' in frame);
    const { log_id } = systemOf(alice.join('lobby'), 'joined') as { log_id: string };
    alice.send({ join: { have: { log_id, seq: 1 } }, ref: 2, room: 'lobby' });
    const resumed = alice.take().filter((frame) => 'seq' in frame);
    alice.send({ system: { history: { limit: 1 } }, ref: 3, room: 'lobby' });
    const { entries } = systemOf(alice.takeOne('page'), 'page') as { entries: Json[] };
    expect(resumed).toEqual(live);
    expect(entries).toEqual(live);
  });

  test('KTG-10.7 every entry has an id of 16 bytes, no two the same', () => {
    const rig = new Rig();
    const alice = rig.enter('alice');
    alice.send({ join: { last: 9 }, ref: 1, room: 'lobby' }, chatFrame(2));
    rig.hub.announce('lobby', 'pengumuman', () => undefined);
    rig.settle();
    alice.send({ leave: {}, ref: 3, room: 'lobby' });
    const ids = alice.take().flatMap((frame) => ('seq' in frame ? [textOf(frame, 'id')] : []));
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  test('KTG-10.15 an announcement is an entry without an author', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    rig.hub.announce('lobby', 'Server berhenti pukul 17.', () => undefined);
    rig.settle();
    const [entry = {}] = alice.take();
    expect(entry).toMatchObject({
      seq: 2,
      system: { notice: { code: 'ANNOUNCEMENT', args: ['Server berhenti pukul 17.'] } },
    });
    expect(entry['author']).toBeUndefined();
  });

  test('KTG-10.16 KTG-10.17 what is erased leaves its place, its id and the chain as they were', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    const joined = rig.enter('bob').join('lobby');
    alice.take();
    alice.send(chatFrame(3), chatFrame(4), chatFrame(5));
    const said = alice.take().filter(({ seq }) => seq !== undefined);
    rig.hub.erase('lobby', 4, () => undefined);
    rig.settle();
    const removal = alice.takeOne('removal');
    expect(removal).toMatchObject({ system: { removal: { of: 4 } }, seq: 6 });
    expect(Object.keys(removal)).not.toContain('author');
    const whole = rig.enter('carol', {}).join('lobby', { mode: 'QUIET', last: 100 });
    expect(systemOf(whole, 'joined')).toMatchObject({ first: 1, newest: 6 });
    alice.send({ system: { history: { after: 2, limit: 3 } }, ref: 9, room: 'lobby' });
    const { entries } = systemOf(alice.takeOne('page'), 'page') as { entries: Json[] };
    const { seq, time, check, id } = said[1] ?? {};
    expect(entries).toEqual([
      said[0],
      { system: { removed: {} }, room: 'lobby', id, seq, time, check },
      said[2],
    ]);
    // The chain: what was erased enters by the hash of what was said.
    let chain = Buffer.from(textOf(systemOf(joined, 'joined'), 'log_id'), 'hex');
    alice.send({ system: { history: { after: 0, limit: 2 } }, ref: 9, room: 'lobby' });
    const first = (systemOf(alice.takeOne('page'), 'page') as { entries: Json[] }).entries;
    for (const { seq: n, time: at, check: sum, ...body } of [...first, ...said, removal]) {
      const numbers = Buffer.alloc(16);
      numbers.writeBigUInt64BE(BigInt(Number(n)));
      numbers.writeBigUInt64BE(BigInt(Number(at)), 8);
      const hash = sha256(codec.encode('Frame', body));
      chain = Buffer.from(sha256(Buffer.concat([chain, numbers, hash])).subarray(0, 16));
      expect(chain.readUInt32BE()).toBe(sum);
    }
    alice.send({ ...chatFrame(4), ref: 77 });
    expect(systemOf(alice.takeOne('stored'), 'stored')).toEqual({ seq: 4, time, duplicate: true });
    alice.send(chatFrame(4, 'other'));
    expect(alice.fault()).toMatchObject({ code: 'ID_REUSED', seq: 4 });
  });

  test('KTG-10.16 only what was said is erased, and only once', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    alice.send(chatFrame(2));
    const results = [1, 2, 2, 3].map((seq) => {
      let result: object | undefined;
      rig.hub.erase('lobby', seq, (found) => {
        result = found;
      });
      rig.settle();
      return result;
    });
    expect(results).toEqual([
      { refusal: 'NOT_ERASABLE' },
      { seq: 3 },
      { refusal: 'ERASED_ALREADY' },
      { refusal: 'NOT_ERASABLE' },
    ]);
  });

  test('KTG-14.1 the largest entry fits into a page', () => {
    const rig = new Rig();
    const name = 'अ'.repeat(32);
    const room = 'ब'.repeat(32);
    const alice = rig.member(name, room);
    alice.send({
      ...chatFrame(1, 'x'.repeat(16_384), room),
      chat: { text: 'x'.repeat(16_384), reply_to: 2 ** 53 - 1 },
    });
    const [entry = {}] = alice.take().filter((frame) => 'seq' in frame);
    const size = codec.encode('Frame', { ...entry, seq: 2 ** 53 - 1, time: 2 ** 53 - 1 }).length;
    expect(size).toBeLessThanOrEqual(ENTRY_BYTES_MAX);
    rig.hub.announce(room, 'x'.repeat(16_384), () => undefined);
    rig.settle();
    alice.send({ system: { history: { limit: 1 } }, ref: 1, room });
    expect(alice.kinds()).toContain('page');
    expect(alice.payloadMax).toBeLessThanOrEqual(FRAME_BYTES_MAX);
  });
});

describe('storage that fails', () => {
  test('KTG-12.7 a full disk has stored nothing, what is there can be read, and all goes on when there is space', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    alice.send(chatFrame(2));
    alice.take();
    rig.log.hold();
    alice.send(chatFrame(3));
    rig.log.fail('STORAGE_FULL');
    rig.settle();
    expect(alice.fault()).toMatchObject({ code: 'STORAGE_FULL', retry_after_ms: 1_000 });
    expect(page(alice, {})).toEqual({ seqs: [1, 2], oldest: 1, more: undefined });
    alice.send(chatFrame(3));
    expect(systemOf(alice.takeOne('stored'), 'stored')).toMatchObject({ seq: 3 });
  });

  test('KTG-12.7 what turns out to be stored after the disk has failed is in the log once', () => {
    const { storage, run } = smallStorage(1_000_000);
    const rig = new Rig({}, { storage });
    const through = (one: Rig): void => {
      run();
      one.settle();
    };
    const alice = rig.enter('alice');
    alice.send({ join: {}, ref: 1, room: 'lobby' });
    through(rig);
    rig.log.hold();
    alice.send(chatFrame(2));
    rig.log.failButStore('STORAGE_READ_ONLY');
    through(rig);
    expect(alice.fault().code).toBe('STORAGE_READ_ONLY');
    const again = new Rig({}, { storage });
    const back = again.enter('alice');
    back.send({ join: {}, ref: 1, room: 'lobby' });
    through(again);
    back.send(chatFrame(2));
    through(again);
    const stored = systemOf(back.takeOne('stored'), 'stored');
    expect(stored).toMatchObject({ seq: 2, duplicate: true });
  });
});

describe('a gap', () => {
  test('KTG-10.10 when retention passes a cursor: Gap, roster, then the entries that are left', () => {
    const { storage, run } = smallStorage(200_000);
    const rig = new Rig({}, { storage });
    const settle = (): void => {
      for (let n = 0; n < 20; n++) {
        run();
        rig.settle();
      }
    };
    const alice = rig.enter('alice');
    const bob = rig.enter('bob');
    for (const client of [alice, bob]) client.send({ join: {}, ref: 1, room: 'lobby' });
    settle();
    alice.take();
    alice.accepting = false;
    for (let n = 0; n < 400; n++) {
      bob.send(chatFrame(n, 'x'.repeat(4_000)));
      settle();
    }
    alice.accepting = true;
    alice.input?.writable();
    settle();
    const frames = alice.take();
    const gap = frames.findIndex((frame) => kindOf(frame) === 'gap');
    expect(gap).toBeGreaterThan(-1);
    const next = Number(systemOf(frames[gap] ?? {}, 'gap')?.['next']);
    expect(kindOf(frames[gap + 1] ?? {})).toBe('roster');
    expect(systemOf(frames[gap + 1] ?? {}, 'roster')).toMatchObject({
      members: [{ name: 'alice' }, { name: 'bob' }],
    });
    const seqs = frames.slice(gap).flatMap(({ seq }) => seq ?? []);
    expect(seqs[0]).toBe(next);
    expect(seqs).toEqual(seqs.map((_, n) => next + n));
    expect(seqs.at(-1)).toBe(402);
    const before = frames.slice(0, gap).flatMap(({ seq }) => Number(seq ?? []));
    expect(before).toEqual(before.map((_, n) => Number(before[0]) + n));
  });
});

describe('history', () => {
  /** A room with the entries 1 (Join of alice) to 250. */
  function room(): Client {
    const alice = new Rig().member('alice');
    for (let n = 2; n <= 250; n++) alice.send(chatFrame(n));
    alice.take();
    return alice;
  }
  const run = (from: number, to: number): number[] =>
    Array.from({ length: to - from + 1 }, (_, n) => from + n);

  test('KTG-10.11 KTG-10.12 the newest, before, after, and whether there are more', () => {
    const alice = room();
    expect(page(alice, {})).toEqual({ seqs: run(151, 250), oldest: 1, more: true });
    expect(page(alice, { limit: 3 })).toEqual({ seqs: [248, 249, 250], oldest: 1, more: true });
    expect(page(alice, { before: 151, limit: 500 })).toEqual({
      seqs: run(1, 150),
      oldest: 1,
      more: undefined,
    });
    expect(page(alice, { before: 4, limit: 2 })).toEqual({ seqs: [2, 3], oldest: 1, more: true });
    expect(page(alice, { before: 1 })).toEqual({ seqs: [], oldest: 1, more: undefined });
    expect(page(alice, { before: 9_999, limit: 1 })).toEqual({ seqs: [250], oldest: 1, more: true });
    expect(page(alice, { after: 0, limit: 2 })).toEqual({ seqs: [1, 2], oldest: 1, more: true });
    expect(page(alice, { after: 248 })).toEqual({ seqs: [249, 250], oldest: 1, more: undefined });
    expect(page(alice, { after: 250 })).toEqual({ seqs: [], oldest: 1, more: undefined });
  });

  test('KTG-10.11 a page ends where the frame is full, and holds one entry at least', () => {
    const alice = new Rig().member('alice');
    for (let n = 2; n <= 20; n++) alice.send(chatFrame(n, 'x'.repeat(16_000)));
    alice.take();
    const found: unknown[] = [];
    for (let after = 0; ; ) {
      const { seqs, more } = page(alice, { after, limit: 500 });
      expect(seqs.length).toBeGreaterThan(0);
      found.push(...seqs);
      after = Number(seqs.at(-1));
      if (more !== true) break;
    }
    expect(found).toEqual(run(1, 20));
    const newest = page(alice, { limit: 500 });
    expect(newest.seqs).toEqual(run(17, 20));
    expect(newest.more).toBe(true);
    expect(alice.payloadMax).toBeLessThanOrEqual(FRAME_BYTES_MAX);
  });

  test('KTG-10.14 500 is the largest limit; the 17th request that waits is refused, and all when one leaves', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    alice.send({ system: { history: { limit: HISTORY_ENTRIES_MAX } }, ref: 1, room: 'lobby' });
    expect(alice.kinds()).toContain('page');
    alice.send({ system: { history: { limit: HISTORY_ENTRIES_MAX + 1 } }, ref: 2, room: 'lobby' });
    expect(alice.fault()).toMatchObject({ code: 'BAD_FIELD', name: 'limit', limit: HISTORY_ENTRIES_MAX });
    for (let n = 0; n < 40; n++) alice.send(chatFrame(100 + n, 'x'.repeat(4_000)));
    alice.take();
    alice.answering = false;
    for (let n = 0; n < 60; n++)
      alice.send({ system: { history: { limit: 16 } }, ref: 200 + n, room: 'lobby' });
    const faults = alice.take().flatMap((frame) => systemOf(frame, 'fault') ?? []);
    expect(faults.length).toBeGreaterThan(30);
    expect(faults[0]).toMatchObject({ code: 'BUSY', limit: REQUESTS_WAITING_MAX });
    let busy: Json | undefined;
    for (let n = 0; busy === undefined && n < 5_000; n++) {
      alice.send({ system: { roster_request: {} }, ref: 1_000 + n, room: 'lobby' });
      busy = alice
        .take()
        .map((frame) => systemOf(frame, 'fault'))
        .find((fault) => fault !== undefined);
    }
    expect(busy).toMatchObject({ code: 'BUSY', limit: REQUESTS_WAITING_MAX });
    alice.send({ leave: {}, ref: 300, room: 'lobby' });
    const last = alice.take().map((frame) => systemOf(frame, 'fault')?.['code'] ?? kindOf(frame));
    expect(last.filter((what) => what === 'NOT_A_MEMBER')).toHaveLength(2 * REQUESTS_WAITING_MAX);
    expect(last.at(-1)).toBe('left');
  });

  test('KTG-10.3 the stamp is the end of the payload, in the order of its fields', () => {
    const alice = room();
    alice.send({ system: { history: { limit: 1 } }, ref: 1, room: 'lobby' });
    const { entries } = systemOf(alice.takeOne('page'), 'page') as { entries: Json[] };
    const { seq, time, check, ...body } = entries[0] ?? {};
    const stamp = codec.encode('Frame', { seq: seq ?? 0, time: time ?? 0, check: check ?? 0 });
    const whole = codec.encode('Frame', entries[0] ?? {});
    expect(whole.subarray(whole.length - stamp.length)).toEqual(stamp);
    expect(whole.subarray(0, whole.length - stamp.length)).toEqual(codec.encode('Frame', body));
    expect(body['id']).toBe(idOf(250));
  });
});
