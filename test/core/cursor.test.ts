// Whatever a log does while somebody reads it, the reader gets a contiguous run, within what may be written.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cursor, type Readable } from '../../src/core/cursor.ts';
import { payloadsOf } from '../../src/protocol/frame.ts';
import { withPrefix } from '../../src/protocol/framing.ts';
import type { ReadResult, Run } from '../../src/roomlog/roomlog.ts';
import { runs } from '../runs.ts';

/** What an engine's page holds at most. */
const PAGE_BYTES = 65_536;
const READ_FAILED: ReadResult = { status: 'failed', failure: 'ROOM_QUARANTINED' };

function holds(condition: boolean, what: string): void {
  expect(condition, what).toBe(true);
}

/** A log of which some entries are in memory, some only in storage, and some gone. */
class Log implements Readable {
  readonly #entries: Uint8Array[] = [];
  oldest = 1;
  recentOldest = 1;
  revision = 0;
  /** Reads that storage has not looked at, and those whose result has not arrived. */
  readonly asked: Array<{ from: number; bytesMax: number; onResult: (result: ReadResult) => void }> = [];
  readonly arriving: Array<() => void> = [];

  get newest(): number {
    return this.#entries.length;
  }

  /** Each entry holds its own number. */
  append(size: number): void {
    const payload = new Uint8Array(size);
    new DataView(payload.buffer).setUint32(0, this.newest + 1);
    this.#entries.push(withPrefix(payload));
  }

  /** What an entry held is gone; only its number is left. */
  erase(seq: number): void {
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, seq);
    this.#entries[seq - 1] = withPrefix(payload);
    this.recentOldest = this.newest;
    this.revision++;
  }

  /** The oldest entries are gone, but never all. */
  truncate(count: number): void {
    this.oldest = Math.max(1, Math.min(this.oldest + count, this.newest));
    this.recentOldest = Math.max(this.recentOldest, this.oldest);
  }

  /** The oldest entries in memory are in storage only. */
  evict(count: number): void {
    this.recentOldest = Math.max(1, Math.min(this.recentOldest + count, this.newest));
  }

  recent(from: number, bytesMax: number): Run | undefined {
    return from < this.recentOldest ? undefined : this.#run(from, bytesMax);
  }

  read(from: number, bytesMax: number, onResult: (result: ReadResult) => void): void {
    this.asked.push({ from, bytesMax, onResult });
  }

  /** Storage looks at the oldest read; the result is on its way. */
  look(fails: boolean): void {
    const read = this.asked.shift();
    if (read === undefined) return;
    const result = fails ? READ_FAILED : this.#result(read.from, read.bytesMax);
    this.arriving.push(() => read.onResult(result));
  }

  sizeOf(seq: number): number {
    return this.#entries[seq - 1]?.length ?? 0;
  }

  #result(from: number, bytesMax: number): ReadResult {
    if (from < this.oldest) return { status: 'truncated', oldest: this.oldest };
    const run = this.#run(from, bytesMax);
    return run === undefined ? { status: 'end' } : { status: 'run', ...run };
  }

  #run(from: number, bytesMax: number): Run | undefined {
    let bytes = 0;
    let last = from - 1;
    while (last < this.newest && bytes + this.sizeOf(last + 1) <= bytesMax) bytes += this.sizeOf(++last);
    if (last < from) return undefined;
    return { bytes: Uint8Array.from(Buffer.concat(this.#entries.slice(from - 1, last))), first: from, last };
  }
}

/** A cursor whose every word is checked. */
class Reader {
  readonly #log: Log;
  readonly cursor: Cursor;
  #next: number;

  constructor(log: Log, position: number) {
    this.#log = log;
    this.#next = position + 1;
    const onGap = (next: number): void => {
      holds(next > this.#next && next === log.oldest, 'a gap ends where the log begins');
      this.#next = next;
    };
    this.cursor = new Cursor(log, position, { wake: () => {}, gap: onGap });
  }

  /** Says whether something came. */
  pull(budget: number): boolean {
    const before = this.#next;
    const run = this.cursor.pull(budget);
    if (run === 'full') holds(this.#log.sizeOf(this.#next) > budget, 'what fits comes');
    if (typeof run !== 'string') {
      holds(run.bytes.length <= budget, 'what comes fits');
      holds(run.first === this.#next, 'a run begins where the last one ended');
      for (const payload of payloadsOf(run.bytes)) {
        const seq = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
        holds(seq === this.#next, 'each entry is the next one');
        holds(payload.length + 4 === this.#log.sizeOf(seq), 'each entry is as the log has it now');
        this.#next++;
      }
      holds(run.last === this.#next - 1, 'a run says where it ends');
    }
    holds(this.cursor.position === this.#next - 1, 'the position is what was pulled');
    return this.#next > before;
  }
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('append' as const), n: fc.integer({ min: 4, max: 30_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate' as const), n: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('evict' as const), n: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('erase' as const), n: fc.nat(20) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('pull' as const), n: fc.nat(70_000) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('look' as const), n: fc.nat(8) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('arrive' as const), n: fc.constant(0) }) },
);

test('what is pulled is a contiguous run of the log, jumps only over what is gone, and fits', () => {
  fc.assert(
    fc.property(fc.nat(5), fc.array(step, { maxLength: 80, size: 'max' }), (behind, steps) => {
      const log = new Log();
      for (let i = 0; i < 5; i++) log.append(1_000);
      const reader = new Reader(log, behind);
      for (const { do: what, n } of steps) {
        if (what === 'append') log.append(n);
        else if (what === 'truncate') log.truncate(n);
        else if (what === 'evict') log.evict(n);
        else if (what === 'erase') log.erase(Math.min(log.oldest + n, log.newest));
        else if (what === 'pull') reader.pull(n);
        else if (what === 'look') log.look(n === 0);
        else log.arriving.shift()?.();
      }
      // In the end everything comes, whatever was in between.
      for (let moved = true; moved; ) {
        moved = reader.pull(PAGE_BYTES);
        if (log.asked.length + log.arriving.length > 0) moved = true;
        log.look(false);
        log.arriving.shift()?.();
      }
      expect(reader.cursor.atHead).toBe(true);
    }),
    runs(400),
  );
});

test('a cursor that was stopped brings nothing, also when a read comes back', () => {
  const log = new Log();
  for (let i = 0; i < 3; i++) log.append(100);
  log.evict(2);
  const reader = new Reader(log, 0);
  reader.pull(PAGE_BYTES);
  reader.cursor.stop();
  log.look(false);
  log.arriving.shift()?.();
  expect(reader.pull(PAGE_BYTES)).toBe(false);
});
