import { describe, expect, test } from 'vitest';
import type { LeftInfo } from '../../../clients/sdk/index.ts';
import { FaultCode, type Frame, Mode, PresenceState, Reason, Status } from '../../../src/protocol/index.ts';
import {
  ALICE,
  BOB,
  CAROL,
  chat,
  joinEntry,
  joined,
  kindOf,
  kindsOf,
  leaveEntry,
  LOG_A,
  LOG_B,
  look,
  ping,
  refusal,
  roster,
  settle,
  Stage,
  system,
  userHex,
} from './stage.ts';

const joinOf = (frame: Frame): unknown =>
  frame.kind?.$case === 'join' ? { room: frame.room, ...frame.kind.value } : undefined;
const left = (reason: Reason, seq = 0, fields: Partial<Frame> = {}): Frame =>
  system('left', { reason, by: undefined, seq }, { room: 'lobby', ...fields });

describe('join', () => {
  test('asks with what the application holds, and resolves when the members are known', async () => {
    const stage = new Stage().open();
    const have = { logId: LOG_A, seq: 4, check: 99 };
    const view = look(stage.client.join('lobby', { have, last: 50, mode: Mode.QUIET }));
    const [join] = stage.peer.news();
    expect(joinOf(join as Frame)).toEqual({ room: 'lobby', have, last: 50, mode: Mode.QUIET });
    stage.peer.say(joined(join?.ref ?? 0, 'lobby', { status: Status.COMPLETE, first: 5, newest: 6 }));
    await settle();
    expect(view.pending).toBe(true);
    stage.peer.say(roster('lobby', 6, [BOB], false));
    await settle();
    expect(view.pending).toBe(true);
    stage.peer.say(roster('lobby', 6, [ALICE], true, 3));
    await settle();
    expect(view.value).toMatchObject({
      room: 'lobby',
      listeners: 3,
      durability: 1,
      attached: true,
      position: have,
    });
    expect(Array.from(view.value?.members.values() ?? [], ({ name }) => name)).toEqual(['bob', 'alice']);
  });

  test('of a room that this client is in is the same view, also while it enters', async () => {
    const stage = new Stage().open();
    const views = [stage.client.join('lobby'), stage.client.join('lobby', { last: 9 })];
    expect(kindsOf(stage.peer.frames).filter((kind) => kind === 'join').length).toBe(1);
    stage.admit('lobby');
    const [one, two] = await Promise.all(views);
    expect(one).toBe(two);
    expect(await stage.client.join('lobby')).toBe(one);
    expect(kindsOf(stage.peer.frames).filter((kind) => kind === 'join').length).toBe(1);
  });

  test('that is refused rejects with the code, and may be tried again', async () => {
    const stage = new Stage().open();
    const refused = look(stage.client.join('lobby'));
    stage.peer.say(refusal(stage.last('join'), FaultCode.NO_SUCH_ROOM));
    await settle();
    expect(refused.error).toMatchObject({ reason: 'fault', code: FaultCode.NO_SUCH_ROOM, room: 'lobby' });
    expect(stage.told).not.toContain('fault 1006');
    expect((await stage.enter()).room).toBe('lobby');
  });

  test('that is refused for now is repeated by itself', async () => {
    const stage = new Stage().open();
    const view = look(stage.client.join('lobby'));
    stage.peer.news();
    stage.peer.say(refusal(stage.last('join'), FaultCode.STORAGE_FULL, { retryAfterMs: 700 }));
    expect(stage.told.at(-1)).toBe('fault 2002');
    stage.clock.advance(699);
    expect(stage.peer.news()).toEqual([]);
    stage.clock.advance(1);
    expect(kindsOf(stage.peer.news())).toEqual(['join']);
    stage.admit('lobby');
    await settle();
    expect(view.value?.room).toBe('lobby');
  });

  test('that was refused for now is not repeated twice after a reconnect', () => {
    const stage = new Stage({ reconnect: { minMs: 1, maxMs: 1 } }).open();
    void look(stage.client.join('lobby'));
    stage.peer.say(refusal(stage.last('join'), FaultCode.STORAGE_FULL, { retryAfterMs: 700 }));
    stage.reconnect();
    stage.clock.advance(700);
    expect(kindsOf(stage.peer.news())).toEqual(['join']);
  });

  test('to send only needs no roster, and keeps noticing when the log is another one', async () => {
    const stage = new Stage().open();
    const view = look(stage.client.join('lobby', { mode: Mode.SEND_ONLY }));
    stage.peer.say(joined(stage.last('join').ref, 'lobby', { first: 8, newest: 7 }));
    await settle();
    expect(view.pending).toBe(false);
    stage.reconnect();
    expect(joinOf(stage.last('join'))).toMatchObject({
      have: { logId: LOG_A, seq: 7 },
      mode: Mode.SEND_ONLY,
    });
  });

  test('waits for the connection', async () => {
    const stage = new Stage();
    const view = look(stage.client.join('lobby'));
    stage.open();
    stage.admit('lobby');
    await settle();
    expect(view.value?.room).toBe('lobby');
  });
});

