import { describe, expect, test } from 'vitest';
import type { Receipt } from '../../../clients/sdk/index.ts';
import { FaultCode, type Frame, limits, Mode, Status } from '../../../src/protocol/index.ts';
import {
  ALICE,
  BOB,
  chat,
  fault,
  idOf,
  joined,
  kindsOf,
  LOG_A,
  LOG_B,
  look,
  ping,
  refusal,
  settle,
  Stage,
  stored,
  textOf,
  textsOf,
} from './stage.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('send', () => {
  test('resolves by Stored, with the position (KTG-9.6)', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const sent = look(view.send('halo', { replyTo: 7 }));
    const [request] = stage.peer.news() as [Frame];
    expect(request).toMatchObject({
      room: 'lobby',
      kind: { value: { content: { value: 'halo' }, replyTo: 7 } },
    });
    expect(request.id.length).toBe(16);
    expect(view.unacknowledged).toBe(1);
    stage.peer.say(stored(request, 5));
    await settle();
    expect(sent.value).toEqual({ room: 'lobby', id: request.id, seq: 5, time: 1_005, duplicate: false });
    expect(view.unacknowledged).toBe(0);
  });

  test('resolves by the own copy, and the Stored behind it says nothing new (KTG-9.7)', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const sent = look(view.send('halo'));
    const [request] = stage.peer.news() as [Frame];
    stage.peer.say(chat('lobby', 1, 'halo', ALICE, request.id));
    await settle();
    expect(sent.value).toMatchObject({ seq: 1, duplicate: false });
    stage.peer.say(stored(request, 1, true));
    expect(stage.client.state.at).toBe('open');
  });

  test('does not take another one’s entry for its own', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const sent = look(view.send('halo', { id: idOf(9) }));
    stage.peer.say(chat('lobby', 1, 'halo', BOB, idOf(9)));
    await settle();
    expect(sent.pending).toBe(true);
  });

  test('says the id that it is given, and the same again for the same (KTG-9.10)', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const sent = [
      look(view.send('halo', { id: idOf(9) })),
      look(view.send('halo', { id: idOf(9) })),
      look(view.send('other', { id: idOf(9) })),
    ];
    const requests = stage.peer.news();
    expect(requests.map(({ id }) => hex(id))).toEqual([hex(idOf(9))]);
    stage.peer.say(stored(requests[0] as Frame, 5));
    await settle();
    expect(sent.map(({ value }) => value?.duplicate)).toEqual([false, true, undefined]);
    expect(sent[2]?.error).toMatchObject({ code: FaultCode.ID_REUSED });
  });

  test('keeps its id whatever becomes of the bytes that it was given', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const id = idOf(9);
    const sent = look(view.send('halo', { id }));
    id.fill(0);
    stage.reconnect();
    stage.admit('lobby', { status: Status.COMPLETE });
    expect(stage.last('chat').id).toEqual(idOf(9));
    stage.peer.say(stored(stage.last('chat'), 1));
    await settle();
    expect(sent.value?.id).toEqual(idOf(9));
  });

  test.each([
    ['nothing', '', {}, FaultCode.BAD_FIELD, 'text'],
    ['too much', 'é'.repeat(limits.TEXT_BYTES_MAX / 2) + 'x', {}, FaultCode.TEXT_TOO_LONG, ''],
    ['with a bad id', 'halo', { id: new Uint8Array(15) }, FaultCode.BAD_FIELD, 'id'],
  ])('%s is refused on the spot', async (_, text, options, code, about) => {
    const stage = new Stage();
    const sent = look((await stage.enter()).send(text, options));
    await settle();
    expect(sent.error).toMatchObject({ reason: 'fault', code, about, room: 'lobby' });
    expect(stage.peer.news()).toEqual([]);
  });

  test('heeds the length that the server announces (KTG-6.7)', async () => {
    const fields = { frameBytes: 65_536, textBytes: 10, rooms: 64, inFlight: 64, rate: 0, burst: 0 };
    const stage = new Stage().open({ limits: fields });
    const view = await stage.enter();
    const sent = [look(view.send('0123456789')), look(view.send('0123456789a'))];
    await settle();
    expect(sent[1]?.error).toMatchObject({ code: FaultCode.TEXT_TOO_LONG, limit: 10 });
    expect(textsOf(stage.peer.news())).toEqual(['0123456789']);
  });

  test('in SEND_ONLY relies on Stored', async () => {
    const stage = new Stage().open();
    const view = look(stage.client.join('lobby', { mode: Mode.SEND_ONLY }));
    stage.peer.say(joined(stage.last('join').ref, 'lobby'));
    await settle();
    const sent = look(view.value?.send('halo') ?? Promise.reject(new Error('no view')));
    stage.peer.say(stored(stage.last('chat'), 12));
    await settle();
    expect(sent.value?.seq).toBe(12);
  });
});

