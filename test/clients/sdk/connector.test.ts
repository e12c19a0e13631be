import { describe, expect, test } from 'vitest';
import { ClientError, type ClientState, type TlsProblem } from '../../../clients/sdk/index.ts';
import { FaultCode } from '../../../src/protocol/index.ts';
import { fault, kindsOf, look, refusal, settle, Stage, system, welcome } from './stage.ts';

const causeOf = (state: ClientState): unknown =>
  state.at === 'waiting' || state.at === 'closed' ? state.cause : undefined;

describe('a lost connection', () => {
  test('is replaced after a random, growing wait', () => {
    const stage = new Stage({ reconnect: { minMs: 1_000, maxMs: 3_000 } }).open();
    const waits: number[] = [];
    stage.client.on('state', (state) => {
      if (state.at === 'waiting') waits.push(state.retryInMs);
    });
    for (let n = 0; n < 4; n++) {
      stage.peer.drop();
      stage.clock.advance(1_600);
    }
    // 0x80808080 of 2^32 is a little more than a half.
    expect(waits).toEqual([502, 1_004, 1_506, 1_506]);
    expect(stage.peers.length).toBe(5);
    expect(stage.client.state).toEqual({ at: 'connecting', attempt: 5 });
  });

  test('that had held makes the waits start small again', () => {
    const stage = new Stage({ reconnect: { minMs: 1_000, maxMs: 60_000 } }).open();
    const waits: number[] = [];
    stage.client.on('state', (state) => {
      if (state.at === 'waiting') waits.push(state.retryInMs);
    });
    for (const held of [9_999, 10_000, 0]) {
      stage.clock.advance(held);
      stage.reconnect();
    }
    expect(waits).toEqual([502, 502, 1_004]);
  });

  test('is the end with `reconnect: false`', async () => {
    const stage = new Stage({ reconnect: false }).open();
    const join = look(stage.client.join('lobby'));
    stage.peer.drop(new Error('ECONNRESET'));
    await settle();
    expect(join.error).toMatchObject({ reason: 'disconnected', message: 'ECONNRESET' });
    expect(stage.client.state).toMatchObject({ at: 'closed', cause: { reason: 'disconnected' } });
    expect(stage.clock.pending).toBe(0);
  });

  test('that never came about rejects connect() with `reconnect: false`', async () => {
    const stage = new Stage({ reconnect: false });
    const connected = look(stage.client.connect());
    stage.peer.drop(new Error('ECONNREFUSED'));
    await settle();
    expect(connected.error).toMatchObject({ reason: 'unreachable', message: 'ECONNREFUSED' });
  });

  test('does not disturb connect(), which waits for the next one', async () => {
    const stage = new Stage();
    const connected = look(stage.client.connect());
    stage.peer.drop(new Error('ECONNREFUSED'));
    expect(causeOf(stage.client.state)).toMatchObject({ reason: 'unreachable' });
    stage.clock.advance(1_000);
    stage.welcome();
    await settle();
    expect(connected.value?.name).toBe('alice');
    expect(stage.told).toEqual(['connecting', 'waiting', 'connecting', 'open']);
  });

  test('says the same Hello again', () => {
    const stage = new Stage().open();
    const [hello] = stage.peer.frames;
    stage.reconnect();
    expect(stage.peer.frames[0]).toEqual(hello);
  });
});

