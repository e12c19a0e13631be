// What docs/protocol.md asks of a client, on the client library of this repository.
import { describe, expect, test } from 'vitest';
import { safeText } from '../../../clients/cli/safe-text.ts';
import { realRandom } from '../../../clients/sdk/index.ts';
import { FaultCode, Reason } from '../../../src/protocol/index.ts';
import { codec, kindOf, secretOf, systemOf, textOf, TIME, userOf } from '../rig.ts';
import { fromHex, type Json, toHex } from '../spec-codec.ts';
import { entry, LOG, Stage } from './stage.ts';

/** Lets promises settle. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function faultOf(code: string | number, rest: Json = {}, fault: Json = {}): Json {
  return { system: { fault: { code, ...fault } }, ...rest };
}

describe('a client reads', () => {
  test('KTG-3.8 no frame of length 0 or more than 65536 bytes', () => {
    for (const length of [
      [0, 0, 0, 0],
      [0, 1, 0, 1],
    ]) {
      const stage = new Stage();
      stage.welcome();
      stage.line.listener.onData(Uint8Array.from(length));
      expect(stage.line.fate).not.toBe('open');
      expect(stage.client.state.at).toBe('waiting');
    }
  });

  test('KTG-4.11 KTG-4.13 past kinds and fields that it does not know', async () => {
    const stage = new Stage();
    const room = await stage.inLobby();
    stage.line.say(entry(1));
    // Entry 2 is of a kind of tomorrow: field 5 of Frame; entry 3 a System of tomorrow, number 69.
    const rest = (seq: number): string => {
      const { chat: _chat, ...envelope } = entry(seq);
      return toHex(codec.encode('Frame', envelope));
    };
    stage.line.sayPayload(`2a00${rest(2)}`);
    stage.line.sayPayload(`2203aa0400${rest(3)}`);
    // Not an entry, and a kind of tomorrow, with a ref of nobody.
    stage.line.sayPayload('2203ba1f00404d');
    stage.line.sayPayload(`${toHex(codec.encode('Frame', entry(4)))}fa0f03010203`);
    expect(stage.told.slice(1)).toEqual([
      'entry 1 chat',
      'entry 2 unknown',
      'entry 3 unknown',
      'entry 4 chat',
    ]);
    expect(room.position.seq).toBe(4);
    expect(stage.line.fate).toBe('open');
  });

  test('KTG-4.17 past an entry that it cannot decode', async () => {
    const stage = new Stage();
    const room = await stage.inLobby();
    const bad = toHex(codec.encode('Frame', entry(1))).replace('6c696e652031', '6c696e6520ff');
    stage.line.sayPayload(bad);
    stage.line.say(entry(2));
    expect(room.position.seq).toBe(2);
    expect(stage.told.at(-1)).toBe('entry 2 chat');
    expect(stage.line.fate).toBe('open');
  });

  test('KTG-4.18 and shows no character that could do anything but be seen', () => {
    const hostile = [
      ...Array.from({ length: 32 }, (_, n) => n),
      ...Array.from({ length: 33 }, (_, n) => 0x7f + n),
      0x2028,
      0x2029,
      ...Array.from({ length: 5 }, (_, n) => 0x202a + n),
      ...Array.from({ length: 4 }, (_, n) => 0x2066 + n),
    ];
    for (const code of hostile) {
      const shown = safeText(`a${String.fromCodePoint(code)}b`);
      expect(shown.startsWith('a')).toBe(true);
      expect(shown).not.toContain(String.fromCodePoint(code));
    }
  });

  test('KTG-5.9 nothing after a closing fault, and closes', async () => {
    const stage = new Stage();
    await stage.inLobby();
    stage.line.say(faultOf('SLOW_READER'), entry(1));
    expect(stage.line.fate).toBe('ended');
    expect(stage.told).not.toContain('entry 1 chat');
    expect(stage.client.state).toMatchObject({ at: 'waiting', cause: { code: 3001 } });
  });

  test('KTG-5.11 also while its own bytes wait for the network', async () => {
    const stage = new Stage();
    const room = await stage.inLobby();
    stage.line.bufferedBytes = 10_000_000;
    void room.send('halo').catch(() => undefined);
    stage.line.take();
    stage.line.say(entry(1), { system: { ping: { nonce: '0102030405060708' } } });
    expect(stage.told).toContain('entry 1 chat');
    expect(stage.line.take()).toContainEqual({ system: { pong: { nonce: '0102030405060708' } } });
  });

  test('KTG-10.4 KTG-10.13 and moves its position by entries, Joined and Gap alone', async () => {
    const stage = new Stage();
    const room = await stage.inLobby(5);
    expect(room.position.seq).toBe(4);
    stage.line.say(entry(5));
    expect(room.position).toMatchObject({ seq: 5, check: 1_005 });
    const reading = room.history({ before: 5 });
    const { ref } = stage.line.take()[0] as { ref: number };
    stage.line.say({ system: { page: { entries: [entry(1), entry(2)], oldest: 1 } }, ref, room: 'lobby' });
    expect((await reading).entries.map(({ seq }) => seq)).toEqual([1, 2]);
    stage.line.say(
      { system: { presence: { user: userOf('bob'), state: 'HERE' } }, room: 'lobby' },
      { system: { roster: { as_of: 9, last: true } }, room: 'lobby' },
    );
    expect(room.position).toMatchObject({ seq: 5, check: 1_005 });
    stage.line.say({ system: { gap: { next: 20 } }, room: 'lobby' });
    expect(room.position).toMatchObject({ seq: 19, check: 0 });
    stage.line.say({ system: { roster: { as_of: 19, last: true } }, room: 'lobby' }, entry(20));
    expect(room.position).toMatchObject({ seq: 20, check: 1_020 });
    expect(stage.told.slice(1)).toEqual(['entry 5 chat', 'gap 20', 'entry 20 chat']);
  });

  test('KTG-10.5 KTG-10.6 no entry that is not the next one: it enters again with its position', async () => {
    const stage = new Stage();
    await stage.inLobby();
    stage.line.say(entry(1), entry(3));
    expect(stage.told).not.toContain('entry 3 chat');
    stage.clock.advance(60_000);
    stage.welcome();
    expect(stage.line.take().find((frame) => 'join' in frame)).toMatchObject({
      join: { have: { log_id: LOG, seq: 1, check: 1_001 } },
      room: 'lobby',
    });
  });

  test('KTG-8.6 nothing of a room between its Join and the Joined', async () => {
    const stage = new Stage();
    stage.welcome();
    const joining = stage.client.join('lobby', { have: { logId: fromHex(LOG), seq: 5, check: 1_005 } });
    const bob = { name: 'bob', user: userOf('bob'), mark: 'GUEST' };
    stage.line.say(
      entry(3),
      { system: { gap: { next: 90 } }, room: 'lobby' },
      { system: { roster: { as_of: 80, members: [bob], last: true } }, room: 'lobby' },
    );
    stage.joined({ status: 'COMPLETE', first: 6, newest: 6 });
    const room = await joining;
    stage.line.say(entry(6));
    expect(stage.told.slice(1)).toEqual(['entry 6 chat']);
    expect([...room.members.values()].map(({ name }) => name)).toEqual(['alice']);
  });

  test('KTG-8.13 that a room has ended, and does not come back to it', async () => {
    const stage = new Stage();
    await stage.inLobby();
    const left: string[] = [];
    stage.client.on('left', ({ room }) => left.push(room));
    stage.line.say({ system: { left: { reason: 'ENDED' } }, room: 'lobby' });
    expect(left).toEqual(['lobby']);
    stage.line.drop();
    stage.clock.advance(60_000);
    stage.welcome();
    expect(stage.line.take()).toEqual([]);
  });

  test('KTG-8.15 and folds only what is newer than the roster', async () => {
    const stage = new Stage();
    const room = await stage.inLobby();
    const bob = { name: 'bob', user: userOf('bob'), mark: 'GUEST' };
    const citra = { name: 'citra', user: userOf('citra'), mark: 'GUEST' };
    const names = (): string[] => [...room.members.values()].map(({ name }) => name);
    stage.line.say({ system: { roster: { as_of: 4, members: [bob], last: true } }, room: 'lobby' });
    // Entries 1 to 4 are in the roster already: citra came and went, bob went and came back.
    stage.line.say(
      entry(1, { chat: undefined as never, join: {}, author: citra }),
      entry(2, { chat: undefined as never, leave: { reason: 'LEFT' }, author: bob }),
      entry(3, { chat: undefined as never, leave: { reason: 'LEFT' }, author: citra }),
      entry(4, { chat: undefined as never, join: {}, author: bob }),
    );
    expect(names()).toEqual(['bob']);
    stage.line.say(entry(5, { chat: undefined as never, join: {}, author: citra }));
    expect(names()).toEqual(['bob', 'citra']);
    stage.line.say(entry(6, { chat: undefined as never, leave: { reason: 'LOST' }, author: bob }));
    expect(names()).toEqual(['citra']);
  });

  test('KTG-13.6 in the order of seq, whatever the times say', async () => {
    const stage = new Stage();
    await stage.inLobby();
    stage.line.say(entry(1, { time: TIME }), entry(2, { time: 5 }), entry(3, { time: TIME - 1 }));
    expect(stage.told.slice(1)).toEqual(['entry 1 chat', 'entry 2 chat', 'entry 3 chat']);
  });
});

describe('a client sends', () => {
  test('KTG-7.10 a secret of 32 unpredictable bytes, the same after a reconnect', async () => {
    const secrets = Array.from({ length: 100 }, () => toHex(realRandom(32)));
    expect(new Set(secrets).size).toBe(100);
    const stage = new Stage();
    void stage.client.connect().catch(() => undefined);
    const first = stage.line.take()[0];
    expect(systemOf(first ?? {}, 'hello')).toMatchObject({ name: 'alice', secret: secretOf('alice') });
    stage.line.drop();
    stage.clock.advance(1_000);
    expect(stage.lines).toHaveLength(2);
    expect(stage.line.take()[0]).toEqual(first);
  });

  test('KTG-9.10 KTG-13.5 again, after a reconnect, what has no answer: same ids, same order, behind its Joins', async () => {
    const stage = new Stage();
    const room = await stage.inLobby();
    const receipts = ['satu', 'dua', 'tiga'].map((text) => room.send(text));
    const before = stage.line.take();
    expect(before.map(kindOf)).toEqual(['chat', 'chat', 'chat']);
    stage.line.say({
      system: { stored: { seq: 1, time: TIME } },
      ref: Number(before[0]?.['ref']),
      room: 'lobby',
      id: textOf(before[0], 'id'),
    });
    expect(await receipts[0]).toMatchObject({ seq: 1, duplicate: false });
    stage.line.drop();
    stage.clock.advance(60_000);
    stage.welcome();
    expect(stage.joined({ status: 'COMPLETE', first: 1, newest: 1 })).toMatchObject({
      join: { have: { log_id: LOG } },
    });
    const again = stage.line.take();
    expect(again.map(({ chat, id }) => ({ chat, id }))).toEqual(
      before.slice(1).map(({ chat, id }) => ({ chat, id })),
    );
    for (const [n, chat] of again.entries()) {
      stage.line.say({
        system: { stored: { seq: 2 + n, time: TIME, duplicate: n === 0 } },
        ref: Number(chat['ref']),
        room: 'lobby',
        id: textOf(chat, 'id'),
      });
    }
    expect(await receipts[1]).toMatchObject({ seq: 2, duplicate: true });
    expect(await receipts[2]).toMatchObject({ seq: 3, duplicate: false });
  });

  test('KTG-9.7 nothing again of which it has seen its own copy', async () => {
    const stage = new Stage();
    const room = await stage.inLobby();
    const receipt = room.send('halo');
    const [chat] = stage.line.take();
    stage.line.say(entry(1, { id: textOf(chat, 'id'), author: { name: 'alice', user: userOf('alice') } }));
    expect(await receipt).toMatchObject({ seq: 1 });
    stage.line.drop();
    stage.clock.advance(60_000);
    stage.welcome();
    stage.joined({ status: 'COMPLETE', first: 2, newest: 1 });
    expect(stage.line.take()).toEqual([]);
  });

  test('KTG-10.19 nothing again that was stored, and erased before it could see it', async () => {
    const stage = new Stage();
    const room = await stage.inLobby();
    let stored = 0;
    void room.send('halo').then(({ seq }) => {
      stored = seq;
    });
    const [chat] = stage.line.take();
    stage.line.drop();
    stage.clock.advance(60_000);
    stage.welcome();
    stage.joined({ status: 'COMPLETE', first: 1, newest: 2 });
    stage.line.take();
    const { chat: _chat, author: _author, ...place } = entry(1, { id: textOf(chat, 'id') });
    stage.line.say({ ...place, system: { removed: {} } });
    await settle();
    expect(stored).toBe(1);
    const { chat: _said, author: _who, ...next } = entry(2);
    stage.line.say({ ...next, system: { removal: { of: 1 } } });
    expect(stage.told.slice(-2)).toEqual(['entry 1 removed', 'entry 2 removal']);
    expect(room.position.seq).toBe(2);
  });

  test('KTG-8.25 of a room whose log is damaged: why, to everything that waits', async () => {
    const stage = new Stage();
    const room = await stage.inLobby();
    const left: unknown[] = [];
    stage.client.on('left', ({ reason, cause }) => left.push([reason, cause?.code]));
    const answers = [room.send('halo'), room.history()].map((answer) =>
      answer.then(
        () => 'done',
        (error: { code: number }) => error.code,
      ),
    );
    const leaving = room.leave();
    stage.line.say({ system: { left: { reason: 'QUARANTINED' } }, room: 'lobby' });
    expect(await Promise.all(answers)).toEqual([FaultCode.ROOM_QUARANTINED, FaultCode.ROOM_QUARANTINED]);
    await leaving;
    expect(left).toEqual([[Reason.QUARANTINED, FaultCode.ROOM_QUARANTINED]]);
    // It does not come back by itself.
    stage.line.drop();
    stage.clock.advance(60_000);
    stage.welcome();
    expect(stage.line.take().filter((frame) => 'join' in frame)).toEqual([]);
  });

  test('KTG-9.12 again, in the old order, everything from a refusal for now on, after the Ping and the time', async () => {
    const stage = new Stage();
    const room = await stage.inLobby();
    for (const text of ['satu', 'dua', 'tiga']) void room.send(text).catch(() => undefined);
    const first = stage.line.take();
    stage.line.say(
      faultOf('STORAGE_FULL', { ref: Number(first[0]?.['ref']), room: 'lobby' }, { retry_after_ms: 5_000 }),
      faultOf('OUT_OF_LINE', { ref: Number(first[1]?.['ref']), room: 'lobby' }),
      faultOf('OUT_OF_LINE', { ref: Number(first[2]?.['ref']), room: 'lobby' }),
    );
    void room.send('empat').catch(() => undefined);
    stage.clock.advance(6_000);
    expect(stage.line.take()).toEqual([]);
    stage.line.say({ system: { ping: { nonce: '0102030405060708' } } });
    const [pong, ...again] = stage.line.take();
    expect(kindOf(pong ?? {})).toBe('pong');
    expect(again.map(({ chat }) => (chat as Json)['text'])).toEqual(['satu', 'dua', 'tiga', 'empat']);
    expect(again.slice(0, 3).map(({ id }) => id)).toEqual(first.map(({ id }) => id));
  });

  test('KTG-9.12 again, after each stop anew; an OUT_OF_LINE starts none and makes none longer', async () => {
    const stage = new Stage();
    const room = await stage.inLobby();
    for (const text of ['satu', 'dua']) void room.send(text).catch(() => undefined);
    const refuse = (chats: readonly Json[], ms: number): void => {
      const [ref, next] = chats.map((chat) => Number(chat['ref']));
      stage.line.say(
        faultOf('STORAGE_FULL', { ref: ref ?? 0, room: 'lobby' }, { retry_after_ms: ms }),
        { system: { ping: { nonce: '0102030405060708' } } },
        faultOf('OUT_OF_LINE', { ref: next ?? 0, room: 'lobby' }),
      );
      expect(stage.line.take().map(kindOf)).toEqual(['pong']);
    };
    const first = stage.line.take();
    refuse(first, 1_000);
    stage.clock.advance(1_000);
    const second = stage.line.take();
    refuse(second, 4_000);
    // Of the first attempt, and late.
    stage.line.say(faultOf('OUT_OF_LINE', { ref: Number(first[1]?.['ref']), room: 'lobby' }));
    stage.clock.advance(3_999);
    expect(stage.line.take()).toEqual([]);
    stage.clock.advance(1);
    const third = stage.line.take();
    expect(third.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    const refs = [...first, ...second, ...third].map(({ ref }) => ref);
    expect(new Set(refs).size).toBe(6);
    stage.line.say(faultOf('OUT_OF_LINE', { ref: Number(second[1]?.['ref']), room: 'lobby' }));
    void room.send('tiga').catch(() => undefined);
    expect(stage.line.take().map(kindOf)).toEqual(['chat']);
  });

  test('KTG-12.6 a Join again that was refused for now', async () => {
    const stage = new Stage();
    stage.welcome();
    const joining = stage.client.join('lobby');
    const [join] = stage.line.take();
    stage.line.say(faultOf('STORAGE_FULL', { ref: Number(join?.['ref']), room: 'lobby' }));
    stage.clock.advance(999);
    expect(stage.line.take()).toEqual([]);
    stage.clock.advance(1);
    stage.joined({ status: 'FRESH', first: 1, newest: 0 });
    expect((await joining).room).toBe('lobby');
  });

  test('KTG-5.12 nothing after its own end, not even a Pong', async () => {
    const stage = new Stage();
    await stage.inLobby();
    stage.line.take();
    void stage.client.close();
    expect(stage.line.fate).toBe('ended');
    stage.line.say(entry(1), { system: { ping: { nonce: '0102030405060708' } } });
    expect(stage.line.take()).toEqual([]);
  });

  test('KTG-5.13 no two unanswered requests with one ref', async () => {
    const stage = new Stage();
    const room = await stage.inLobby();
    for (const text of ['satu', 'dua']) void room.send(text).catch(() => undefined);
    void room.history().catch(() => undefined);
    void stage.client.rooms().catch(() => undefined);
    const refs = stage.line.take().map(({ ref }) => ref);
    expect(refs).toHaveLength(4);
    expect(new Set(refs).size).toBe(4);
    expect(refs).not.toContain(0);
  });

  test('KTG-9.15 again what the log can still know, though the client skipped over it', async () => {
    const stage = new Stage();
    const room = await stage.inLobby(10);
    void room.send('halo').catch(() => undefined);
    const [chat] = stage.line.take();
    stage.line.drop();
    stage.clock.advance(60_000);
    stage.welcome();
    stage.joined({ status: 'SKIPPED', first: 50, newest: 60, oldest: 10 });
    expect(stage.line.take().map(({ id }) => id)).toEqual([chat?.['id']]);
  });

  test('KTG-9.15 nothing again by itself into another log, or over a hole in which it may stand', async () => {
    for (const joined of [
      { status: 'NEW_LOG', log_id: 'bb'.repeat(16), first: 1, newest: 0 },
      { status: 'TRUNCATED', first: 50, newest: 60, oldest: 50 },
    ]) {
      const stage = new Stage();
      const room = await stage.inLobby(10);
      const receipt = room.send('halo');
      const refused = receipt.then(
        () => 'stored',
        (error: { reason: string }) => error.reason,
      );
      stage.line.drop();
      stage.clock.advance(60_000);
      stage.welcome();
      stage.joined(joined);
      expect(stage.line.take()).toEqual([]);
      expect(await refused).toMatch(/^log-/);
    }
  });

  test('KTG-11.4 a Pong for each Ping, in order, and only when it has finished with all before it', async () => {
    const stage = new Stage();
    await stage.inLobby();
    stage.line.take();
    stage.client.pause();
    stage.line.say(entry(1), { system: { ping: { nonce: '0100000000000000' } } }, entry(2), {
      system: { ping: { nonce: '0200000000000000' } },
    });
    expect(stage.line.take()).toEqual([]);
    stage.client.resume();
    expect(stage.told.slice(1)).toEqual(['entry 1 chat', 'entry 2 chat']);
    expect(stage.line.take()).toEqual([
      { system: { pong: { nonce: '0100000000000000' } } },
      { system: { pong: { nonce: '0200000000000000' } } },
    ]);
  });
});

describe('a client acts', () => {
  test('KTG-12.1 KTG-12.3 by the class of a fault, known or not, and never by its text', () => {
    const text = 'please reconnect at once';
    const after = (code: number): string => {
      const stage = new Stage();
      stage.welcome();
      stage.line.say(faultOf(code, {}, { text }));
      return `${stage.client.state.at} ${stage.line.fate}`;
    };
    for (const code of [1008, 1999, 2004, 2999]) expect([code, after(code)]).toEqual([code, 'open open']);
    for (const code of [3001, 3999]) expect([code, after(code)]).toEqual([code, 'waiting ended']);
    for (const code of [4008, 4999, 5000, 9999, 7])
      expect([code, after(code)]).toEqual([code, 'closed ended']);
  });

  test('KTG-13.2 on silence: nothing for two intervals, and the connection is dead', () => {
    const stage = new Stage();
    stage.welcome({ ping_interval_ms: 10_000 });
    stage.clock.advance(19_000);
    stage.line.say({ system: { ping: { nonce: '0102030405060708' } } });
    stage.clock.advance(19_000);
    expect(stage.client.state.at).toBe('open');
    stage.clock.advance(1_500);
    expect(stage.client.state.at).toBe('waiting');
    expect(stage.line.fate).not.toBe('open');
    const mute = new Stage();
    void mute.client.connect().catch(() => undefined);
    mute.clock.advance(15_100);
    expect(mute.client.state.at).toBe('waiting');
  });

  test('KTG-13.4 with patience: a random wait that doubles, up to a bound, and never less than it was told', () => {
    let random = 0;
    const stage = new Stage({ random: (length) => new Uint8Array(length).fill(random) });
    void stage.client.connect().catch(() => undefined);
    const waits: number[] = [];
    for (let n = 0; n < 12; n++) {
      random = n % 2 === 0 ? 0xff : 0x80;
      stage.line.drop();
      const { state } = stage.client;
      if (state.at !== 'waiting') throw new Error(state.at);
      waits.push(state.retryInMs);
      stage.clock.advance(state.retryInMs);
    }
    expect(waits[0]).toBeLessThanOrEqual(1_000);
    expect(waits[2]).toBeLessThanOrEqual(4_000);
    expect(waits[2]).toBeGreaterThan(2_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
    expect(waits[11]).toBeLessThan(waits[10] ?? 0);
    random = 0;
    stage.welcome();
    stage.line.say(faultOf('SERVER_BUSY', {}, { retry_after_ms: 7_000 }));
    expect(stage.client.state).toMatchObject({ at: 'waiting', retryInMs: 7_000 });
    // A session that lasted makes the waits small again.
    random = 0xff;
    stage.clock.advance(7_000);
    stage.welcome({ ping_interval_ms: 60_000 });
    stage.clock.advance(31_000);
    stage.line.drop();
    expect(stage.client.state).toMatchObject({ at: 'waiting', retryInMs: 1_000 });
  });

  test('KTG-6.8 tells that private rooms are logged: the application can see it', () => {
    const stage = new Stage();
    stage.welcome({ logs_private: true });
    expect(stage.client.state).toMatchObject({ at: 'open', welcome: { logsPrivate: true } });
  });

  test('KTG-7.7 a client that was REPLACED does not come back by itself', async () => {
    const stage = new Stage();
    await stage.inLobby();
    stage.line.say(faultOf('REPLACED'));
    stage.clock.advance(600_000);
    await settle();
    expect(stage.lines).toHaveLength(1);
    expect(stage.client.state).toMatchObject({ at: 'closed', cause: { code: 4008 } });
  });
});
