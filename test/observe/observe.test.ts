import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OperatorEvent } from '../../src/observe/operator-event.ts';
import { lineOf } from '../../src/observe/lines.ts';
import { OperatorLog } from '../../src/observe/operator-log.ts';
import { ALLOWANCES, throttle, throttleFailures } from '../../src/observe/throttle.ts';
import { textsOf } from '../../src/texts/texts.ts';

const text = fc.string({ unit: 'binary' });
const address = '192.0.2.7:50000';

const anyEvent: fc.Arbitrary<OperatorEvent> = fc.oneof(
  fc.record({ event: fc.constant('joined' as const), room: text, name: text, address: text }),
  fc.record({
    event: fc.constant('left' as const),
    room: text,
    name: text,
    reason: fc.constantFrom('left' as const, 'lost' as const, 'ended' as const),
  }),
  fc.record({
    event: fc.constant('refused' as const),
    session: fc.nat(),
    address: text,
    name: text,
    code: fc.nat(),
    fault: text,
    room: text,
  }),
  fc.record({
    event: fc.constant('closed' as const),
    session: fc.nat(),
    address: text,
    name: text,
    code: fc.nat(),
    bytesIn: fc.nat(),
    bytesOut: fc.nat(),
  }),
  fc.record({ event: fc.constant('stranger' as const), address: text }),
  fc.record({
    event: fc.constant('suppressed' as const),
    what: fc.constantFrom('refusals', 'connections', 'visits', 'troubles'),
    count: fc.nat(),
    unstored: fc.nat(),
  }),
  fc.record({ event: fc.constant('erased' as const), room: text, of: fc.nat(), seq: fc.nat() }),
  fc.record({ event: fc.constant('room-quarantined' as const), room: text, sessions: fc.nat() }),
  fc.record({ event: fc.constant('position-refused' as const), room: text, name: text, seq: fc.nat() }),
  fc.record({ event: fc.constant('defect' as const), session: fc.nat(), message: text }),
  fc.record({ event: fc.constant('log-trouble' as const), path: text, reason: text }),
  fc.record({ event: fc.constant('log-position-lost' as const), path: text, count: fc.nat() }),
  fc.record({ event: fc.constant('log-recovered' as const), path: text, retries: fc.nat() }),
  fc.record({ event: fc.constant('announced' as const), room: text, seq: fc.nat() }),
  fc.record({ event: fc.constant('listener-failed' as const), reason: text }),
  fc.record({
    event: fc.constant('room-damaged' as const),
    room: text,
    from: fc.nat(),
    to: fc.nat(),
    kind: text,
  }),
  fc.record({ event: fc.constant('storage-full' as const), freeBytes: fc.nat() }),
  fc.record({ event: fc.constant('storage-recovered' as const) }),
  fc.record({ event: fc.constant('storage-failed' as const), reason: text }),
  fc.record({ event: fc.constant('mark-unreadable' as const), rooms: fc.nat() }),
);