describe('a Hello that is refused', () => {
  test.each([
    ['NAME_TAKEN', FaultCode.NAME_TAKEN],
    ['NAME_HELD', FaultCode.NAME_HELD],
    ['NAME_BAD', FaultCode.NAME_BAD],
    ['SECRET_USED', FaultCode.SECRET_USED],
    ['NAME_CONFUSABLE', FaultCode.NAME_CONFUSABLE],
    ['NAME_BOUND', FaultCode.NAME_BOUND],
    ['PASSWORD_WRONG', FaultCode.PASSWORD_WRONG],
    ['KEY_REQUIRED', FaultCode.KEY_REQUIRED],
    ['an unknown 1xxx', 1_999],
  ])('with %s ends the client and says why', async (_, code) => {
    const stage = new Stage();
    const connected = look(stage.client.connect());
    stage.peer.say(refusal(stage.last('hello'), code, { name: 'budi' }));
    await settle();
    expect(connected.error).toMatchObject({ reason: 'fault', code, about: 'budi' });
    expect(stage.client.state).toMatchObject({ at: 'closed', cause: { code } });
    expect(stage.peer.fate).toBe('ended');
    expect(kindsOf(stage.peer.frames)).toEqual(['hello']);
  });

  test('with NAME_HELD is tried again if so wanted', async () => {
    const stage = new Stage({ heldRetry: true });
    const connected = look(stage.client.connect());
    stage.peer.say(refusal(stage.last('hello'), FaultCode.NAME_HELD, { retryAfterMs: 7_000 }));
    expect(stage.client.state).toMatchObject({ at: 'waiting', retryInMs: 7_502 });
    stage.clock.advance(7_502);
    stage.welcome();
    await settle();
    expect(connected.pending).toBe(false);
  });

  test('on a reconnect ends the client, too: the name is somebody else’s now', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    stage.redial();
    const sent = look(view.send('halo'));
    stage.peer.say(refusal(stage.last('hello'), FaultCode.NAME_TAKEN));
    await settle();
    expect(stage.client.state).toMatchObject({ at: 'closed', cause: { code: FaultCode.NAME_TAKEN } });
    expect(sent.error).toMatchObject({ code: FaultCode.NAME_TAKEN });
  });

  test.each([
    ['BUSY', FaultCode.BUSY],
    ['RATE_LIMITED', FaultCode.RATE_LIMITED],
    ['SERVER_BUSY', FaultCode.SERVER_BUSY],
  ])('with %s is tried again, not before the time', async (_, code) => {
    const stage = new Stage();
    const connected = look(stage.client.connect());
    stage.peer.say(refusal(stage.last('hello'), code, { retryAfterMs: 300 }));
    expect(stage.client.state).toMatchObject({ at: 'waiting', retryInMs: 802, cause: { code } });
    stage.clock.advance(801);
    expect(stage.peers.length).toBe(1);
    stage.clock.advance(1);
    stage.welcome();
    await settle();
    expect(connected.value?.name).toBe('alice');
  });
});

describe('a transport that says itself what is wrong', () => {
  const certificate = { host: 'h', port: 1, presented: 'b', expected: 'a', by: 'pin' } as const;
  const untrusted = new ClientError('untrusted', 'not the expected certificate', { certificate });
  const tls = (tlsProblem: TlsProblem): ClientError => new ClientError('tls', tlsProblem, { tlsProblem });

  test.each([
    ['the first', false],
    ['a later', true],
  ])(
    'ends the client when %s connection has another certificate, and what was to be sent',
    async (_, later) => {
      const stage = new Stage();
      const view = later ? await stage.enter() : undefined;
      if (later) stage.redial();
      else void look(stage.client.connect());
      const sent = view === undefined ? undefined : look(view.send('halo'));
      stage.peer.drop(untrusted);
      await settle();
      expect(stage.client.state).toMatchObject({ at: 'closed', cause: { reason: 'untrusted', certificate } });
      if (sent !== undefined)
        expect(sent.error).toMatchObject({ reason: 'untrusted', certificate, unstored: true });
      const dialled = stage.peers.length;
      stage.clock.advance(1_000_000);
      expect(stage.peers.length).toBe(dialled);
    },
  );

  test.each([
    ['not-tls', 'closed'],
    ['other-protocol', 'closed'],
    ['refused', 'waiting'],
    ['timeout', 'waiting'],
  ] as const)('%s leaves a new client %s', (problem, at) => {
    const stage = new Stage();
    void look(stage.client.connect());
    stage.peer.drop(tls(problem));
    expect(stage.client.state).toMatchObject({ at, cause: { reason: 'tls', tlsProblem: problem } });
  });

  test.each(['not-tls', 'other-protocol', 'refused', 'timeout'] as const)(
    '%s does not end a client that was there before',
    (problem) => {
      const stage = new Stage().open().redial();
      stage.peer.drop(tls(problem));
      expect(stage.client.state).toMatchObject({ at: 'waiting', cause: { tlsProblem: problem } });
    },
  );
});

