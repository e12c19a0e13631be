// How fast one client may be, and what it is to be faster (docs/protocol.md §11).
import { describe, expect, test } from 'vitest';
import { encodeFrame, FaultCode, type Frame, frameOf, systemFrame } from '../../src/protocol/index.ts';
import { faultsOf, kindOf, RawClient, Rig } from './rig.ts';

const RATE = 200;
const BURST = 400;
const PATIENCE_MS = 2_000;

function idOf(line: number): Uint8Array {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(0, line);
  return id;
}

/** Line `n` of a file, from 1; asked with the given ref. */
function chat(n: number, ref = n, room = 'lobby'): Frame {
  const value = { content: { $case: 'text' as const, value: `line ${n}` }, replyTo: 0 };
  return frameOf({ $case: 'chat', value }, { ref, room, id: idOf(n) });
}

function lines(from: number, to: number): Frame[] {
  return Array.from({ length: to - from + 1 }, (_, i) => chat(from + i));
}

/** Many frames as one piece. */
function pieceOf(frames: readonly Frame[]): Uint8Array {
  return new Uint8Array(Buffer.concat(frames.map(encodeFrame)));
}

function ping(ref = 9): Frame {
  return { ...systemFrame({ $case: 'ping', value: { nonce: new Uint8Array(8) } }), ref };
}

/** The lines that this client has seen, in order. */
function seen(client: RawClient): number[] {
  return client.frames.flatMap(({ kind, seq }) =>
    seq > 0 && kind?.$case === 'chat' && kind.value.content?.$case === 'text'
      ? [Number(kind.value.content.value.slice('line '.length))]
      : [],
  );
}

function count(client: RawClient, kind: string): number {
  return client.frames.filter((frame) => kindOf(frame) === kind && frame.seq === 0).length;
}

function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1);
}

/** Advances in steps, and calls before each. */
function every(rig: Rig, stepMs: number, steps: number, act: (step: number) => void): void {
  for (let step = 0; step < steps; step++) {
    act(step);
    rig.clock.advance(stepMs);
  }
}

/** A client whose Pongs stand behind all that it has sent before, as on a socket. */
class Piped extends RawClient {
  readonly #queue: Uint8Array[] = [];

  override send(...frames: Frame[]): void {
    this.#queue.push(...frames.map(encodeFrame));
  }

