import { describe, expect, test } from 'vitest';
import { FaultCode, type Frame, Status } from '../../../src/protocol/index.ts';
import { chat, kindsOf, look, refusal, settle, Stage, system } from './stage.ts';

const page = (request: Frame, entries: Frame[], more = false): Frame =>
  system('page', { entries, oldest: 1, more }, { ref: request.ref, room: request.room });

const historyOf = (frame: Frame): unknown =>
  frame.kind?.$case === 'system' ? frame.kind.value.kind?.value : undefined;

describe('history', () => {
  test('reads old entries, which move nothing (KTG-10.13)', async () => {
    const stage = new Stage();
    const view = await stage.enter('lobby', { first: 10, newest: 9 });
    const seen = look(view.history({ before: 5, limit: 700 }));
    const request = stage.last('history');
    expect(historyOf(request)).toEqual({ start: { $case: 'before', value: 5 }, limit: 500 });
    stage.peer.say(page(request, [chat('lobby', 3, 'c'), chat('lobby', 4, 'd')], true));
    await settle();
    expect(seen.value).toMatchObject({ oldest: 1, more: true });
    expect(seen.value?.entries.map(({ seq, kind, room }) => [room, seq, kind.type])).toEqual([
      ['lobby', 3, 'chat'],
      ['lobby', 4, 'chat'],
    ]);
    expect(view.position.seq).toBe(9);
    expect(stage.told).not.toContain('lobby#3');
  });

  test('begins where it is asked to', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    void look(view.history());
    void look(view.history({ after: 0 }));
    const both = look(view.history({ after: 1, before: 9 }));
    await settle();
    expect(stage.peer.news().map(historyOf)).toEqual([
      { start: undefined, limit: 0 },
      { start: { $case: 'after', value: 0 }, limit: 0 },
    ]);
    expect(both.error).toMatchObject({ code: FaultCode.BAD_FIELD, about: 'start' });
  });

  test('is asked again after a reconnect, when the room is entered', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const seen = look(view.history({ before: 5 }));
    stage.reconnect();
    expect(kindsOf(stage.peer.news())).toEqual(['join']);
    stage.admit('lobby', { status: Status.COMPLETE });
    stage.peer.say(page(stage.last('history'), [chat('lobby', 4, 'd')]));
    await settle();
    expect(seen.value?.entries.length).toBe(1);
  });

  test('is refused with a code, of whatever class', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const seen = look(view.history());
    stage.peer.say(refusal(stage.last('history'), FaultCode.BUSY, { retryAfterMs: 250 }));
    await settle();
    expect(seen.error).toMatchObject({ code: FaultCode.BUSY, retryAfterMs: 250 });
  });

  test('asks for few pages at once, and in the end for all', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const seen = Array.from({ length: 30 }, (_, n) => look(view.history({ before: n + 1 })));
    let asked = stage.peer.news();
    expect(asked.length).toBe(8);
    const befores: unknown[] = [];
    while (asked.length > 0) {
      befores.push(...asked.map((one) => (historyOf(one) as { start: { value: number } }).start.value));
      stage.peer.say(...asked.map((one) => page(one, [])));
      asked = stage.peer.news();
    }
    await settle();
    expect(befores).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
    expect(seen.every(({ pending }) => !pending)).toBe(true);
  });
});

describe('questions', () => {
  test('beyond those that are asked at once survive a reconnect in their order', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const seen = Array.from({ length: 20 }, (_, n) => look(view.history({ before: n + 1 })));
    stage.reconnect();
    stage.admit('lobby', { status: Status.COMPLETE });
    const befores: unknown[] = [];
    for (let asked = stage.peer.news(); asked.length > 0; asked = stage.peer.news()) {
      const histories = asked.filter((one) => kindsOf([one])[0] === 'history');
      befores.push(...histories.map((one) => (historyOf(one) as { start: { value: number } }).start.value));
      stage.peer.say(...histories.map((one) => page(one, [])));
    }
    await settle();
    expect(befores).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect(seen.every(({ pending }) => !pending)).toBe(true);
  });

  test('that are refused make room for the others, too', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const seen = Array.from({ length: 20 }, () => look(view.history()));
    for (let asked = stage.peer.news(); asked.length > 0; asked = stage.peer.news()) {
      stage.peer.say(...asked.map((one) => refusal(one, FaultCode.NOT_A_MEMBER)));
    }
    await settle();
    expect(new Set(seen.map(({ error }) => error?.code))).toEqual(new Set([FaultCode.NOT_A_MEMBER]));
  });

  test('about a room end with it', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const seen = Array.from({ length: 10 }, () => look(view.history()));
    const rooms = look(stage.client.rooms());
    stage.peer.say(system('left', { reason: 3, by: undefined, seq: 0 }, { room: 'lobby' }));
    await settle();
    expect(seen.map(({ error }) => error?.reason)).toEqual(seen.map(() => 'left'));
    expect(rooms.pending).toBe(true);
    stage.peer.say(system('rooms', { rooms: [], last: true }, { ref: stage.last('roomsRequest').ref }));
    await settle();
    expect(rooms.value).toEqual([]);
  });
});

describe('the list of rooms', () => {
  const info = (room: string): { room: string; members: number; newest: number } => ({
    room,
    members: 1,
    newest: 2,
  });

  test('is read to its end (KTG-8.18)', async () => {
    const stage = new Stage().open();
    const seen = look(stage.client.rooms('a'));
    const first = stage.last('roomsRequest');
    expect(historyOf(first)).toEqual({ prefix: 'a', after: '' });
    stage.peer.say(system('rooms', { rooms: [info('a'), info('ab')], last: false }, { ref: first.ref }));
    const second = stage.last('roomsRequest');
    expect(historyOf(second)).toEqual({ prefix: 'a', after: 'ab' });
    stage.peer.say(system('rooms', { rooms: [info('ac')], last: true }, { ref: second.ref }));
    await settle();
    expect(seen.value?.map(({ room }) => room)).toEqual(['a', 'ab', 'ac']);
  });

  test('goes on after a reconnect', async () => {
    const stage = new Stage().open();
    const seen = look(stage.client.rooms());
    stage.peer.say(
      system('rooms', { rooms: [info('a')], last: false }, { ref: stage.last('roomsRequest').ref }),
    );
    stage.reconnect();
    const again = stage.last('roomsRequest');
    expect(historyOf(again)).toEqual({ prefix: '', after: 'a' });
    stage.peer.say(system('rooms', { rooms: [], last: true }, { ref: again.ref }));
    await settle();
    expect(seen.value?.map(({ room }) => room)).toEqual(['a']);
  });

  test('answered by something else is a defect', () => {
    const stage = new Stage().open();
    void look(stage.client.rooms());
    stage.peer.say(page(stage.last('roomsRequest'), []));
    expect(stage.client.state).toMatchObject({ at: 'waiting', cause: { reason: 'protocol' } });
  });
});
