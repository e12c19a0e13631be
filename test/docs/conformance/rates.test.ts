// How fast a client may be: chapter 11 of docs/protocol.md, and what is counted by address (chapters 7 and 11).
import { describe, expect, test } from 'vitest';
import { APPENDS_IN_FLIGHT_PER_SESSION_MAX } from '../../../src/protocol/limits.ts';
import { challenged, enterByKey, overTls, proofFrame, refusalByKey } from '../keys.ts';
import { chatFrame, type Client, codec, helloFrame, kindOf, Rig, systemOf } from '../rig.ts';
import { concat, type Json } from '../spec-codec.ts';

const PING: Json = { system: { ping: { nonce: '0102030405060708' } }, ref: 41 };

/** Everything in one piece, as a client that does not wait sends it. */
function pour(client: Client, frames: readonly Json[]): void {
  client.sendBytes(concat(frames.map((frame) => codec.frame(frame))));
}

const chats = (count: number, from = 1): Json[] =>
  Array.from({ length: count }, (_, n) => chatFrame(from + n));

const faultsOf = (frames: readonly Json[]): Json[] =>
  frames.flatMap((frame) => {
    const fault = systemOf(frame, 'fault');
    return fault === undefined ? [] : [fault];
  });

describe('Chats', () => {
  test('KTG-11.9 the burst goes through at once, what follows at the rate', () => {
    const rig = new Rig({ rate: 10, burst: 20 });
    const alice = rig.member('alice');
    alice.take();
    expect(alice.welcome).toMatchObject({ welcome: { limits: { rate: 10, burst: 20 } } });
    pour(alice, chats(30));
    const stored = (): number => alice.kinds().filter((kind) => kind === 'stored').length;
    const atOnce = stored();
    expect(atOnce).toBeGreaterThanOrEqual(20);
    expect(atOnce).toBeLessThanOrEqual(21);
    let all = atOnce;
    for (let ms = 0; ms < 1_500; ms += 100) {
      rig.advance(100);
      all += stored();
    }
    expect(all).toBe(30);
  });

  test('KTG-11.10 what has waited too long is refused, in words, and nothing is lost in silence', () => {
    const rig = new Rig({ rate: 100, burst: 100 });
    const alice = rig.member('alice');
    alice.take();
    pour(alice, chats(1_000));
    const answers: Json[] = [];
    for (let ms = 0; ms < 6_000; ms += 50) {
      rig.advance(50);
      answers.push(...alice.take());
    }
    const faults = faultsOf(answers);
    const limited = faults.filter(({ code }) => code === 'RATE_LIMITED');
    expect(limited.length).toBeGreaterThan(0);
    for (const fault of limited) {
      expect(fault['limit']).toBe(100);
      expect(Number(fault['retry_after_ms'])).toBeGreaterThan(0);
      expect(Number(fault['retry_after_ms'])).toBeLessThanOrEqual(2_000);
    }
    expect(new Set(faults.map(({ code }) => code))).toEqual(new Set(['RATE_LIMITED', 'OUT_OF_LINE']));
    const stored = answers.filter((frame) => kindOf(frame) === 'stored').length;
    expect(stored).toBeGreaterThanOrEqual(280);
    expect(stored + faults.length).toBe(1_000);
    expect(alice.reading).toBe(true);
    expect(alice.ended).toBe(false);
  });

  for (const rate of [1, 5, 200]) {
    test(`KTG-11.11 with at most in_flight unanswered, nothing is refused at ${rate} a second`, () => {
      const rig = new Rig({ rate, burst: rate });
      const alice = rig.member('alice');
      alice.take();
      const total = APPENDS_IN_FLIGHT_PER_SESSION_MAX + 10 * rate;
      let sent = 0;
      let answered = 0;
      for (let second = 0; answered < total && second < 1_000; second++) {
        const free = Math.min(APPENDS_IN_FLIGHT_PER_SESSION_MAX - (sent - answered), total - sent);
        pour(alice, chats(free, sent + 1));
        sent += free;
        rig.advance(1_000);
        const answers = alice.take();
        expect(faultsOf(answers)).toEqual([]);
        answered += answers.filter((frame) => kindOf(frame) === 'stored').length;
      }
      expect(answered).toBe(total);
    });
  }

  test('KTG-11.9 a rate of 0 is none, and a name may have its own', () => {
    const free = new Rig({ rate: 0 }).member('alice');
    free.take();
    pour(free, chats(60));
    expect(free.kinds().filter((kind) => kind === 'stored')).toHaveLength(60);
    const rig = new Rig({ rate: 10, burst: 20, rateFor: new Map([['bot', 1_000]]) });
    expect(rig.enter('bot').welcome).toMatchObject({ welcome: { limits: { rate: 1_000 } } });
    expect(rig.enter('alice').welcome).toMatchObject({ welcome: { limits: { rate: 10 } } });
  });
});