describe('the stream', () => {
  test('brings entries with their meaning, and the position with them (KTG-10.4)', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const heard: unknown[] = [];
    stage.client.on('entry', (entry, room) => {
      expect(room.position).toEqual({ logId: LOG_A, seq: entry.seq, check: entry.check });
      heard.push([entry.author?.name, entry.kind, entry.time]);
    });
    stage.peer.say(
      joinEntry('lobby', 1, CAROL),
      chat('lobby', 2, 'halo', CAROL),
      system('notice', { code: 1, args: ['pulang'] }, { room: 'lobby', seq: 3, id: new Uint8Array(16) }),
      leaveEntry('lobby', 4, CAROL),
    );
    expect(heard).toEqual([
      ['carol', { type: 'join' }, 1_001],
      ['carol', { type: 'chat', text: 'halo', replyTo: 0 }, 1_002],
      [undefined, { type: 'notice', code: 1, args: ['pulang'] }, 0],
      ['carol', { type: 'leave', reason: 1, text: '' }, 1_004],
    ]);
    expect(view.position).toEqual({ logId: LOG_A, seq: 4, check: 7_004 });
  });

  test('keeps the members: the roster, then the entries behind it (KTG-8.15)', async () => {
    const stage = new Stage();
    const view = await stage.enter('lobby', { first: 1, newest: 2 });
    const names = (): string[] => Array.from(view.members.values(), ({ name }) => name).toSorted();
    stage.peer.say(joinEntry('lobby', 1, CAROL), leaveEntry('lobby', 2, BOB));
    expect(names()).toEqual(['alice', 'bob']);
    stage.peer.say(joinEntry('lobby', 3, CAROL), leaveEntry('lobby', 4, BOB));
    expect(names()).toEqual(['alice', 'carol']);
  });

  test('keeps nothing of the bytes that it came in', async () => {
    const stage = new Stage();
    await stage.enter();
    const ids: Uint8Array[] = [];
    stage.client.on('entry', ({ id, author }) => ids.push(id, author?.user ?? id));
    stage.peer.say(chat('lobby', 1, 'a'.repeat(1_000)));
    expect(ids.map(({ buffer, length }) => buffer.byteLength === length)).toEqual([true, true]);
  });

  test.each([
    ['a hole', [chat('lobby', 2, 'x')]],
    ['a repetition', [chat('lobby', 1, 'x'), chat('lobby', 1, 'x')]],
    ['a gap that leads back', [chat('lobby', 1, 'x'), system('gap', { next: 1 }, { room: 'lobby' })]],
  ])('with %s is a defect: the client comes back to its position (KTG-10.5)', async (_, frames) => {
    const stage = new Stage();
    const view = await stage.enter();
    stage.peer.say(...frames);
    expect(stage.client.state).toMatchObject({ at: 'waiting', cause: { reason: 'protocol' } });
    const { position } = view;
    expect(stage.told.filter((one) => one.startsWith('lobby#')).length).toBe(position.seq);
    stage.reconnect();
    expect(joinOf(stage.last('join'))).toMatchObject({ have: position, last: 0 });
  });

  test('jumps over a gap, and says so (KTG-10.10)', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    stage.peer.say(
      chat('lobby', 1, 'a'),
      system('gap', { next: 7 }, { room: 'lobby' }),
      roster('lobby', 9, [CAROL]),
      chat('lobby', 7, 'b'),
    );
    expect(stage.told.slice(-3)).toEqual(['lobby#1', 'gap lobby 7', 'lobby#7']);
    expect(view.position.seq).toBe(7);
    expect([...view.members.keys()]).toEqual([userHex(CAROL)]);
  });

  test('tells presence and listeners', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const told: unknown[] = [];
    stage.client.on('presence', ({ room }, user, state) => told.push([room, user, state]));
    stage.client.on('roster', ({ listeners }) => told.push(listeners));
    const presence = { user: BOB.user, state: PresenceState.HELD, devices: 0, listeners: 0 };
    stage.peer.say(
      system('presence', presence, { room: 'lobby' }),
      system('presence', { ...presence, user: new Uint8Array(0), listeners: 2 }, { room: 'lobby' }),
    );
    expect(told).toEqual([['lobby', userHex(BOB), PresenceState.HELD], 2]);
    expect(view.members.get(userHex(BOB))?.presence).toBe(PresenceState.HELD);
  });

  test('of a room that this client is not in is ignored', async () => {
    const stage = new Stage();
    await stage.enter();
    stage.peer.say(chat('other', 5, 'x'), roster('other', 5, [BOB]), ping(1));
    expect(stage.client.state.at).toBe('open');
    expect(stage.told).not.toContain('other#5');
  });
});