describe('lines for people', () => {
  test('no event, in no language, has a line that could control a terminal or be two lines', () => {
    fc.assert(
      fc.property(anyEvent, fc.constantFrom('en' as const, 'id' as const), (event, language) => {
        const line = lineOf(event, textsOf(language))?.text ?? '';
        // oxlint-disable-next-line no-control-regex -- these are what is looked for
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/u);
      }),
    );
  });

  test.each<readonly [OperatorEvent, string]>([
    [{ event: 'joined', room: 'lobby', name: 'alice', address }, `alice joined lobby from ${address}`],
    [{ event: 'left', room: 'lobby', name: 'alice', reason: 'left' }, 'alice left lobby'],
    [
      { event: 'left', room: 'lobby', name: 'alice', reason: 'lost' },
      'alice lost the connection and left lobby',
    ],
    [
      { event: 'refused', session: 1, address, name: 'alice', code: 1001, fault: 'NAME_TAKEN', room: '' },
      `alice (${address}) was refused: NAME_TAKEN (1001)`,
    ],
    [
      { event: 'refused', session: 1, address, name: '', code: 4001, fault: 'BAD_FRAME', room: '' },
      `${address} was refused: BAD_FRAME (4001)`,
    ],
    [
      { event: 'refused', session: 1, address, name: 'bob', code: 1005, fault: 'NOT_A_MEMBER', room: 'x' },
      `bob (${address}) was refused in x: NOT_A_MEMBER (1005)`,
    ],
    [{ event: 'stranger', address }, `${address} was refused: it does not speak this protocol`],
    [{ event: 'suppressed', what: 'refusals', count: 7, unstored: 3 }, '4 more refusals'],
    [
      { event: 'suppressed', what: 'visits', count: 7, unstored: 0 },
      '7 more events of people who come and go',
    ],
    [{ event: 'erased', room: 'lobby', of: 7, seq: 9 }, '#7 of lobby was erased; #9 says so there.'],
  ])('%j', (event, line) => {
    expect(lineOf(event, textsOf('en'))).toEqual({ text: line, warning: false });
  });

  test.each<readonly [OperatorEvent, RegExp]>([
    [
      { event: 'room-damaged', room: 'lobby', from: 7, to: 9, kind: 'segment' },
      /^THE LOG OF lobby IS DAMAGED \(#7 to #9, segment\): .*"kentongan log verify"/,
    ],
    [
      { event: 'room-damaged', room: 'lobby', from: 0, to: 0, kind: 'head' },
      /^THE LOG OF lobby IS DAMAGED \(head\): /,
    ],
    [{ event: 'storage-full', freeBytes: 5_300_000 }, /^THE DISK IS FULL \(5 MiB free\)/],
    [
      { event: 'room-quarantined', room: 'lobby', sessions: 3 },
      /^lobby is closed, .*: 3 connections were in it/,
    ],
    [{ event: 'storage-recovered' }, /messages are stored/],
    [{ event: 'storage-failed', reason: 'EIO' }, /^THE DISK FAILED \(EIO\)/],
    [{ event: 'mark-unreadable', rooms: 3 }, /for 3 rooms/],
    [{ event: 'suppressed', what: 'troubles', count: 7, unstored: 0 }, /^7 more warnings like these$/],
  ])('%j is a warning: --quiet shows it, too', (event, line) => {
    expect(lineOf(event, textsOf('en'))).toEqual({ text: expect.stringMatching(line), warning: true });
  });

  test.each(['en', 'id'] as const)('in %s an erased message and a closed room have a line', (language) => {
    const texts = textsOf(language);
    const lines = [
      lineOf({ event: 'erased', room: 'lobby', of: 7, seq: 9 }, texts),
      lineOf({ event: 'room-quarantined', room: 'kelas', sessions: 3 }, texts),
    ];
    expect(lines.map((line) => line?.text)).toEqual([
      expect.stringMatching(/#7 .*lobby.*#9/),
      expect.stringMatching(/kelas.* 3 /),
    ]);
  });

  test('a full disk is told when it begins and when it ends, not for everybody who sends', () => {
    const out: string[] = [];
    let now = 0;
    const observe = throttle(
      () => now,
      throttleFailures(
        () => now,
        (event) => {
          const line = lineOf(event, textsOf('en'));
          if (line !== undefined) out.push(line.text.slice(0, 16));
        },
      ),
    );
    const refused = (code: number, fault: string): void =>
      observe({ event: 'refused', session: 1, address, name: 'alice', code, fault, room: 'lobby' });
    observe({ event: 'storage-full', freeBytes: 1 });
    for (let seconds = 0; seconds < 120; seconds++) {
      now += 1_000;
      for (const room of ['lobby', 'kelas'])
        observe({ event: 'append-failed', room, failure: 'STORAGE_FULL' });
      for (let sender = 0; sender < 10; sender++) refused(2002, 'STORAGE_FULL');
      refused(2007, 'OUT_OF_LINE');
    }
    observe({ event: 'storage-recovered' });
    expect(out).toEqual(['THE DISK IS FULL', 'There is space o']);
  });

  test('a disconnection is one line, not two; a server that stops says nothing of each', () => {
    const who = { session: 1, address, name: 'alice' };
    const texts = textsOf('en');
    const slow = { event: 'refused', ...who, code: 3001, fault: 'SLOW_READER', room: '' } as const;
    expect(lineOf(slow, texts)).toBeUndefined();
    expect(lineOf({ ...slow, name: '' }, texts)).toBeDefined();
    expect(lineOf({ ...slow, code: 3004 }, texts)).toBeUndefined();
    expect(lineOf({ event: 'closed', ...who, code: 3004, bytesIn: 1, bytesOut: 1 }, texts)).toBeUndefined();
  });

  test('who leaves by own wish makes no further line', () => {
    const event = { event: 'closed', session: 1, address, name: 'alice', bytesIn: 1, bytesOut: 1 } as const;
    expect(lineOf({ ...event, code: 0 }, textsOf('en'))).toBeUndefined();
    expect(lineOf({ ...event, code: 3001 }, textsOf('en'))?.text).toBe(
      `alice (${address}) was disconnected: SLOW_READER (3001)`,
    );
  });
});

describe('the operator log', () => {
  test('is one JSON object a line with everything that the event says, whatever that is', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const lines: string[] = [];
        new OperatorLog({ write: (line) => lines.push(line) }).observe(event);
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatch(/^[^\n]*\n$/);
        const { level, time, ...rest } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
        expect(['info', 'warn', 'error']).toContain(level);
        expect(new Date(String(time)).toISOString()).toBe(time);
        // Lone surrogates have no UTF-8; JSON.stringify escapes them and JSON.parse brings them back.
        expect(rest).toEqual({ ...event });
      }),
    );
  });
});