describe('other requests', () => {
  test('KTG-11.9 have an allowance of their own; Chats behind them wait, too', () => {
    const rig = new Rig({ requestRate: 10, requestBurst: 10 });
    const alice = rig.member('alice');
    alice.take();
    pour(alice, [...Array.from({ length: 20 }, () => PING), chatFrame(1)]);
    const kinds = alice.kinds();
    expect(kinds.filter((kind) => kind === 'pong').length).toBeLessThanOrEqual(11);
    expect(kinds).not.toContain('stored');
    rig.advance(1_500);
    expect(alice.kinds()).toContain('stored');
  });

  test('KTG-11.10 are refused when they have waited too long, and the session goes on', () => {
    const rig = new Rig({ requestRate: 100, requestBurst: 100 });
    const alice = rig.enter('alice');
    pour(
      alice,
      Array.from({ length: 1_000 }, () => PING),
    );
    const answers: Json[] = [];
    for (let ms = 0; ms < 6_000; ms += 50) {
      rig.advance(50);
      answers.push(...alice.take());
    }
    const faults = faultsOf(answers);
    expect(new Set(faults.map(({ code }) => code))).toEqual(new Set(['RATE_LIMITED']));
    expect(answers.filter((frame) => kindOf(frame) === 'pong').length + faults.length).toBe(1_000);
    expect(alice.ended).toBe(false);
  });
});

describe('by address', () => {
  const wrong = (rig: Rig, source: string): Json => {
    const client = rig.connect({ source });
    client.send(helloFrame('alice', { secret: '22'.repeat(32) }));
    return client.fault();
  };

  test('KTG-11.13 only so many Hellos fail in a minute; then right ones are refused, too', () => {
    const rig = new Rig({ attemptsPerMinute: 3 });
    rig.enter('alice', {}, { source: '192.0.2.1' });
    for (let n = 0; n < 3; n++) expect(wrong(rig, '192.0.2.9')['code']).toBe('NAME_TAKEN');
    const late = rig.connect({ source: '192.0.2.9' });
    late.send(helloFrame('bob'));
    const fault = late.fault();
    expect(fault).toMatchObject({ code: 'RATE_LIMITED', ref: 900, limit: 3 });
    expect(late.ended).toBe(false);
    rig.enter('carol', {}, { source: '192.0.2.8' });
    rig.advance(Number(fault['retry_after_ms']));
    const again = rig.connect({ source: '192.0.2.9' });
    again.send(helloFrame('bob'));
    expect(again.kinds()).toEqual(['welcome']);
  });

  test('KTG-11.13 who is known comes back, whatever others from the same address have guessed', () => {
    const rig = new Rig({ attemptsPerMinute: 3 });
    rig.enter('alice', {}, { source: '192.0.2.9' });
    for (let n = 0; n < 4; n++) wrong(rig, '192.0.2.9');
    const back = rig.connect({ source: '192.0.2.9' });
    back.send(helloFrame('alice'));
    expect(back.kinds()).toEqual(['welcome']);
  });

  test('KTG-11.13 a proof that is wrong counts, what is right does not', () => {
    const rig = new Rig({ attemptsPerMinute: 2 });
    for (let n = 0; n < 9; n++) enterByKey(rig, `name${n}`).drop();
    for (let n = 0; n < 2; n++) {
      const client = rig.connect(overTls());
      client.send(proofFrame(challenged(client, 'budi'), 'budi', { bound: 'another certificate' }));
      expect(client.fault().code).toBe('AUTH_FAILED');
    }
    expect(refusalByKey(rig, 'budi')['code']).toBe('RATE_LIMITED');
  });

  test('KTG-7.26 only so many names are held; one more frees the one that is held for longest', () => {
    const rig = new Rig({ heldPerSource: 2, graceMs: 30_000 });
    for (const name of ['alice', 'bob', 'carol']) {
      const client = rig.enter(name, {}, { source: '192.0.2.9' });
      client.join('lobby');
      client.drop();
      rig.advance(1_000);
    }
    rig.enter('alice', { secret: '22'.repeat(32) });
    const client = rig.connect();
    client.send(helloFrame('bob', { secret: '33'.repeat(32) }));
    expect(client.fault().code).toBe('NAME_HELD');
  });
});