describe('what is on the wire', () => {
  test('is at most what the server allows unanswered (KTG-9.14)', async () => {
    const fields = { frameBytes: 65_536, textBytes: 16_384, rooms: 64, inFlight: 3, rate: 0, burst: 0 };
    const stage = new Stage().open({ limits: fields });
    const view = await stage.enter();
    for (let n = 1; n <= 5; n++) void look(view.send(`${n}`));
    const requests = stage.peer.news();
    expect(textsOf(requests)).toEqual(['1', '2', '3']);
    stage.peer.say(stored(requests[0] as Frame, 1));
    expect(textsOf(stage.peer.news())).toEqual(['4']);
    stage.peer.say(chat('lobby', 1, '2', ALICE, requests[1]?.id));
    expect(textsOf(stage.peer.news())).toEqual(['5']);
  });

  test('is at most 64 when the server says nothing', async () => {
    const stage = new Stage().open({ limits: undefined });
    const view = await stage.enter();
    for (let n = 0; n < 100; n++) void look(view.send(`${n}`));
    expect(stage.peer.news().length).toBe(64);
  });

  test('is at most 256 KiB', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    for (let n = 0; n < 40; n++) void look(view.send('x'.repeat(16_384)));
    const requests = stage.peer.news();
    expect(requests.length).toBe(15);
    stage.peer.say(stored(requests[0] as Frame, 1));
    expect(stage.peer.news().length).toBe(1);
  });

  test('waits for a network that is full, but never for nothing', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    stage.peer.bufferedBytes = 1_000_000;
    for (let n = 1; n <= 3; n++) void look(view.send(`${n}`));
    const requests = stage.peer.news();
    expect(textsOf(requests)).toEqual(['1']);
    stage.peer.bufferedBytes = 0;
    stage.peer.say(stored(requests[0] as Frame, 1));
    expect(textsOf(stage.peer.news())).toEqual(['2', '3']);
  });

  test('is shared by the rooms: one that has much does not keep the other waiting', async () => {
    const stage = new Stage();
    const lobby = await stage.enter('lobby');
    const zoo = await stage.enter('zoo');
    for (let n = 0; n < 200; n++) void look(lobby.send(`${n}`));
    void look(zoo.send('zoo'));
    const requests = stage.peer.news();
    stage.peer.say(stored(requests[0] as Frame, 1), stored(requests[1] as Frame, 2));
    expect(textsOf(stage.peer.news())).toEqual(['64', 'zoo']);
  });

  test('of one room that is stopped gives its place to the others', async () => {
    const fields = { frameBytes: 65_536, textBytes: 16_384, rooms: 64, inFlight: 2, rate: 0, burst: 0 };
    const stage = new Stage().open({ limits: fields });
    const lobby = await stage.enter('lobby');
    const zoo = await stage.enter('zoo');
    for (const text of ['a', 'b', 'c']) void look(lobby.send(text));
    void look(zoo.send('zoo'));
    const [a] = stage.peer.news() as [Frame];
    stage.peer.say(refusal(a, FaultCode.STORAGE_FULL, { retryAfterMs: 9_000 }));
    expect(textsOf(stage.peer.news())).toEqual(['zoo']);
  });
});