describe('a reconnect', () => {
  test('enters every room again at its position, in the order of the first time (KTG-13.5)', async () => {
    const stage = new Stage();
    await stage.enter('lobby');
    await stage.enter('zoo', { first: 10, newest: 9 });
    stage.peer.say(chat('lobby', 1, 'a'), chat('lobby', 2, 'b'));
    stage.reconnect();
    expect(stage.peer.news().map(joinOf)).toEqual([
      { room: 'lobby', have: { logId: LOG_A, seq: 2, check: 7_002 }, last: 0, mode: Mode.MEMBER },
      { room: 'zoo', have: { logId: LOG_A, seq: 9, check: 0 }, last: 0, mode: Mode.MEMBER },
    ]);
  });

  test('asks once more for the old entries that a lost Join had asked for', () => {
    const stage = new Stage().open();
    void look(stage.client.join('lobby', { last: 20 }));
    stage.reconnect();
    expect(joinOf(stage.last('join'))).toMatchObject({ have: undefined, last: 20 });
    stage.admit('lobby', { first: 5, newest: 24 });
    stage.reconnect();
    expect(joinOf(stage.last('join'))).toMatchObject({ have: { seq: 4 }, last: 0 });
  });

  test('goes on where it was, or tells what is missing', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    stage.peer.say(chat('lobby', 1, 'a'));
    stage.reconnect();
    expect(view.attached).toBe(false);
    stage.admit('lobby', { status: Status.COMPLETE, first: 2, newest: 2 });
    stage.peer.say(chat('lobby', 2, 'b'));
    stage.reconnect();
    stage.admit('lobby', { status: Status.TRUNCATED, first: 9, newest: 9, oldest: 9 });
    stage.peer.say(chat('lobby', 9, 'c'));
    expect(stage.told.filter((one) => one.includes('lobby'))).toEqual([
      `joined lobby ${Status.FRESH}`,
      'lobby#1',
      `joined lobby ${Status.COMPLETE}`,
      'lobby#2',
      `joined lobby ${Status.TRUNCATED}`,
      'lobby#9',
    ]);
  });

  test.each([
    ['says so', { status: Status.NEW_LOG, logId: LOG_A }],
    ['has another id', { status: Status.COMPLETE, logId: LOG_B }],
  ])('to a new log voids the position, when the answer %s', async (_, fields) => {
    const stage = new Stage();
    const view = await stage.enter('lobby', { first: 41, newest: 40 });
    stage.peer.say(chat('lobby', 41, 'a'));
    stage.reconnect();
    stage.admit('lobby', { ...fields, first: 3, newest: 3 });
    expect(stage.told.at(-1)).toBe(`joined lobby ${Status.NEW_LOG}`);
    stage.peer.say(chat('lobby', 3, 'b'));
    expect(view.position).toEqual({ logId: fields.logId, seq: 3, check: 7_003 });
  });

  test.each([
    ['goes back', { status: Status.COMPLETE, first: 3 }],
    ['claims to be complete and is not', { status: Status.COMPLETE, first: 9 }],
    ['stands still', { status: Status.SKIPPED, first: 5 }],
    ['begins before the log', { status: Status.SKIPPED, first: 0 }],
    ['names no log', { status: Status.SKIPPED, logId: new Uint8Array(0) }],
  ])('is refused when its answer %s', async (_, fields) => {
    const stage = new Stage();
    await stage.enter('lobby', { first: 6, newest: 5 });
    stage.reconnect();
    stage.peer.say(joined(stage.last('join').ref, 'lobby', fields));
    expect(stage.client.state).toMatchObject({ at: 'waiting', cause: { reason: 'protocol' } });
  });

  test('that is refused for one room ends this room alone', async () => {
    const stage = new Stage();
    const view = await stage.enter('~aaaaaaaaaaaaaaaaaaaaaaaaaa');
    await stage.enter('lobby');
    const ends: LeftInfo[] = [];
    stage.client.on('left', (info) => ends.push(info));
    stage.reconnect();
    const sent = look(view.send('halo'));
    const [join] = stage.peer.news();
    stage.peer.say(refusal(join as Frame, FaultCode.NO_SUCH_ROOM));
    await settle();
    expect(ends).toMatchObject([
      { room: view.room, reason: Reason.UNSPECIFIED, cause: { code: FaultCode.NO_SUCH_ROOM } },
    ]);
    expect(sent.error).toMatchObject({ code: FaultCode.NO_SUCH_ROOM });
    stage.admit('lobby', { status: Status.COMPLETE });
    expect(stage.client.state.at).toBe('open');
  });

  test('between Joined and the roster still finishes the join', async () => {
    const stage = new Stage().open();
    const view = look(stage.client.join('lobby'));
    stage.peer.say(joined(stage.last('join').ref, 'lobby'), roster('lobby', 0, [BOB], false));
    stage.reconnect();
    stage.admit('lobby', { status: Status.COMPLETE });
    await settle();
    expect(Array.from(view.value?.members.values() ?? [], ({ name }) => name)).toEqual(['alice', 'bob']);
  });
});

