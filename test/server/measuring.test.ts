// What `status` finds out on demand: how late the event loop is, and what is alive in memory.
import { expect, test } from 'vitest';
import { readLiveHeap } from '../../src/server/live-heap.ts';
import { LoopDelayMeasure } from '../../src/server/loop-delay.ts';

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('a span is measured from one question to the next, and each begins anew', async () => {
  const measure = new LoopDelayMeasure();
  expect(measure.take()).toBeUndefined();
  await pause(100);
  block(120);
  await pause(100);
  const first = measure.take();
  expect(first?.max).toBeGreaterThan(100);
  expect(first?.p9999).toBeGreaterThan(100);
  expect(first?.p50).toBeLessThan(50);
  expect(first?.spanMs).toBeGreaterThan(300);
  expect(first?.samples).toBeGreaterThan(50);
  await pause(100);
  const second = measure.take();
  measure.stop();
  expect(second?.max).toBeLessThan(first?.max ?? 0);
  expect(second?.spanMs).toBeLessThan(first?.spanMs ?? 0);
  expect(measure.take()).toBeUndefined();
  measure.stop();
});

test('the live heap has what is held, and not what was let go', async () => {
  const before = await readLiveHeap();
  const held: { buffer?: Buffer; list?: string[] } = { buffer: Buffer.alloc(40_000_000, 1) };
  held.list = Array.from({ length: 300_000 }, (_, n) => `entry number ${n}`);
  const full = await readLiveHeap();
  expect(full.arrayBufferBytes - before.arrayBufferBytes).toBeGreaterThanOrEqual(40_000_000);
  expect(full.liveBytes - before.liveBytes).toBeGreaterThan(5_000_000);
  expect(held.buffer?.length).toBe(40_000_000);
  delete held.buffer;
  delete held.list;
  const after = await readLiveHeap();
  expect(after.arrayBufferBytes).toBeLessThan(before.arrayBufferBytes + 4_000_000);
  expect(after.liveBytes).toBeLessThan(before.liveBytes + 2_000_000);
});