test.each([
  [{ event: 'room-damaged', room: 'lobby', from: 1, to: 2, kind: 'segment' }, 'error'],
  [{ event: 'storage-full', freeBytes: 1 }, 'error'],
  [{ event: 'storage-failed', reason: 'EIO' }, 'error'],
  [{ event: 'storage-recovered' }, 'warn'],
  [{ event: 'mark-unreadable', rooms: 1 }, 'warn'],
  [{ event: 'joined', room: 'lobby', name: 'alice', address }, 'info'],
] as const)('%j is of level %s', (event, level) => {
  const lines: string[] = [];
  new OperatorLog({ write: (line) => lines.push(line) }).observe(event);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level });
});

describe('a room that can not be stored', () => {
  test('is told once a minute, each room and each reason, and again after that', () => {
    let now = 0;
    const out: string[] = [];
    const observe = throttleFailures(
      () => now,
      (event) => out.push(event.event === 'append-failed' ? `${event.room} ${event.failure}` : event.event),
    );
    const fail = (room: string, failure: 'STORAGE_FULL' | 'STORAGE_READ_ONLY'): void =>
      observe({ event: 'append-failed', room, failure });
    for (let count = 0; count < 1_000; count++) {
      now += 50;
      fail('lobby', 'STORAGE_FULL');
      fail('kelas', 'STORAGE_FULL');
    }
    observe({ event: 'storage-recovered' });
    fail('lobby', 'STORAGE_READ_ONLY');
    now += 60_000;
    fail('kelas', 'STORAGE_FULL');
    expect(out).toEqual([
      'lobby STORAGE_FULL',
      'kelas STORAGE_FULL',
      'storage-recovered',
      'lobby STORAGE_READ_ONLY',
      'kelas STORAGE_FULL',
    ]);
  });
});