describe('leave', () => {
  test('resolves by Left, and nothing of the room follows', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const done = look(view.leave());
    const leave = stage.last('leave');
    stage.peer.say(chat('lobby', 1, 'still'), left(Reason.LEFT, 2, { ref: leave.ref }));
    await settle();
    expect(done.pending).toBe(false);
    expect(stage.told.slice(-2)).toEqual(['lobby#1', `left lobby ${Reason.LEFT}`]);
    const late = [
      look<unknown>(view.send('late')),
      look<unknown>(view.history()),
      look<unknown>(view.leave()),
    ];
    await settle();
    expect(late.map(({ error, pending }) => (pending ? 'pending' : error?.reason))).toEqual([
      'left',
      'left',
      undefined,
    ]);
    stage.reconnect();
    expect(stage.peer.news()).toEqual([]);
  });

  test('stands behind what was said before', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    for (let n = 0; n < 100; n++) void look(view.send(`${n}`));
    void look(view.leave());
    const first = stage.peer.news();
    expect(kindsOf(first)).toEqual(Array.from({ length: 64 }, () => 'chat'));
    stage.peer.say(
      ...first.map(({ ref }, n) =>
        system('stored', { seq: n + 1, time: 0, duplicate: false }, { ref, room: 'lobby' }),
      ),
    );
    expect(kindsOf(stage.peer.news())).toEqual([...Array.from({ length: 36 }, () => 'chat'), 'leave']);
  });

  test('does not wait for a line that a refusal has stopped', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const sent = look(view.send('halo'));
    stage.peer.say(refusal(stage.last('chat'), FaultCode.STORAGE_FULL, { retryAfterMs: 60_000 }));
    void look(view.leave());
    stage.peer.say(left(Reason.LEFT, 0, { ref: stage.last('leave').ref }));
    await settle();
    expect(sent.error?.reason).toBe('left');
    expect(stage.client.state.at).toBe('open');
  });

  test('that is refused for now is repeated; for good, it is over', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const done = look(view.leave());
    stage.peer.news();
    stage.peer.say(refusal(stage.last('leave'), FaultCode.STORAGE_FULL, { retryAfterMs: 50 }));
    stage.clock.advance(50);
    expect(kindsOf(stage.peer.news())).toEqual(['leave']);
    stage.peer.say(refusal(stage.last('leave'), FaultCode.NOT_A_MEMBER));
    await settle();
    expect(done.pending).toBe(false);
  });

  test('whose answer was lost is not repeated if it was carried out', async () => {
    const stage = new Stage();
    const done = look((await stage.enter()).leave());
    stage.reconnect({ rooms: [] });
    await settle();
    expect(done).toMatchObject({ pending: false, error: undefined });
    expect(stage.peer.news()).toEqual([]);
    expect(stage.told).toContain(`left lobby ${Reason.LEFT}`);
  });

  test('whose answer was lost is repeated if it was not', async () => {
    const stage = new Stage();
    const done = look((await stage.enter()).leave());
    stage.reconnect({ rooms: ['lobby'] });
    stage.admit('lobby', { status: Status.COMPLETE });
    expect(kindsOf(stage.peer.news())).toEqual(['join', 'leave']);
    stage.peer.say(left(Reason.LEFT, 3, { ref: stage.last('leave').ref }));
    await settle();
    expect(done.pending).toBe(false);
  });

  test('and join at once gives a new view, behind the Left', async () => {
    const stage = new Stage();
    const old = await stage.enter();
    void look(old.leave());
    const again = look(stage.client.join('lobby'));
    expect(kindsOf(stage.peer.news())).toEqual(['leave']);
    stage.peer.say(left(Reason.LEFT, 1, { ref: stage.last('leave').ref }));
    await settle();
    stage.admit('lobby');
    await settle();
    expect(again.value?.room).toBe('lobby');
    expect(again.value).not.toBe(old);
  });

  test('is what a Left without a question means, too', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const ends: LeftInfo[] = [];
    stage.client.on('left', (info) => ends.push(info));
    const sent = look(view.send('halo'));
    stage.peer.say(system('left', { reason: Reason.KICKED, by: BOB, seq: 9 }, { room: 'lobby' }));
    await settle();
    expect(ends).toMatchObject([{ room: 'lobby', reason: Reason.KICKED, by: { name: 'bob' }, seq: 9 }]);
    expect(sent.error?.reason).toBe('left');
    stage.reconnect();
    expect(stage.peer.news()).toEqual([]);
  });
});