  /** Lets come in what the server reads. */
  flush(): void {
    while (!this.paused && !this.ended && this.#queue.length > 0) {
      this.session.receive(new Uint8Array(Buffer.concat(this.#queue.splice(0, 200))));
    }
  }
}

describe('the allowance of a session', () => {
  function limitsOf(rig: Rig, name: string): { rate: number; burst: number; rooms: number } {
    for (const { kind } of rig.client().hello(name)) {
      const system = kind?.$case === 'system' ? kind.value.kind : undefined;
      if (system?.$case === 'welcome' && system.value.limits) return system.value.limits;
    }
    throw new Error('no welcome');
  }

  test('KTG-11.9 is told in the Welcome', () => {
    const limits = { rate: RATE, burst: BURST, rooms: 64 };
    expect(limitsOf(new Rig(), 'budi')).toMatchObject(limits);
    expect(limitsOf(new Rig({ rate: 0 }), 'budi')).toMatchObject({ rate: 0, burst: 0 });
    expect(limitsOf(new Rig({ roomsPerSession: 3 }), 'budi')).toMatchObject({ rooms: 3 });
  });

  test('KTG-11.9 is another one for a name to which one was granted', () => {
    const rig = new Rig({ rateFor: new Map([['cuaca', 1_000]]) });
    expect(limitsOf(rig, 'Cuaca')).toMatchObject({ rate: 1_000, burst: 2_000 });
    expect(limitsOf(rig, 'budi')).toMatchObject({ rate: RATE, burst: BURST });
    const bot = new Rig({ rateFor: new Map([['cuaca', 1_000]]) });
    const cuaca = bot.client('cuaca', 'lobby');
    for (let n = 0; n < 2_500; n += 500) cuaca.ask(...lines(n + 1, n + 500));
    expect(seen(cuaca).length).toBe(2_001);
    bot.clock.advance(600);
    expect(seen(cuaca)).toEqual(upTo(2_500));
    expect(faultsOf(cuaca.frames)).toEqual([]);
  });

  test('KTG-11.9 is a burst at once, and then so many a second', () => {
    const rig = new Rig();
    const budi = rig.client('budi', 'lobby');
    budi.ask(...lines(1, 700));
    // The one that makes the debt is taken, too.
    expect(seen(budi)).toHaveLength(BURST + 1);
    for (let ms = 100; ms <= 1_400; ms += 100) {
      rig.clock.advance(100);
      const allowed = BURST + 1 + (ms * RATE) / 1_000;
      expect(seen(budi).length).toBeLessThanOrEqual(allowed);
      expect(seen(budi).length).toBeGreaterThanOrEqual(allowed - 8);
    }
    expect(seen(budi).length).toBeGreaterThanOrEqual(BURST + 1.4 * RATE - 8);
    // Time in which nothing comes fills the bucket, but no more than that.
    rig.clock.advance(100_000);
    budi.ask(...lines(701, 1_400));
    expect(seen(budi).length).toBe(700 + BURST + 1);
  });

  test('0 is no limit', () => {
    const rig = new Rig({ rate: 0, requestRate: 0 });
    const budi = rig.client('budi', 'lobby');
    for (let n = 0; n < 5_000; n += 500) {
      budi.ask(...lines(n + 1, n + 500), ...Array.from({ length: 500 }, () => ping()));
    }
    expect(seen(budi)).toHaveLength(5_000);
    expect(count(budi, 'pong')).toBe(5_000);
  });

  test('KTG-11.9 of the other requests is one of its own', () => {
    const rig = new Rig();
    const budi = rig.client('budi');
    budi.ask(...Array.from({ length: 300 }, () => ping()));
    // The bucket pays for a Join, too.
    expect(count(budi, 'pong')).toBe(201);
    rig.clock.advance(1_000);
    expect(count(budi, 'pong')).toBeGreaterThan(245);
    expect(count(budi, 'pong')).toBeLessThanOrEqual(251);
    rig.clock.advance(1_000);
    expect(count(budi, 'pong')).toBe(300);
    expect(faultsOf(budi.frames)).toEqual([]);
  });

  test('KTG-11.10 a flood of requests does not get a Chat refused, nor the other way round', () => {
    const rig = new Rig();
    const budi = rig.client('budi', 'lobby');
    budi.session.receive(pieceOf([...Array.from({ length: 1_000 }, () => ping()), ...lines(1, 64)]));
    rig.clock.advance(10_000);
    expect(seen(budi)).toEqual(upTo(64));
    expect(new Set(faultsOf(budi.frames))).toEqual(new Set([FaultCode.RATE_LIMITED]));
    expect(count(budi, 'pong') + faultsOf(budi.frames).length).toBe(1_000);
    const tini = rig.client('tini', 'lobby');
    tini.session.receive(pieceOf([...lines(1_001, 3_000), ping(77)]));
    rig.clock.advance(10_000);
    const answer = tini.frames.filter(({ ref }) => ref === 77);
    expect(answer.map(kindOf)).toEqual(['pong']);
  });
});

describe('who keeps to in_flight', () => {
  /** Sends a file, never with more than 64 lines unanswered. Returns how long that took. */
  function sendFile(rig: Rig, client: RawClient, total: number, msMax: number): number {
    const began = rig.clock.monotonic();
    let sent = 0;
    while (count(client, 'stored') < total && rig.clock.monotonic() - began < msMax) {
      const more = Math.min(64 - (sent - count(client, 'stored')), total - sent);
      if (more > 0) client.send(...lines(sent + 1, sent + more));
      sent += Math.max(0, more);
      rig.clock.advance(10);
      if (faultsOf(client.frames).length > 0) break;
    }
    return rig.clock.monotonic() - began;
  }

  test('KTG-11.11 is never refused, however long the file is', () => {
    const rig = new Rig();
    const total = 20_000;
    const budi = rig.client('budi', 'lobby');
    const stored = new Set<number>();
    const began = rig.clock.monotonic();
    // As sendFile, but forgets what it has read: the list would be long.
    for (let sent = 0; stored.size < total; ) {
      const more = Math.min(64 - (sent - stored.size), total - sent);
      if (more > 0) budi.send(...lines(sent + 1, sent + more));
      sent += Math.max(0, more);
      rig.clock.advance(50);
      expect(faultsOf(budi.frames)).toEqual([]);
      for (const frame of budi.frames.splice(0)) if (kindOf(frame) === 'stored') stored.add(frame.ref);
      if (rig.clock.monotonic() - began > 200_000) break;
    }
    expect(stored.size).toBe(total);
    const seconds = (rig.clock.monotonic() - began) / 1_000;
    expect(seconds).toBeGreaterThan((total - BURST) / RATE - 1);
    expect(seconds).toBeLessThan((total - BURST) / RATE + 5);
    expect(budi.ended).toBe(false);
    expect(rig.hub.rooms.get('lobby')?.ledger.newest).toBe(total + 1);
  });

  test.each([1, 3, 20, 31])('KTG-11.11 is never refused at %i Chats a second either', (rate) => {
    const rig = new Rig({ rate, burst: 2 * rate });
    const budi = rig.client('budi', 'lobby');
    const total = 2 * rate + Math.max(150, 10 * rate);
    const ms = sendFile(rig, budi, total, 400_000);
    expect(faultsOf(budi.frames)).toEqual([]);
    expect(seen(budi)).toEqual(upTo(total));
    expect(ms).toBeGreaterThan(((total - 2 * rate - 1) / rate) * 1_000 - 100);
    expect(budi.ended).toBe(false);
  });

  test('KTG-11.14 does not stall because its Pong waits behind its own lines', () => {
    // 64 lines take 12.8 s; a Pong behind them comes later than the server waits for one.
    const rig = new Rig({ rate: 5, burst: 5, stallMs: 4_000, pingIntervalMs: 1_000 });
    const budi = rig.client('budi', 'lobby');
    sendFile(rig, budi, 200, 60_000);
    expect(faultsOf(budi.frames)).toEqual([]);
    expect(budi.ended).toBe(false);
  });

  test('a person who pastes 500 lines is slowed a little, and nothing is refused', () => {
    const rig = new Rig();
    const [budi, tini] = [rig.client('budi', 'lobby'), rig.client('tini', 'lobby')];
    budi.session.receive(pieceOf(lines(1, 500)));
    rig.clock.advance(600);
    expect(seen(tini)).toEqual(upTo(500));
    expect(faultsOf(budi.frames)).toEqual([]);
    expect(count(budi, 'stored')).toBe(500);
  });
});

describe('who does not', () => {
  test('KTG-11.10 waits first, and what has waited for too long is refused, with a time', () => {
    const rig = new Rig();
    const budi = rig.client('budi', 'lobby');
    budi.answersPings = false;
    budi.session.receive(pieceOf(lines(1, 1_000)));
    rig.clock.advance(PATIENCE_MS - 100);
    expect(faultsOf(budi.frames)).toEqual([]);
    rig.clock.advance(200);
    const accepted = seen(budi).length;
    expect(accepted).toBeGreaterThan(BURST + 0.9 * (PATIENCE_MS / 1_000) * RATE);
    expect(accepted).toBeLessThanOrEqual(BURST + 1 + 1.02 * (PATIENCE_MS / 1_000) * RATE);
    // All others are answered now; the first of them says when to come back.
    expect(count(budi, 'fault')).toBe(1_000 - accepted);
    const [first] = budi.frames.filter((frame) => kindOf(frame) === 'fault');
    const system = first?.kind?.$case === 'system' ? first.kind.value.kind : undefined;
    expect(system).toMatchObject({
      value: { code: FaultCode.RATE_LIMITED, limit: RATE, retryAfterMs: PATIENCE_MS },
    });
    expect(first?.ref).toBe(accepted + 1);
    expect(first?.id).toEqual(idOf(accepted + 1));
    // What comes later is delayed again, not refused: by now a few may come.
    expect(faultsOf(budi.ask(chat(1_001)))).toEqual([FaultCode.OUT_OF_LINE]);
  });

  test('KTG-9.11 a Chat that is refused for its haste stops the line', () => {
    const rig = new Rig();
    const budi = rig.client('budi', 'lobby');
    budi.answersPings = false;
    budi.session.receive(pieceOf(lines(1, 1_000)));
    rig.clock.advance(5_000);
    const accepted = seen(budi).length;
    expect(faultsOf(budi.ask(chat(2_000)))).toEqual([FaultCode.OUT_OF_LINE]);
    const faults = new Set(faultsOf(budi.frames));
    expect(faults).toEqual(new Set([FaultCode.RATE_LIMITED, FaultCode.OUT_OF_LINE]));
    for (const { kind } of budi.frames.slice()) {
      const system = kind?.$case === 'system' ? kind.value.kind : undefined;
      if (system?.$case !== 'ping') continue;
      budi.ask(systemFrame({ $case: 'pong', value: { nonce: system.value.nonce } }));
    }
    budi.ask(chat(accepted + 1), chat(accepted + 2));
    expect(seen(budi)).toEqual(upTo(accepted + 2));
  });

  test('a Chat for a room where its author is not stops no line, and is not remembered', () => {
    const rig = new Rig({ rate: 1, burst: 1 });
    const budi = rig.client('budi');
    const many = Array.from({ length: 400 }, (_, n) => chat(n, n, `r${n}`));
    budi.session.receive(pieceOf(many));
    rig.clock.advance(200_000);
    expect(count(budi, 'fault')).toBe(400);
    const known = new Set([FaultCode.NOT_A_MEMBER, FaultCode.RATE_LIMITED]);
    expect(new Set(faultsOf(budi.frames))).toEqual(known);
    budi.join('r399');
    rig.clock.advance(5_000);
    expect(faultsOf(budi.say('r399', 'line 1'))).toEqual([]);
  });

  test('KTG-5.10 what was sent before the end is answered before the connection ends', () => {
    const rig = new Rig();
    const budi = rig.client('budi', 'lobby');
    budi.session.receive(pieceOf(lines(1, 700)));
    budi.session.finish();
    rig.clock.advance(1_000);
    expect(budi.ended).toBe(false);
    rig.clock.advance(600);
    expect(count(budi, 'stored')).toBe(700);
    expect(budi.ended).toBe(true);
  });

  test('a session that is over leaves no timer behind that does anything', () => {
    const rig = new Rig();
    const budi = rig.client('budi', 'lobby');
    budi.session.receive(pieceOf(lines(1, 700)));
    rig.clock.run();
    budi.session.lost();
    const stored = rig.hub.rooms.get('lobby')?.ledger.newest;
    rig.clock.advance(5_000);
    expect(rig.hub.rooms.get('lobby')?.ledger.newest).toBe(stored);
  });
});

describe('a flood', () => {
  const SECONDS = 10;

  /** What the flooder was told of each of its Chats, by ref. */
  function answersOf(client: RawClient): Map<number, string[]> {
    const answers = new Map<number, string[]>();
    for (const frame of client.frames) {
      const kind = kindOf(frame);
      if (frame.ref < 100 || frame.seq > 0 || (kind !== 'stored' && kind !== 'fault')) continue;
      answers.set(frame.ref, [...(answers.get(frame.ref) ?? []), kind]);
    }
    return answers;
  }

  /** Floods, while others say a line each 100 ms, which must be there at once. */
  function flood(times: number): { rig: Rig; flooder: Piped; others: readonly RawClient[]; refs: number } {
    const rig = new Rig();
    const flooder = new Piped(rig);
    flooder.hello('budi');
    flooder.join('lobby');
    flooder.flush();
    rig.clock.run();
    const others = ['ani', 'tini', 'wati'].map((name) => rig.client(name, 'lobby'));
    let refs = 100;
    every(rig, 10, SECONDS * 100, (step) => {
      for (let i = 0; i < (times * RATE) / 100; i++) flooder.send(chat(refs, refs++));
      flooder.flush();
      const [speaker, ...rest] = others.toSorted(() => (step % 2 === 0 ? 1 : -1));
      if (speaker === undefined || step % 10 !== 0) return;
      const text = `line ${1_000_000 + step}`;
      expect(speaker.say('lobby', text).map(kindOf)).toContain('stored');
      for (const other of rest) expect(seen(other)).toContain(1_000_000 + step);
    });
    return { rig, flooder, others, refs };
  }

  /** Runs until all that was sent has come in, and an answer to all of it is there. */
  function finish({ rig, flooder }: ReturnType<typeof flood>): void {
    every(rig, 10, 6_000, () => flooder.flush());
  }

  /** What was stored of the flood, as others see it: in order, nothing twice. */
  function assertInOrder(reader: RawClient, stored: number): void {
    const own = seen(reader).filter((n) => n < 1_000_000);
    expect(own).toHaveLength(stored);
    expect(own).toEqual([...new Set(own)].toSorted((a, b) => a - b));
  }

  test.each([2, 5, 10])(
    'KTG-11.10 KTG-14.2 of %i times the rate is held to it, each Chat answered',
    (times) => {
      const run = flood(times);
      const { flooder, others, refs } = run;
      const early = [...answersOf(flooder).values()].flat().filter((kind) => kind === 'stored').length;
      expect(early).toBeLessThanOrEqual(BURST + RATE * SECONDS + 1);
      expect(early).toBeGreaterThan(BURST);
      finish(run);
      expect(flooder.ended).toBe(false);
      const answers = [...answersOf(flooder).values()];
      expect(answers).toHaveLength(refs - 100);
      expect(answers.filter(({ length }) => length !== 1)).toEqual([]);
      for (const code of faultsOf(flooder.frames))
        expect([FaultCode.RATE_LIMITED, FaultCode.OUT_OF_LINE]).toContain(code);
      for (const other of others) {
        expect(faultsOf(other.frames)).toEqual([]);
        assertInOrder(other, answers.filter(([kind]) => kind === 'stored').length);
      }
    },
  );

  test.each([50])(
    'KTG-11.6 KTG-14.2 of %i times the rate ends where its answers fill the window',
    (times) => {
      const run = flood(times);
      const { flooder, others, refs } = run;
      finish(run);
      // Its Pongs stand behind thousands of its own Chats. It is told, and knows which of those have an answer.
      expect(flooder.ended).toBe(true);
      expect(faultsOf(flooder.frames).at(-1)).toBe(FaultCode.SLOW_READER);
      const answers = answersOf(flooder);
      expect([...answers.values()].filter(({ length }) => length !== 1)).toEqual([]);
      expect([...answers.keys()].toSorted((a, b) => a - b)).toEqual(upTo(answers.size).map((n) => 99 + n));
      expect(answers.size).toBeLessThan(refs - 100);
      for (const other of others) {
        expect(faultsOf(other.frames)).toEqual([]);
        assertInOrder(other, [...answers.values()].filter(([kind]) => kind === 'stored').length);
      }
    },
  );

  test('KTG-9.12 who sends again in order what was refused gets everything stored in order', () => {
    const rig = new Rig();
    const budi = new Piped(rig);
    budi.hello('budi');
    budi.join('lobby');
    const total = 5_000;
    /** Chats that this client has unanswered: far more than it should. */
    const much = 1_500;
    let outbox = upTo(total);
    let ref = 100;
    let faults = 0;
    const began = rig.clock.monotonic();
    while (outbox.length > 0 && rig.clock.monotonic() - began < 200_000) {
      const unanswered = new Map<number, number>();
      for (const n of outbox.slice(0, much)) {
        budi.send(chat(n, ++ref));
        unanswered.set(ref, n);
      }
      // Until all have an answer, and then for as long as was asked for.
      for (let i = 0; i < 2_000 && unanswered.size > 0; i++) {
        budi.flush();
        rig.clock.advance(10);
        for (const frame of budi.frames.splice(0)) {
          const n = unanswered.get(frame.ref);
          if (n === undefined || frame.seq > 0) continue;
          unanswered.delete(frame.ref);
          if (kindOf(frame) === 'stored') outbox = outbox.filter((one) => one !== n);
          else faults++;
        }
      }
      expect(unanswered.size).toBe(0);
      rig.clock.advance(PATIENCE_MS);
    }
    expect(outbox).toEqual([]);
    expect(faults).toBeGreaterThan(1_000);
    expect(rig.clock.monotonic() - began).toBeLessThan(1.5 * (total / RATE) * 1_000);
    const reader = rig.client('tini');
    reader.join('lobby', { last: total + 10 });
    rig.clock.advance(1_000);
    expect(seen(reader)).toEqual(upTo(total));
  });

  test('KTG-11.10 costs bounded memory: the transport is not read while much waits', () => {
    const rig = new Rig();
    const budi = rig.client('budi', 'lobby');
    let n = 0;
    let received = 0;
    let pausedMs = 0;
    let longest = 0;
    every(rig, 10, 1_000, () => {
      pausedMs = budi.paused ? pausedMs + 10 : 0;
      longest = Math.max(longest, pausedMs);
      if (budi.paused) return;
      const piece = pieceOf(lines(n + 1, n + 400));
      n += 400;
      received += piece.length;
      budi.session.receive(piece);
    });
    expect(longest).toBeGreaterThan(500);
    // It reads on: no pause lasts longer than a frame may wait, and the mark that tells it.
    expect(longest).toBeLessThan(2 * PATIENCE_MS);
    expect(received).toBeGreaterThan(3 * 65_536);
    rig.clock.advance(10_000);
    expect(budi.paused).toBe(false);
    expect(count(budi, 'stored') + count(budi, 'fault')).toBe(n);
  });
});

describe('the stall rule', () => {
  test('KTG-11.14 who floods for ever and answers no Ping is closed all the same', () => {
    const stallMs = 4_000;
    const rig = new Rig({ stallMs, pingIntervalMs: 1_000 });
    const budi = rig.client('budi', 'lobby');
    budi.answersPings = false;
    const began = rig.clock.monotonic();
    let n = 0;
    while (!budi.ended && rig.clock.monotonic() - began < 20 * stallMs) {
      // Without a ref: no answers that would fill a window.
      if (!budi.paused) budi.session.receive(pieceOf(Array.from({ length: 40 }, () => chat(++n, 0))));
      rig.clock.advance(20);
    }
    expect(budi.ended).toBe(true);
    expect(faultsOf(budi.frames).at(-1)).toBe(FaultCode.SLOW_READER);
    expect(rig.clock.monotonic() - began).toBeLessThan(8 * stallMs + 4_000);
  });

  test('KTG-11.14 who floods, but answers when it gets round to it, lives', () => {
    const rig = new Rig({ stallMs: 4_000, pingIntervalMs: 1_000 });
    const budi = rig.client('budi', 'lobby');
    let n = 0;
    every(rig, 20, 3_000, () => {
      if (!budi.paused) budi.session.receive(pieceOf(Array.from({ length: 40 }, () => chat(++n))));
      budi.frames.length = 0;
    });
    expect(budi.ended).toBe(false);
  });
});

describe('rooms', () => {
  function visit(room: string): Frame[] {
    const join = { have: undefined, last: 0, mode: 0 as const };
    const leave = { reason: 0 as const, by: undefined, text: '' };
    return [
      frameOf({ $case: 'join', value: join }, { ref: 7, room }),
      frameOf({ $case: 'leave', value: leave }, { ref: 8, room }),
    ];
  }

  test('KTG-11.9 nobody makes more of them than the requests allow, and none of use gives way', () => {
    const rig = new Rig({ roomsMax: 500 });
    const ani = rig.client('ani', 'class');
    for (const text of ['one', 'two', 'three']) ani.say('class', text);
    ani.ask(visit('class')[1] as Frame);
    const wati = rig.client('wati', 'choir');
    const budi = rig.client('budi');
    let made = 0;
    let unanswered = 0;
    const seconds = 60;
    every(rig, 100, seconds * 10, () => {
      for (; unanswered < 50; unanswered++) budi.send(...visit(`r${made + unanswered}`));
      rig.clock.run();
      const left = budi.frames.splice(0).filter((frame) => kindOf(frame) === 'left').length;
      made += left;
      unanswered -= left;
    });
    expect(made).toBeGreaterThan(500);
    expect(made).toBeLessThanOrEqual((200 + 50 * seconds + 2) / 2);
    expect(rig.hub.status().rooms).toHaveLength(500);
    // Who was there before, and where more was said, stays.
    expect(rig.hub.rooms.get('class')?.ledger.newest).toBe(5);
    expect(wati.ended).toBe(false);
    expect(faultsOf(wati.say('choir', 'still here'))).toEqual([]);
  });

  test('a session is in so many at most, and the fault says how many', () => {
    const rig = new Rig({ roomsPerSession: 2 });
    const budi = rig.client('budi', 'lobby');
    budi.join('a');
    expect(faultsOf(budi.join('b'))).toEqual([FaultCode.TOO_MANY_ROOMS]);
    budi.ask(visit('a')[1] as Frame);
    expect(faultsOf(budi.join('b'))).toEqual([]);
  });

  test('the server has so many at most, when somebody is in each of them', () => {
    const rig = new Rig({ roomsMax: 3 });
    rig.client('ani', 'a');
    rig.client('wati', 'b');
    const budi = rig.client('budi');
    expect(faultsOf(budi.join('c'))).toEqual([FaultCode.TOO_MANY_ROOMS]);
    expect(faultsOf(budi.join('a'))).toEqual([]);
  });

  test('so many requests may wait for the window', () => {
    const rig = new Rig({ requestsWaiting: 2, windowBytes: 131_072 });
    const ani = rig.client('ani', 'lobby');
    const big = 'x'.repeat(16_000);
    for (let i = 0; i < 12; i++) ani.say('lobby', big);
    const budi = rig.client('budi', 'lobby');
    budi.answersPings = false;
    const value = { start: undefined, limit: 500 };
    const history = frameOf(
      { $case: 'system', value: { kind: { $case: 'history', value } } },
      { ref: 3, room: 'lobby' },
    );
    budi.ask(...Array.from({ length: 6 }, () => history));
    expect(faultsOf(budi.frames)).toContain(FaultCode.BUSY);
  });
});
