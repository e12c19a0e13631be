// Chapters 1 and 9 of docs/protocol.md on a real Hub: what is promised, and how a Chat gets into the log.
import { describe, expect, test } from 'vitest';
import { APPENDS_IN_FLIGHT_PER_SESSION_MAX, TEXT_BYTES_MAX } from '../../../src/protocol/limits.ts';
import { chatFrame, type Client, idOf, kindOf, Rig, systemOf, textOf } from '../rig.ts';
import type { Json } from '../spec-codec.ts';

/** The entries among what has arrived. */
const entries = (client: Client): Json[] => client.take().filter((frame) => 'seq' in frame);
const texts = (frames: readonly Json[]): unknown[] =>
  frames.flatMap((frame) => (frame['chat'] as Json | undefined)?.['text'] ?? []);
/** Where an entry stands, and which one it is. */
const placeOf = (frame: Json): string => `${Number(frame['seq'])} ${textOf(frame, 'id')}`;
const pingsOf = (frames: readonly Json[]): Json[] =>
  frames.flatMap((frame) => {
    const ping = systemOf(frame, 'ping');
    return ping === undefined ? [] : [ping];
  });
const codes = (frames: readonly Json[]): unknown[] =>
  frames.flatMap((frame) => systemOf(frame, 'fault')?.['code'] ?? []);

describe('the promises', () => {
  test('KTG-1.1 KTG-1.2 everybody receives one order, each a contiguous run', () => {
    const rig = new Rig();
    const readers = ['alice', 'bob', 'citra'].map((name) => ({
      client: rig.member(name),
      run: [] as string[],
    }));
    const collect = (): void => {
      for (const { client, run } of readers) run.push(...entries(client).map((frame) => placeOf(frame)));
    };
    for (const { client } of readers) client.take();
    for (let n = 0; n < 60; n++) {
      rig.log.hold();
      for (const [k, { client }] of readers.entries()) client.send(chatFrame(10 * n + k));
      rig.log.release();
      rig.settle();
      collect();
      if (n % 7 === 0) enterAgain(readers[1]);
    }
    collect();
    // 4 is the first entry behind the last Join.
    const seqs = readers[0]?.run.map((place) => Number.parseInt(place, 10));
    expect(seqs).toEqual(Array.from({ length: 180 }, (_, n) => n + 4));
    expect(readers[1]?.run).toEqual(readers[0]?.run);
    expect(readers[2]?.run).toEqual(readers[0]?.run);
  });

  /** In again where the run has stopped, while another one speaks. */
  function enterAgain(reader?: { readonly client: Client; readonly run: readonly string[] }): void {
    const seq = Number.parseInt(reader?.run.at(-1) ?? '', 10);
    const joined = systemOf(reader?.client.join('lobby') ?? {}, 'joined');
    reader?.client.send({ join: { have: { log_id: textOf(joined, 'log_id'), seq } }, ref: 1, room: 'lobby' });
  }

  test('KTG-1.3 nothing is shown and nothing receipted before it is stored', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    const bob = rig.member('bob');
    alice.take();
    rig.log.hold();
    alice.send(chatFrame(1), { system: { history: {} }, ref: 9, room: 'lobby' });
    expect(alice.take().map(kindOf)).toEqual(['page']);
    expect(bob.take()).toEqual([]);
    rig.log.release();
    rig.settle();
    expect(alice.kinds().toSorted()).toEqual(['chat', 'stored']);
    expect(bob.kinds()).toEqual(['chat']);
  });

  test('KTG-1.3 what was shown and then cannot be stored never was', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    rig.log.hold();
    alice.send(chatFrame(1));
    rig.log.fail('STORAGE_FULL');
    rig.settle();
    expect(alice.kinds()).toEqual(['fault']);
    expect(systemOf(alice.join('lobby', { last: 9 }), 'joined')).toMatchObject({
      newest: 1,
      durability: 'MEMORY',
    });
  });

  test('KTG-1.6 KTG-14.2 one who does not read, or sends nonsense, changes nothing for the others', () => {
    const quiet = new Rig();
    const disturbed = new Rig();
    const seen = [quiet, disturbed].map((rig) => {
      const alice = rig.member('alice');
      const bob = rig.member('bob');
      const mallory = rig.member('mallory');
      const deaf = rig.member('deaf');
      alice.take();
      bob.take();
      if (rig === disturbed) {
        deaf.accepting = false;
        mallory.answering = false;
        mallory.send({ system: { pong: { nonce: '' } } });
      }
      for (let n = 0; n < 200; n++) alice.send(chatFrame(n, 'x'.repeat(3_000)));
      return bob.take();
    });
    expect(seen[0]?.filter((frame) => 'seq' in frame)).toHaveLength(200);
    const chats = seen.map((frames) =>
      frames.filter((frame) => 'chat' in frame).map(({ seq, id }) => ({ seq, id })),
    );
    expect(chats[1]).toEqual(chats[0]);
  });

  test('KTG-2.5 a Stored waits for nothing but the storage', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    // No time passes in this test.
    alice.send(chatFrame(1));
    expect(alice.kinds()).toContain('stored');
  });
});

