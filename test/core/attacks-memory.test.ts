// One client's appetite for memory.
import { expect, test } from 'vitest';
import { MemoryLog } from '../../src/roomlog/memory.ts';
import { crypto, ManualClock } from './rig.ts';

interface Filled {
  readonly clock: ManualClock;
  readonly oldest: Map<string, number>;
  fill(room: string, entries: number, bytes: number): void;
}

function logOf(totalBytes: number): Filled {
  const clock = new ManualClock();
  const { now, defer } = clock;
  const log = new MemoryLog({ crypto, now, defer, totalBytes });
  const oldest = new Map<string, number>();
  const fill = (room: string, entries: number, bytes: number): void => {
    const onTruncated = (seq: number): void => void oldest.set(room, seq);
    if (!oldest.has(room)) log.open(room, { onOutcomes: () => {}, onTruncated, onDamaged: () => {} });
    oldest.set(room, oldest.get(room) ?? 1);
    for (let i = 0; i < entries; i++) {
      log.append(room, { id: crypto.random(16), digest: crypto.random(32), body: new Uint8Array(bytes) });
      if (i % 1_000 === 999) clock.run();
    }
    clock.run();
  };
  return { clock, oldest, fill };
}

test('KTG-14.2 many full rooms take from the fullest, not from the others', () => {
  const { oldest, fill } = logOf(8_000_000);
  fill('class', 200, 1_000);
  for (let i = 0; i < 20; i++) fill(`full${i}`, 2_000, 1_000);
  expect(oldest.get('class')).toBe(1);
  expect(oldest.get('full0')).toBeGreaterThan(1);
});

test('KTG-14.2 the smallest messages count by what they take', () => {
  const { oldest, fill } = logOf(8_000_000);
  fill('dust', 100_000, 1);
  expect(100_000 - (oldest.get('dust') ?? 0)).toBeLessThan(8_000_000 / 256);
});