describe('a refusal for now (KTG-9.12)', () => {
  test('is repeated after its time with all behind it, in order, behind the answered Ping', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const sent = ['a', 'b', 'c'].map((text) => look(view.send(text)));
    const [a, b, c] = stage.peer.news() as [Frame, Frame, Frame];
    stage.peer.say(stored(a, 1), refusal(b, FaultCode.RATE_LIMITED, { retryAfterMs: 500 }), ping(1));
    void look(view.send('d'));
    stage.clock.advance(500);
    expect(kindsOf(stage.peer.news())).toEqual(['pong']);
    stage.peer.say(refusal(c, FaultCode.OUT_OF_LINE));
    const again = stage.peer.news();
    expect(textsOf(again)).toEqual(['b', 'c', 'd']);
    expect(again.map(({ id }) => hex(id)).slice(0, 2)).toEqual([hex(b.id), hex(c.id)]);
    expect(stage.told.filter((one) => one.startsWith('fault'))).toEqual(['fault 2001']);
    stage.peer.say(...again.map((one, n) => stored(one, 2 + n)));
    await settle();
    expect(sent.map(({ value }) => value?.seq)).toEqual([1, 2, 3]);
  });

  test.each([
    ['the time', true, false],
    ['the Ping', false, true],
  ])('waits for %s', async (_, pinged, elapsed) => {
    const stage = new Stage();
    const view = await stage.enter();
    void look(view.send('a'));
    const [a] = stage.peer.news() as [Frame];
    stage.peer.say(refusal(a, FaultCode.STORAGE_FULL, { retryAfterMs: 500 }));
    if (pinged) stage.peer.say(ping(1));
    stage.clock.advance(elapsed ? 500 : 499);
    expect(textsOf(stage.peer.news())).toEqual([]);
    if (pinged) stage.clock.advance(1);
    else stage.peer.say(ping(1));
    expect(textsOf(stage.peer.news())).toEqual(['a']);
  });

  test('that names no time is not repeated at once', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    void look(view.send('a'));
    stage.peer.say(refusal(stage.last('chat'), FaultCode.BUSY), ping(1));
    stage.peer.news();
    stage.clock.advance(999);
    expect(stage.peer.news()).toEqual([]);
    stage.clock.advance(1);
    expect(textsOf(stage.peer.news())).toEqual(['a']);
  });

  test('KTG-9.12 of a further one makes the wait for a Ping begin anew', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    for (const text of ['a', 'b']) void look(view.send(text));
    const [a, b] = stage.peer.news() as [Frame, Frame];
    const full = { retryAfterMs: 100 };
    stage.peer.say(
      refusal(a, FaultCode.STORAGE_FULL, full),
      ping(1),
      refusal(b, FaultCode.STORAGE_FULL, full),
    );
    stage.clock.advance(100);
    expect(textsOf(stage.peer.news())).toEqual([]);
    stage.peer.say(ping(2));
    expect(textsOf(stage.peer.news())).toEqual(['a', 'b']);
  });

  test('with OUT_OF_LINE alone is repeated as soon as everything is answered', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    void look(view.send('a'));
    stage.peer.news();
    stage.peer.say(refusal(stage.last('chat'), FaultCode.OUT_OF_LINE));
    expect(textsOf(stage.peer.news())).toEqual(['a']);
  });

  test('of an unknown code 2xxx is treated alike', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const sent = look(view.send('a'));
    stage.peer.say(refusal(stage.last('chat'), 2_999, { retryAfterMs: 10 }), ping(1));
    stage.peer.news();
    stage.clock.advance(10);
    expect(textsOf(stage.peer.news())).toEqual(['a']);
    await settle();
    expect(sent.pending).toBe(true);
  });

  test('does not stop what a reconnect repeats, but still waits its time', async () => {
    const stage = new Stage({ reconnect: { minMs: 1, maxMs: 1 } });
    const view = await stage.enter();
    void look(view.send('a'));
    stage.peer.say(refusal(stage.last('chat'), FaultCode.STORAGE_FULL, { retryAfterMs: 500 }));
    stage.reconnect();
    stage.admit('lobby', { status: Status.COMPLETE });
    expect(kindsOf(stage.peer.news())).toEqual(['join']);
    stage.clock.advance(500);
    expect(textsOf(stage.peer.news())).toEqual(['a']);
  });
});