describe('a Chat', () => {
  test('KTG-9.1 any 16 bytes are an id, and nothing is read into them', () => {
    const alice = new Rig().member('alice');
    const ids = ['00'.repeat(16), 'ff'.repeat(16), idOf(5), idOf(4)];
    for (const id of ids) alice.send({ chat: { text: 'halo' }, room: 'lobby', id });
    expect(entries(alice).map(({ id }) => id)).toEqual(ids);
  });

  test('KTG-9.2 a text of 16384 bytes is taken, one more byte is too long', () => {
    const alice = new Rig().member('alice');
    const text = `${'é'.repeat(TEXT_BYTES_MAX / 2 - 1)}xx`;
    alice.send(chatFrame(1, text));
    expect(texts(entries(alice))).toEqual([text]);
    alice.send(chatFrame(2, `${text}x`));
    expect(alice.fault()).toMatchObject({ code: 'TEXT_TOO_LONG', limit: TEXT_BYTES_MAX, ref: 2 });
  });

  test('KTG-9.4 KTG-9.5 the entry is what was sent, the author and the stamp', () => {
    const alice = new Rig().member('alice');
    alice.send({ ...chatFrame(7, 'halo'), chat: { text: 'halo', reply_to: 99 } });
    const [entry = {}] = entries(alice);
    expect(Object.keys(entry).toSorted()).toEqual(['author', 'chat', 'check', 'id', 'room', 'seq', 'time']);
    expect(entry).toMatchObject({ chat: { text: 'halo', reply_to: 99 }, room: 'lobby', id: idOf(7), seq: 2 });
  });

  test('KTG-9.6 the receipt comes also to one who is far behind, or who does not read', () => {
    const rig = new Rig();
    const bob = rig.member('bob');
    for (let n = 0; n < 100; n++) bob.send(chatFrame(n, 'x'.repeat(3_000)));
    const alice = rig.enter('alice');
    alice.answering = false;
    alice.join('lobby', { last: 1_000 });
    expect(rig.hub.status().rooms[0]?.lag).toBeGreaterThan(50);
    alice.send(chatFrame(500));
    expect(alice.takeOne('stored')).toMatchObject({
      ref: 500,
      id: idOf(500),
      system: { stored: { seq: 103 } },
    });
    const sender = rig.enter('siaran');
    sender.join('lobby', { mode: 'SEND_ONLY' });
    sender.send(chatFrame(501));
    expect(sender.kinds()).toEqual(['stored']);
  });

  test('KTG-9.7 the own copy carries the id that the client chose', () => {
    const alice = new Rig().member('alice');
    alice.send({ chat: { text: 'halo' }, room: 'lobby', id: idOf(3) });
    expect(alice.take()).toMatchObject([{ id: idOf(3), seq: 2 }]);
  });

  test('KTG-1.5 KTG-9.8 sent again it is answered as it was, and written once', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    const bob = rig.member('bob');
    bob.take();
    alice.send(chatFrame(1));
    const [stored] = alice.take().flatMap((frame) => systemOf(frame, 'stored') ?? []);
    rig.advance(1_000);
    alice.send({ ...chatFrame(1), ref: 2 });
    expect(alice.take()).toMatchObject([
      { ref: 2, id: idOf(1), system: { stored: { ...(stored as Json), duplicate: true } } },
    ]);
    const second = rig.enter('alice', { beside: true });
    second.join('lobby');
    second.send({ ...chatFrame(1), ref: 3 });
    expect(second.take()).toMatchObject([{ ref: 3, system: { stored: { seq: 3, duplicate: true } } }]);
    expect(texts(entries(bob))).toEqual(['line 1']);
  });

  test('KTG-9.8 also while the first one waits for storage, and after a leave and a return', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    alice.take();
    rig.log.hold();
    alice.send({ ...chatFrame(1), ref: 1 }, { ...chatFrame(1), ref: 2 });
    expect(alice.take()).toEqual([]);
    rig.log.release();
    rig.settle();
    const answers = alice.take();
    expect(answers.flatMap((frame) => systemOf(frame, 'stored') ?? [])).toMatchObject([
      { seq: 2 },
      { seq: 2, duplicate: true },
    ]);
    expect(answers.filter((frame) => 'seq' in frame)).toHaveLength(1);
    alice.send({ leave: {}, ref: 3, room: 'lobby' });
    alice.join('lobby');
    alice.send({ ...chatFrame(1), ref: 4 });
    expect(alice.take()).toMatchObject([{ ref: 4, system: { stored: { seq: 2, duplicate: true } } }]);
  });

  test('KTG-9.9 the id of another entry is refused with its place', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    const bob = rig.member('bob');
    alice.send(chatFrame(1));
    alice.take();
    bob.send(chatFrame(1));
    expect(bob.fault()).toMatchObject({ code: 'ID_REUSED', seq: 3, ref: 1 });
    alice.send(chatFrame(1, 'other words'));
    expect(alice.fault()).toMatchObject({ code: 'ID_REUSED', seq: 3 });
    alice.send({ ...chatFrame(1), chat: { text: 'line 1', reply_to: 2 } });
    expect(alice.fault()).toMatchObject({ code: 'ID_REUSED', seq: 3 });
    alice.join('lobby', { last: 3 });
    const [join] = systemlessJoins(rig);
    alice.send({ chat: { text: 'x' }, ref: 9, room: 'lobby', id: join ?? '' });
    expect(alice.fault()).toMatchObject({ code: 'ID_REUSED', seq: 1 });
    alice.join('kelas-7');
    alice.send(chatFrame(1, 'line 1', 'kelas-7'));
    expect(alice.kinds()).toContain('stored');
  });

  function systemlessJoins(rig: Rig): string[] {
    const reader = rig.enter('pembaca');
    reader.send({ join: { mode: 'QUIET', last: 100 }, ref: 1, room: 'lobby' });
    return reader.take().flatMap((frame) => ('join' in frame ? [textOf(frame, 'id')] : []));
  }
});

