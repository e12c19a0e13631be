// Chapters 11 to 13 of docs/protocol.md on a real Hub: the window, liveness, draining.
import { describe, expect, test } from 'vitest';
import { PINGS_OUTSTANDING_MAX, WINDOW_BYTES_MIN } from '../../../src/protocol/limits.ts';
import { chatFrame, type Client, codec, helloFrame, kindOf, Rig, systemOf, textOf } from '../rig.ts';
import type { Json } from '../spec-codec.ts';

const sizeOf = (frame: Json): number => codec.frame(frame).length;
const ANSWERS = new Set(['welcome', 'joined', 'left', 'stored', 'fault', 'pong', 'draining']);

/** Counts what KTG-11.1 and KTG-11.6 count, from what has arrived. */
class Meter {
  stream = 0;
  answers = 0;
  sincePing = 0;
  streamMax = 0;
  gapMax = 0;
  readonly pings: { readonly nonce: string; readonly stream: number; readonly answers: number }[] = [];
  outstandingMax = 0;
  #streamAnswered = 0;
  #answersAnswered = 0;

  take(frames: readonly Json[]): void {
    for (const frame of frames) {
      const ping = systemOf(frame, 'ping');
      if (ping === undefined) {
        if (ANSWERS.has(kindOf(frame))) this.answers += sizeOf(frame);
        else this.stream += sizeOf(frame);
        this.sincePing += sizeOf(frame);
        this.streamMax = Math.max(this.streamMax, this.stream - this.#streamAnswered);
      } else {
        this.pings.push({ nonce: textOf(ping, 'nonce'), stream: this.stream, answers: this.answers });
        this.gapMax = Math.max(this.gapMax, this.sincePing);
        this.sincePing = 0;
        this.outstandingMax = Math.max(this.outstandingMax, this.pings.length);
      }
    }
  }

  get unansweredAnswers(): number {
    return this.answers - this.#answersAnswered;
  }

  /** The Pong for the oldest Ping. */
  pong(): Json | undefined {
    const ping = this.pings.shift();
    if (ping === undefined) return undefined;
    this.#streamAnswered = ping.stream;
    this.#answersAnswered = ping.answers;
    return { system: { pong: { nonce: ping.nonce } } };
  }
}

/** A room with much in it, and a reader who answers when told to. */
function behind(bytes = 3_000, count = 200, options = {}): { rig: Rig; reader: Client; meter: Meter } {
  const rig = new Rig({ rate: 0, requestRate: 0, ...options });
  const writer = rig.member('penulis');
  for (let n = 0; n < count; n++) writer.send(chatFrame(n, 'x'.repeat(bytes)));
  const reader = rig.enter('pembaca');
  reader.answering = false;
  const meter = new Meter();
  reader.send({ join: { last: 10_000 }, ref: 1, room: 'lobby' });
  meter.take(reader.take());
  return { rig, reader, meter };
}

describe('the window', () => {
  test('KTG-11.1 what is unanswered never exceeds the window, and everything comes with the Pongs', () => {
    const { reader, meter } = behind();
    expect(meter.streamMax).toBeGreaterThan(WINDOW_BYTES_MIN - 4_000);
    for (let pong = meter.pong(); pong !== undefined; pong = meter.pong()) {
      reader.send(pong);
      meter.take(reader.take());
    }
    expect(meter.streamMax).toBeLessThanOrEqual(WINDOW_BYTES_MIN);
    expect(meter.stream).toBeGreaterThan(200 * 3_000);
  });

  test('KTG-11.1 pages and lists wait for the window, too', () => {
    const { reader, meter } = behind();
    reader.send(
      { system: { history: { limit: 500 } }, ref: 2, room: 'lobby' },
      { system: { rooms_request: {} }, ref: 3 },
    );
    meter.take(reader.take());
    expect(meter.streamMax).toBeLessThanOrEqual(WINDOW_BYTES_MIN);
    const kinds: string[] = [];
    for (let pong = meter.pong(); pong !== undefined; pong = meter.pong()) {
      reader.send(pong);
      const frames = reader.take();
      kinds.push(...frames.map(kindOf));
      meter.take(frames);
    }
    expect(kinds).toContain('page');
    expect(kinds).toContain('rooms');
    expect(meter.streamMax).toBeLessThanOrEqual(WINDOW_BYTES_MIN);
  });

  test('KTG-11.2 a Ping comes at each quarter of the window, at most 8 at once', () => {
    const { meter } = behind();
    expect(meter.pings.length).toBeGreaterThanOrEqual(3);
    // A quarter and what one turn brings at most.
    expect(meter.gapMax).toBeLessThanOrEqual(WINDOW_BYTES_MIN / 4 + 65_540);
    expect(meter.outstandingMax).toBeLessThanOrEqual(PINGS_OUTSTANDING_MAX);
  });

  test('KTG-11.2 it never stops with no Ping outstanding, whatever the sizes', () => {
    for (const bytes of [10, 1_000, 9_000, 16_384]) {
      const { reader, meter } = behind(bytes, Math.ceil(400_000 / (bytes + 60)));
      let last = 0;
      for (let pong = meter.pong(); pong !== undefined; pong = meter.pong()) {
        reader.send(pong);
        for (const frame of reader.take()) {
          last = Number(frame['seq'] ?? last);
          meter.take([frame]);
        }
      }
      expect(last).toBeGreaterThan(20);
      expect(reader.ended).toBe(false);
      expect(last).toBe(Math.ceil(400_000 / (bytes + 60)) + 2);
    }
  });

  test('KTG-11.3 no two Pings have the same nonce', () => {
    const { reader, meter } = behind();
    const nonces: string[] = [];
    for (;;) {
      nonces.push(...meter.pings.map(({ nonce }) => nonce));
      if (meter.pings.length === 0) break;
      const pongs = Array.from({ length: meter.pings.length }, () => meter.pong() ?? {});
      reader.send(...pongs);
      meter.take(reader.take());
    }
    expect(nonces.length).toBeGreaterThan(10);
    expect(new Set(nonces).size).toBe(nonces.length);
    for (const nonce of nonces) expect(nonce).toMatch(/^[0-9a-f]{16}$/);
  });

  test('KTG-11.5 a Pong for another than the oldest Ping closes', () => {
    for (const which of ['second', 'again', 'invented']) {
      const { reader, meter } = behind();
      const [first, second] = meter.pings;
      const nonces = {
        second: [second?.nonce],
        again: [first?.nonce, first?.nonce],
        invented: ['ffffffffffffffff'],
      }[which] as string[];
      reader.send(...nonces.map((nonce) => ({ system: { pong: { nonce } } })));
      expect(reader.fault().code).toBe('BAD_PONG');
      expect(reader.ended).toBe(true);
    }
  });

  test('KTG-11.6 answers come although the window is full', () => {
    const { reader, meter } = behind();
    expect(meter.streamMax).toBeGreaterThan(WINDOW_BYTES_MIN - 4_000);
    reader.send(
      { system: { ping: { nonce: '0102030405060708' } }, ref: 5 },
      chatFrame(1_000),
      { chat: { text: '' }, ref: 6, room: 'lobby' },
      { leave: {}, ref: 7, room: 'lobby' },
    );
    const kinds = reader.kinds().filter((kind) => kind !== 'ping');
    expect(kinds.toSorted()).toEqual(['fault', 'left', 'pong', 'stored']);
    expect(kinds.at(-1)).toBe('left');
  });

  test('KTG-11.6 one who asks without reading is closed when the answers fill a window', () => {
    const { reader, meter } = behind();
    let asked = 0;
    while (!reader.ended && asked < 20_000) {
      reader.send({ system: { ping: { nonce: '0102030405060708' } }, ref: ++asked });
      expect(reader.reading).toBe(true);
    }
    const frames = reader.take();
    meter.take(frames);
    expect(systemOf(frames.at(-1) ?? {}, 'fault')?.['code']).toBe('SLOW_READER');
    // The Welcome counts, too; it is not among these.
    expect(meter.unansweredAnswers).toBeGreaterThan(WINDOW_BYTES_MIN - 200);
    expect(meter.unansweredAnswers).toBeLessThan(WINDOW_BYTES_MIN + 1_000);
  });

  test('KTG-11.14 a reader who answers one Ping per stall_ms lives, one who answers none is closed', () => {
    const { rig, reader, meter } = behind();
    for (let n = 0; n < 12; n++) {
      rig.advance(28_000);
      meter.take(reader.take());
      reader.send(...[meter.pong() ?? []].flat());
      expect(reader.ended).toBe(false);
    }
    rig.advance(32_000);
    expect(reader.takeOne('fault')).toMatchObject({ system: { fault: { code: 'SLOW_READER' } } });
    expect(reader.ended).toBe(true);
  });

  test('KTG-11.14 time in which the server does not read does not count', () => {
    const rig = new Rig({ pingIntervalMs: 15_000, stallMs: 30_000 });
    const alice = rig.member('alice');
    alice.answering = false;
    rig.advance(16_000);
    const ping = systemOf(alice.takeOne('ping'), 'ping') ?? {};
    rig.log.hold();
    for (let n = 0; n < 100; n++) alice.input?.receive(codec.frame(chatFrame(n, 'x'.repeat(4_000))));
    alice.send({ system: { pong: ping } });
    expect(alice.reading).toBe(false);
    rig.advance(120_000);
    expect(alice.ended).toBe(false);
    rig.log.release();
    rig.settle();
    rig.advance(1_000);
    expect(alice.reading).toBe(true);
    expect(alice.ended).toBe(false);
  });

  test('KTG-11.8 a long replay in one room does not keep another room from speaking', () => {
    const { rig, reader, meter } = behind(3_000, 600);
    reader.send({ join: {}, ref: 2, room: 'kelas-7' });
    const bob = rig.member('bob', 'kelas-7');
    bob.send(chatFrame(9_000, 'penting', 'kelas-7'));
    let before = 0;
    let heard = false;
    for (let pong = meter.pong(); pong !== undefined && !heard; pong = meter.pong()) {
      reader.send(pong);
      for (const frame of reader.take()) {
        meter.take([frame]);
        if (frame['room'] === 'kelas-7' && 'chat' in frame) heard = true;
        else if (!heard && 'chat' in frame) before++;
      }
    }
    expect(heard).toBe(true);
    expect(before).toBeLessThan(150);
  });
});

describe('liveness', () => {
  test('KTG-13.1 a silent session is pinged every ping_interval_ms', () => {
    const rig = new Rig({ pingIntervalMs: 15_000 });
    const alice = rig.enter('alice');
    alice.answering = false;
    const times: number[] = [];
    for (let s = 1; s <= 65; s++) {
      rig.advance(1_000);
      for (const frame of alice.take()) {
        times.push(s);
        alice.send({ system: { pong: systemOf(frame, 'ping') ?? {} } });
      }
    }
    expect(times).toHaveLength(4);
    for (const [n, time] of times.entries()) expect(time - (times[n - 1] ?? 0)).toBeLessThanOrEqual(16);
  });

  test('KTG-13.3 a Ping is answered behind everything that was asked before', () => {
    const alice = new Rig().enter('alice');
    alice.send(
      { join: {}, ref: 1, room: 'lobby' },
      { chat: { text: '' }, ref: 2, room: 'lobby' },
      { system: { ping: { nonce: 'ffffffffffffffff' } }, ref: 3 },
    );
    const answers = alice.take().filter(({ ref }) => ref !== undefined);
    expect(answers).toMatchObject([
      { ref: 1 },
      { ref: 2 },
      { ref: 3, system: { pong: { nonce: 'ffffffffffffffff' } } },
    ]);
  });
});

describe('draining', () => {
  test('KTG-13.7 told, then answered, then closed; nobody new comes in', () => {
    const rig = new Rig();
    const alice = rig.member('alice');
    const early = rig.connect();
    alice.take();
    let drained = false;
    rig.log.hold();
    alice.send(chatFrame(1));
    rig.hub.drain(2_000, () => {
      drained = true;
    });
    rig.settle();
    const told = systemOf(alice.takeOne('draining'), 'draining');
    expect(Number(told?.['retry_after_ms'])).toBeGreaterThanOrEqual(2_000);
    alice.send(chatFrame(2), { system: { ping: { nonce: '0102030405060708' } }, ref: 3 });
    early.send(helloFrame('bob'));
    expect(rig.connect().input).toBeUndefined();
    rig.log.release();
    rig.settle();
    const last = alice.take();
    expect(last.map((frame) => systemOf(frame, 'fault')?.['code'] ?? kindOf(frame))).toEqual(
      expect.arrayContaining(['stored', 'DRAINING']),
    );
    expect(last.some(({ ref }) => ref === 2 || ref === 3)).toBe(false);
    expect(systemOf(last.at(-1) ?? {}, 'fault')?.['code']).toBe('DRAINING');
    expect(systemOf(last.at(-1) ?? {}, 'fault')?.['retry_after_ms']).toBe(told?.['retry_after_ms']);
    expect(early.fault().code).toBe('DRAINING');
    for (const client of [alice, early]) {
      expect(client.ended).toBe(true);
      client.drop();
    }
    expect(drained).toBe(true);
  });

  test('KTG-13.8 a stop writes no Leave; after a start with the same storage the members are held', () => {
    const before = new Rig();
    const alice = before.member('alice');
    before.hub.drain(0, () => undefined);
    before.settle();
    alice.drop();
    before.advance(120_000);
    const after = new Rig({ graceMs: 30_000 }, { storage: before.log.storage });
    const thief = after.connect();
    thief.send(helloFrame('alice', { secret: '22'.repeat(32) }));
    expect(thief.fault().code).toBe('NAME_HELD');
    after.advance(29_000);
    const back = after.enter('alice');
    expect(back.welcome).toMatchObject({ welcome: { rooms: ['lobby'] } });
    // What the old storage defers, it defers to the rig that made it.
    back.send({ join: { last: 10 }, ref: 1, room: 'lobby' });
    before.settle();
    after.settle();
    expect(back.kinds()).toEqual(['joined', 'roster', 'join']);
  });
});