describe('a private room', () => {
  const PRIVATE = `~${'b'.repeat(26)}`;

  test('is joined by a name and known by its own', async () => {
    const stage = new Stage().open();
    const view = look(stage.client.join('@bob'));
    const { ref } = stage.last('join');
    stage.peer.say(
      joined(ref, PRIVATE, { peer: BOB }),
      roster(PRIVATE, 0, [ALICE, BOB]),
      chat(PRIVATE, 1, 'psst'),
    );
    await settle();
    expect(view.value).toMatchObject({ room: PRIVATE, peer: { name: 'bob' }, position: { seq: 1 } });
    expect(await stage.client.join(PRIVATE)).toBe(view.value);
    stage.reconnect();
    expect(joinOf(stage.last('join'))).toMatchObject({ room: PRIVATE, have: { seq: 1 } });
  });

  test('joined under two names is one view, and misses nothing', async () => {
    const stage = new Stage();
    const view = await stage.enter(PRIVATE);
    stage.peer.say(chat(PRIVATE, 1, 'a'));
    const alias = look(stage.client.join('@Bob'));
    const { ref } = stage.last('join');
    // The server has moved the cursor to the newest entry.
    stage.peer.say(
      chat(PRIVATE, 2, 'b'),
      joined(ref, PRIVATE, { first: 5, newest: 4 }),
      roster(PRIVATE, 4, [ALICE, BOB]),
    );
    expect(joinOf(stage.last('join'))).toMatchObject({ room: PRIVATE, have: { seq: 2 } });
    stage.peer.say(chat(PRIVATE, 5, 'e'));
    stage.admit(PRIVATE, { status: Status.COMPLETE, first: 3, newest: 5 });
    stage.peer.say(...[3, 4, 5].map((seq) => chat(PRIVATE, seq, 'x')));
    await settle();
    expect(alias.value).toBe(view);
    expect(stage.told.filter((one) => one.includes('#'))).toEqual(
      [1, 2, 3, 4, 5].map((seq) => `${PRIVATE}#${seq}`),
    );
    expect(stage.client.state.at).toBe('open');
  });

  test('with the same name again is asked for again: the name may be somebody else’s by now', async () => {
    const stage = new Stage().open();
    void look(stage.client.join('@bob'));
    stage.admit(PRIVATE, { peer: BOB });
    const other = `~${'c'.repeat(26)}`;
    const second = look(stage.client.join('@bob'));
    stage.admit(other, { peer: CAROL });
    await settle();
    expect(second.value).toMatchObject({ room: other, peer: { name: 'carol' } });
  });

  test('is announced', () => {
    const stage = new Stage().open();
    const told: unknown[] = [];
    stage.client.on('direct', (info) => told.push(info));
    stage.peer.say(system('direct', { peer: BOB, newest: 4, time: 5 }, { room: PRIVATE }));
    expect(told).toEqual([{ room: PRIVATE, peer: BOB, newest: 4, time: 5 }]);
  });

  test('with nobody is refused', async () => {
    const stage = new Stage().open();
    const view = look(stage.client.join('@nobody'));
    stage.peer.say(refusal(stage.last('join'), FaultCode.NO_RECIPIENT));
    await settle();
    expect(view.error).toMatchObject({ code: FaultCode.NO_RECIPIENT });
  });
});

test('a listener may do anything: leave, join, send, close', async () => {
  const stage = new Stage();
  const view = await stage.enter();
  stage.client.on('entry', ({ seq }) => {
    if (seq === 1) void look(view.send('reply'));
    if (seq === 2) void look(stage.client.join('other'));
    if (seq === 3) void look(view.leave());
    if (seq === 4) void look(stage.client.close());
  });
  stage.peer.say(...[1, 2, 3, 4, 5].map((seq) => chat('lobby', seq, 'x')));
  expect(kindsOf(stage.peer.news())).toEqual(['chat', 'join', 'leave']);
  expect(stage.told.slice(-2)).toEqual(['lobby#4', 'closed']);
  expect(kindOf(stage.peer.frames[0] as Frame)).toBe('hello');
});