describe('a refusal stops the line', () => {
  /** A session whose first three Chats have failed together; its Pings are not answered. */
  function refused(): { rig: Rig; alice: Client; ping: Json } {
    const rig = new Rig();
    const alice = rig.member('alice');
    alice.take();
    alice.answering = false;
    rig.log.hold();
    alice.send(chatFrame(1), chatFrame(2));
    rig.log.fail('STORAGE_FULL');
    rig.settle();
    const frames = alice.take();
    expect(codes(frames)).toEqual(['STORAGE_FULL', 'STORAGE_FULL']);
    expect(frames.map(kindOf)).toEqual(['fault', 'fault', 'ping']);
    return { rig, alice, ping: systemOf(frames[2] ?? {}, 'ping') ?? {} };
  }

  test('KTG-9.11 later Chats of that room are OUT_OF_LINE until the Ping behind the fault is answered', () => {
    const { alice, ping } = refused();
    alice.send(chatFrame(3), chatFrame(4));
    expect(alice.take()).toMatchObject([
      { ref: 3, id: idOf(3), system: { fault: { code: 'OUT_OF_LINE' } } },
      { ref: 4, id: idOf(4), system: { fault: { code: 'OUT_OF_LINE' } } },
    ]);
    alice.join('kelas-7');
    alice.send(chatFrame(5, 'elsewhere', 'kelas-7'));
    expect(alice.kinds()).toContain('stored');
    alice.send({ system: { pong: ping } }, chatFrame(1), chatFrame(2), chatFrame(3), chatFrame(4));
    expect(texts(entries(alice))).toEqual(['line 1', 'line 2', 'line 3', 'line 4']);
  });

  test('KTG-1.4 KTG-9.12 a client that sends again what was refused keeps its order, whatever fails', () => {
    const rig = new Rig({ rate: 0 });
    const bob = rig.member('bob');
    const alice = rig.member('alice');
    bob.take();
    alice.take();
    let seed = 7;
    const chance = (): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % 4;
    };
    let unanswered = Array.from({ length: 60 }, (_, n) => n + 1);
    for (let round = 0; unanswered.length > 0; round++) {
      expect(round).toBeLessThan(1_000);
      rig.log.hold();
      for (const n of unanswered) alice.send(chatFrame(n));
      if (chance() > 0) rig.log.fail('STORAGE_READ_ONLY');
      else rig.log.release();
      rig.settle();
      const stored = new Set(
        alice.take().flatMap((frame) => (systemOf(frame, 'stored') ? [frame['ref']] : [])),
      );
      unanswered = unanswered.filter((n) => !stored.has(n));
    }
    expect(texts(entries(bob))).toEqual(Array.from({ length: 60 }, (_, n) => `line ${n + 1}`));
  });

  test('KTG-9.11 KTG-9.12 a further fault makes the stop longer: until a Ping behind that one is answered', () => {
    const rig = new Rig({ rate: 10, burst: 10 });
    const alice = rig.member('alice');
    alice.take();
    for (let n = 1; n <= 200; n++) alice.send(chatFrame(n));
    rig.advance(12_000);
    alice.take();
    alice.answering = false;
    // Some are under way, and what is behind them has waited too long before anybody knows what becomes of those.
    rig.log.hold();
    rig.advance(2_500);
    const first = alice.take();
    expect(codes(first)).toContain('RATE_LIMITED');
    const before = pingsOf(first);
    rig.log.fail('STORAGE_FULL');
    rig.settle();
    const second = alice.take();
    expect(codes(second)).toContain('STORAGE_FULL');
    expect(kindOf(second.at(-1) ?? {})).toBe('ping');
    for (const ping of before) alice.send({ system: { pong: ping } });
    alice.send(chatFrame(901));
    expect(codes(alice.take())).toEqual(['OUT_OF_LINE']);
    for (const ping of pingsOf(second)) alice.send({ system: { pong: ping } });
    alice.send(chatFrame(902));
    expect(alice.kinds()).toEqual(['stored', 'chat']);
  });

  test('KTG-9.13 what waits behind a failure fails with it', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    const bob = rig.member('bob');
    rig.log.hold();
    alice.send(chatFrame(1));
    bob.send(chatFrame(2));
    rig.log.fail('STORAGE_FULL');
    rig.settle();
    expect(codes(alice.take())).toEqual(['STORAGE_FULL']);
    expect(codes(bob.take())).toEqual(['STORAGE_FULL']);
  });

  test('KTG-9.14 KTG-12.2 64 Chats may be unanswered; further ones wait and are not refused', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    rig.log.hold();
    for (let n = 1; n <= 200; n++) alice.send(chatFrame(n));
    expect(rig.log.heldAppends).toBe(APPENDS_IN_FLIGHT_PER_SESSION_MAX);
    rig.log.release();
    rig.settle();
    const frames = alice.take();
    expect(codes(frames)).toEqual([]);
    expect(texts(frames)).toEqual(Array.from({ length: 200 }, (_, n) => `line ${n + 1}`));
  });

  test('KTG-12.2 a refused Chat, Join or Leave leaves no trace', () => {
    const { rig, alice, ping } = refused();
    alice.send({ system: { pong: ping } });
    rig.log.hold();
    alice.send({ leave: {}, ref: 5, room: 'lobby' });
    rig.log.fail('STORAGE_FULL');
    rig.settle();
    expect(alice.fault()).toMatchObject({ code: 'STORAGE_FULL', ref: 5 });
    alice.send(chatFrame(6));
    expect(alice.kinds()).toContain('stored');
    const bob = rig.enter('bob');
    rig.log.hold();
    bob.send({ join: {}, ref: 7, room: 'lobby' });
    rig.log.fail('STORAGE_FULL');
    rig.settle();
    expect(bob.fault()).toMatchObject({ code: 'STORAGE_FULL', ref: 7 });
    bob.send(chatFrame(8));
    expect(bob.fault().code).toBe('NOT_A_MEMBER');
    expect(systemOf(alice.join('lobby'), 'joined')).toMatchObject({ newest: 2 });
  });
});