describe('a flood', () => {
  const who = { session: 1, address, name: '' };
  const named = { ...who, name: 'alice' };
  const bytes = { bytesIn: 2, bytesOut: 0 };
  const floods: Readonly<Record<keyof typeof ALLOWANCES, readonly OperatorEvent[]>> = {
    refusals: [
      { event: 'stranger', address },
      { event: 'refused', ...named, code: 1001, fault: 'NAME_TAKEN', room: '' },
    ],
    connections: [
      { event: 'opened', session: 1, address },
      { event: 'closed', ...who, code: 0, ...bytes },
    ],
    visits: [
      { event: 'welcomed', ...named, software: '' },
      { event: 'joined', room: 'lobby', name: 'alice', address },
      { event: 'left', room: 'lobby', name: 'alice', reason: 'left' },
      { event: 'held', name: 'alice' },
      { event: 'returned', name: 'alice' },
      { event: 'closed', ...named, code: 0, ...bytes },
    ],
    troubles: [
      { event: 'position-refused', room: 'lobby', name: 'alice', seq: 9 },
      { event: 'defect', session: 1, message: 'x' },
    ],
  };
  const KINDS = Object.keys(floods) as Array<keyof typeof floods>;
  const other = { event: 'announced', room: 'lobby', seq: 1 } as const;
  const kindOf = (event: OperatorEvent): string | undefined =>
    KINDS.find((kind) => floods[kind].includes(event));

  test('of one kind is cut to its allowance, and counted; nothing else is ever left out', () => {
    const step = fc.tuple(
      fc.integer({ min: 0, max: 700 }),
      fc.integer({ min: 1, max: 400 }),
      fc.constantFrom(...KINDS, undefined),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let now = 0;
        const out: Array<readonly [at: number, OperatorEvent]> = [];
        const observe = throttle(
          () => now,
          (event) => out.push([now, event]),
        );
        const given = new Map<string | undefined, number>();
        for (const [pause, times, kind] of steps) {
          now += pause;
          const events = kind === undefined ? [other] : floods[kind];
          for (let n = 0; n < times; n++) observe(events[n % events.length] ?? other);
          given.set(kind, (given.get(kind) ?? 0) + times);
        }
        now += 1_000;
        observe(other);
        expect(out.filter(([, event]) => event === other)).toHaveLength((given.get(undefined) ?? 0) + 1);
        for (const kind of KINDS) {
          const { perSecond, atOnce } = ALLOWANCES[kind];
          const passed = out.filter(([, event]) => kindOf(event) === kind);
          const suppressed = out.reduce(
            (sum, [, event]) =>
              event.event === 'suppressed' && event.what === kind ? sum + event.count : sum,
            0,
          );
          expect(passed.length + suppressed, kind).toBe(given.get(kind) ?? 0);
          for (const [from] of passed) {
            const near = passed.filter(([at]) => at >= from && at < from + 1_000).length;
            expect(near, kind).toBeLessThanOrEqual(atOnce + perSecond);
          }
        }
      }),
    );
  });

  test.each(KINDS)('of %s hides none of the others', (kind) => {
    let now = 0;
    const out: OperatorEvent[] = [];
    const observe = throttle(
      () => now,
      (event) => out.push(event),
    );
    for (now = 0; now < 10_000; now++) {
      for (const event of floods[kind]) observe(event);
      if (now % 1_000 !== 999) continue;
      for (const one of KINDS) if (one !== kind) observe(floods[one][0] ?? other);
    }
    for (const one of KINDS) {
      if (one !== kind) expect(out.filter((event) => event === floods[one][0])).toHaveLength(10);
    }
    // What is written in a day stays below a gigabyte, whatever is thrown at it.
    const { perSecond, atOnce } = ALLOWANCES[kind];
    const ofIt = out.filter((event) => kindOf(event) === kind);
    expect(ofIt.length).toBeLessThanOrEqual(atOnce + 10 * perSecond);
    expect(out.filter(({ event }) => event === 'suppressed').length).toBeLessThanOrEqual(10);
  });

  test('of which nothing follows is counted before the end', () => {
    const out: OperatorEvent[] = [];
    const observe = throttle(
      () => 0,
      (event) => out.push(event),
    );
    for (let n = 0; n < 500; n++) observe({ event: 'opened', session: n, address });
    observe({ event: 'stopping' });
    observe({ event: 'stopped', complete: true });
    expect(out.slice(-3)).toEqual([
      { event: 'stopping' },
      { event: 'suppressed', what: 'connections', count: 300, unstored: 0 },
      { event: 'stopped', complete: true },
    ]);
  });

  test('a class that comes in at once is told whole', () => {
    const out: OperatorEvent[] = [];
    const observe = throttle(
      () => 0,
      (event) => out.push(event),
    );
    for (let n = 0; n < 100; n++) {
      observe({ event: 'opened', session: n, address });
      for (const event of floods.visits) observe(event);
    }
    expect(out).toHaveLength(700);
  });
});