describe('a refusal for good', () => {
  test.each([FaultCode.ID_REUSED, FaultCode.NOT_A_MEMBER, 1_999])(
    '(%i) rejects this send alone',
    async (code) => {
      const stage = new Stage();
      const view = await stage.enter();
      const sent = ['a', 'b'].map((text) => look(view.send(text)));
      const [a, b] = stage.peer.news() as [Frame, Frame];
      stage.peer.say(refusal(a, code, { seq: 3 }), stored(b, 4));
      await settle();
      expect(sent[0]?.error).toMatchObject({ reason: 'fault', code, seq: 3, room: 'lobby' });
      expect(sent[1]?.value?.seq).toBe(4);
    },
  );
});

describe('after a reconnect', () => {
  test('what has no answer is said again, in order, with the same ids, behind Joined (KTG-13.5)', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const sent = ['a', 'b', 'c'].map((text) => look(view.send(text)));
    const [a, b, c] = stage.peer.news() as [Frame, Frame, Frame];
    stage.peer.say(stored(a, 1));
    stage.redial();
    void look(view.send('d'));
    stage.welcome();
    expect(kindsOf(stage.peer.news())).toEqual(['join']);
    stage.admit('lobby', { status: Status.COMPLETE, first: 1, newest: 2 });
    const again = stage.peer.news();
    expect(textsOf(again)).toEqual(['b', 'c', 'd']);
    expect(again.map(({ id }) => hex(id)).slice(0, 2)).toEqual([hex(b.id), hex(c.id)]);
    stage.peer.say(
      chat('lobby', 1, 'a', ALICE, a.id),
      chat('lobby', 2, 'b', ALICE, b.id),
      stored(again[0] as Frame, 2, true),
    );
    await settle();
    expect(sent.map(({ value }) => value?.seq)).toEqual([1, 2, undefined]);
  });

  test('a send made before the first connection waits, too', async () => {
    const stage = new Stage();
    const joining = stage.client.join('lobby').then((view) => view.send('early'));
    const sent = look(joining);
    stage.open();
    stage.admit('lobby');
    await settle();
    stage.peer.say(stored(stage.last('chat'), 1));
    await settle();
    expect(sent.value?.seq).toBe(1);
  });

  test('to a new log nothing is repeated by itself', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const sent = [look(view.send('written'))];
    stage.redial();
    sent.push(look(view.send('not written')));
    stage.welcome();
    stage.peer.news();
    stage.admit('lobby', { status: Status.NEW_LOG, logId: LOG_B });
    await settle();
    expect(sent.map(({ error }) => [error?.reason, error?.room])).toEqual([
      ['log-changed', 'lobby'],
      ['log-changed', 'lobby'],
    ]);
    expect(stage.peer.news()).toEqual([]);
    const next = look(view.send('anew'));
    stage.peer.say(stored(stage.last('chat'), 1));
    await settle();
    expect(next.value?.seq).toBe(1);
    expect(view.position.logId).toEqual(LOG_B);
  });

  test('past which the log was truncated, what may have been in it is not repeated, nor what stands behind it', async () => {
    const stage = new Stage();
    const view = await stage.enter('lobby', { first: 11, newest: 10 });
    const sent = [look(view.send('written at 10'))];
    stage.redial();
    sent.push(look(view.send('not written')));
    stage.welcome();
    stage.peer.news();
    stage.admit('lobby', { status: Status.TRUNCATED, first: 12, newest: 20, oldest: 12 });
    await settle();
    expect(sent.map(({ error }) => error?.reason)).toEqual(['log-truncated', 'log-truncated']);
    expect(stage.peer.news()).toEqual([]);
  });

  test.each([
    ['begins right behind what was known', 11],
    ['is whole', 1],
  ])('to a log that %s everything is repeated', async (_, oldest) => {
    const stage = new Stage();
    const view = await stage.enter('lobby', { first: 11, newest: 10 });
    void look(view.send('written at 10'));
    stage.reconnect();
    stage.peer.news();
    stage.admit('lobby', { status: Status.COMPLETE, first: 11, newest: 20, oldest });
    expect(textsOf(stage.peer.news())).toEqual(['written at 10']);
  });

  test('it counts what was known when a send was written first', async () => {
    const stage = new Stage();
    const view = await stage.enter('lobby', { first: 11, newest: 10 });
    const sent = look(view.send('written at 10'));
    stage.reconnect();
    stage.admit('lobby', { status: Status.COMPLETE, first: 11, newest: 20 });
    expect(textsOf(stage.peer.news())).toEqual(['written at 10']);
    stage.reconnect();
    stage.admit('lobby', { status: Status.TRUNCATED, first: 15, newest: 30, oldest: 15 });
    await settle();
    expect(sent.error?.reason).toBe('log-truncated');
  });

  test('it counts what was heard and what was receipted before a send was written', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    stage.peer.say(chat('lobby', 1, 'x'), chat('lobby', 2, 'y'));
    void look(view.send('a'));
    stage.reconnect();
    stage.peer.news();
    stage.admit('lobby', { status: Status.TRUNCATED, first: 3, newest: 3, oldest: 3 });
    expect(textsOf(stage.peer.news())).toEqual(['a']);
    stage.peer.say(stored(stage.last('chat'), 9));
    void look(view.send('b'));
    stage.reconnect();
    stage.peer.news();
    stage.admit('lobby', { status: Status.TRUNCATED, first: 10, newest: 10, oldest: 10 });
    expect(textsOf(stage.peer.news())).toEqual(['b']);
  });

  test('a long line that was voided does not stand in the way of the next send', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    stage.redial();
    for (let n = 0; n < 700; n++) void look(view.send(`${n}`));
    stage.welcome();
    stage.peer.news();
    stage.admit('lobby', { status: Status.NEW_LOG, logId: LOG_B });
    void look(view.send('anew'));
    expect(textsOf(stage.peer.news())).toEqual(['anew']);
  });

  test('a send that was refused is surely not in the lost part', async () => {
    const stage = new Stage();
    const view = await stage.enter('lobby', { first: 11, newest: 10 });
    void look(view.send('refused'));
    stage.peer.say(refusal(stage.last('chat'), FaultCode.STORAGE_FULL, { retryAfterMs: 1 }));
    stage.reconnect();
    stage.peer.news();
    stage.admit('lobby', { status: Status.TRUNCATED, first: 15, newest: 20, oldest: 15 });
    expect(textsOf(stage.peer.news())).toEqual(['refused']);
  });

  test('a refusal says nothing of an attempt that an earlier connection took along', async () => {
    const stage = new Stage();
    const view = await stage.enter('lobby', { first: 11, newest: 10 });
    const sent = look(view.send('perhaps stored'));
    stage.reconnect();
    stage.admit('lobby', { status: Status.COMPLETE, first: 11, newest: 20, oldest: 1 });
    stage.peer.say(refusal(stage.last('chat'), FaultCode.OUT_OF_LINE));
    stage.reconnect();
    stage.peer.news();
    stage.admit('lobby', { status: Status.TRUNCATED, first: 15, newest: 20, oldest: 15 });
    await settle();
    expect(textsOf(stage.peer.news())).toEqual([]);
    expect(sent.error).toMatchObject({ reason: 'log-truncated' });
  });

  test('a SEND_ONLY client notices the lost part, too', async () => {
    const stage = new Stage().open();
    const view = look(stage.client.join('lobby', { mode: Mode.SEND_ONLY }));
    stage.peer.say(joined(stage.last('join').ref, 'lobby', { first: 11, newest: 10 }));
    await settle();
    const sent: Array<{ error: { reason: string } | undefined }> = [];
    for (const text of ['a', 'b'])
      sent.push(look((view.value as { send(text: string): Promise<Receipt> }).send(text)));
    const a = stage.peer.news().find((one) => textOf(one) === 'a') as Frame;
    stage.peer.say(stored(a, 30));
    stage.reconnect();
    stage.peer.say(
      joined(stage.last('join').ref, 'lobby', {
        status: Status.TRUNCATED,
        logId: LOG_A,
        first: 25,
        newest: 40,
        oldest: 25,
      }),
    );
    await settle();
    expect(sent.map(({ error }) => error?.reason)).toEqual([undefined, 'log-truncated']);
  });
});

test('a fault that ends the session repeats its Chat after the reconnect', async () => {
  const stage = new Stage();
  const view = await stage.enter();
  void look(view.send('a'));
  stage.peer.say(fault(FaultCode.INTERNAL, {}, { ref: stage.last('chat').ref, room: 'lobby' }));
  stage.clock.advance(2_000);
  stage.welcome();
  stage.admit('lobby', { status: Status.COMPLETE });
  expect(textsOf(stage.peer.news())).toEqual(['a']);
});