describe('a closing fault', () => {
  test.each([
    ['REPLACED', FaultCode.REPLACED],
    ['BAD_PONG', FaultCode.BAD_PONG],
    ['an unknown 4xxx', 4_999],
    ['a code of no class', 7_001],
  ])('%s is for good (KTG-12.1)', async (_, code) => {
    const stage = new Stage();
    const view = await stage.enter();
    const sent = look(view.send('halo'));
    stage.peer.say(fault(code));
    await settle();
    expect(stage.client.state).toMatchObject({ at: 'closed', cause: { code } });
    expect(sent.error).toMatchObject({ reason: 'fault', code });
    expect(stage.peer.fate).toBe('ended');
    stage.peer.drop();
    stage.clock.advance(100_000);
    expect(stage.peers.length).toBe(1);
    expect(stage.clock.pending).toBe(0);
  });

  test.each([
    ['SLOW_READER', FaultCode.SLOW_READER],
    ['MOVED', FaultCode.MOVED],
    ['an unknown 3xxx', 3_999],
  ])('%s means to come back, not before the time and not all at once', async (_, code) => {
    const stage = new Stage();
    const view = await stage.enter();
    const sent = look(view.send('halo'));
    stage.peer.say(fault(code, { retryAfterMs: 5_000 }));
    expect(stage.client.state).toMatchObject({ at: 'waiting', retryInMs: 5_502, cause: { code } });
    stage.peer.drop();
    expect(stage.client.state).toMatchObject({ at: 'waiting', retryInMs: 5_502 });
    stage.clock.advance(5_501);
    expect(stage.peers.length).toBe(1);
    stage.clock.advance(1);
    expect(stage.peers.length).toBe(2);
    await settle();
    expect(sent.pending).toBe(true);
  });

  test('ends the session even when it answers a request', () => {
    const stage = new Stage().open();
    void look(stage.client.rooms());
    stage.peer.say(refusal(stage.last('roomsRequest'), FaultCode.UNEXPECTED));
    expect(stage.client.state).toMatchObject({ at: 'closed', cause: { code: FaultCode.UNEXPECTED } });
  });
});

describe('a draining server', () => {
  test('is left alone until the moment that it gave (KTG-13.7)', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    stage.peer.say(system('draining', { retryAfterMs: 3_000, alternatives: [] }));
    expect(stage.told.at(-1)).toBe('draining 3000');
    void look(view.send('later'));
    expect(stage.peer.news()).toEqual([]);
    stage.clock.advance(1_000);
    stage.peer.say(fault(FaultCode.DRAINING, { retryAfterMs: 9_000 }));
    stage.peer.drop();
    expect(stage.client.state).toMatchObject({ at: 'waiting', retryInMs: 2_000 });
    stage.clock.advance(2_000);
    stage.welcome();
    stage.admit('lobby', { status: 2, first: 1 });
    expect(kindsOf(stage.peer.news())).toEqual(['join', 'chat']);
  });

  test('that does not end the session is left behind', () => {
    const stage = new Stage().open();
    stage.peer.say(system('draining', { retryAfterMs: 3_000, alternatives: [] }));
    stage.clock.advance(3_000);
    expect(stage.peers.length).toBe(2);
    expect(stage.peers[0]?.fate).toBe('ended');
    stage.peer.say(welcome());
    expect(stage.client.state.at).toBe('open');
    // The new one is not draining.
    stage.clock.advance(20_000);
    expect(stage.peers.length).toBe(2);
  });
});

test('a fault that answers nothing is told', () => {
  const stage = new Stage().open();
  stage.peer.say(fault(FaultCode.UNSUPPORTED), fault(2_999, {}, { ref: 4_711 }));
  expect(stage.told.slice(-2)).toEqual(['fault 1011', 'fault 2999']);
  expect(stage.client.state.at).toBe('open');
});
