import { describe, expect, test } from 'vitest';
import type { ClientState } from '../../../clients/sdk/index.ts';
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

  test('with 2xxx is tried again later', () => {
    const stage = new Stage();
    void look(stage.client.connect());
    stage.peer.say(refusal(stage.last('hello'), FaultCode.BUSY, { retryAfterMs: 300 }));
    expect(stage.client.state).toMatchObject({ at: 'waiting', retryInMs: 802 });
  });
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
