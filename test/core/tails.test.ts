// What the newest entries of all rooms take in memory.
import { describe, expect, test } from 'vitest';
import { Tail } from '../../src/core/tail.ts';
import { Tails } from '../../src/core/tails.ts';
import { kindOf, type RawClient, Rig } from './rig.ts';

function texts(client: RawClient): string[] {
  return client.frames.flatMap(({ kind }) =>
    kind?.$case === 'chat' && kind.value.content?.$case === 'text' ? [kind.value.content.value] : [],
  );
}

describe('tails', () => {
  const entry = new Uint8Array(30_000);

  test('the one that has grown longest ago forgets for another', () => {
    const tails = new Tails(190_000);
    const [a, b, c] = [new Tail(0, tails), new Tail(0, tails), new Tail(0, tails)];
    for (const tail of [a, b, a]) tail.append(entry);
    expect([a.oldest, b.oldest]).toEqual([1, 1]);
    c.append(entry);
    c.append(entry);
    expect([a.oldest, b.oldest, c.oldest]).toEqual([1, 2, 1]);
    expect(tails.bytes).toBeLessThanOrEqual(190_000);
  });

  test('what has forgotten goes on behind what it held', () => {
    const tails = new Tails(60_000);
    const [a, b] = [new Tail(7, tails), new Tail(0, tails)];
    a.append(entry);
    b.append(new Uint8Array(60_000));
    expect([a.oldest, a.newest]).toEqual([9, 8]);
    a.append(entry);
    expect([a.oldest, a.newest, b.oldest, b.newest]).toEqual([9, 9, 2, 1]);
  });

  test('the newest stays, whatever it takes', () => {
    const tails = new Tails(1);
    const tail = new Tail(0, tails);
    tail.append(entry);
    expect(tail.run(1, 1, 65_536)?.bytes.length).toBe(entry.length);
  });
});

describe('a room in which nobody is', () => {
  test('takes no memory for what was said, which whoever comes still reads', () => {
    const rig = new Rig({ graceMs: 1_000 });
    const budi = rig.client('budi', 'lab');
    const ani = rig.client('ani', 'lab');
    for (let n = 0; n < 40; n++) budi.say('lab', `line ${n}`);
    expect(rig.hub.tails.bytes).toBeGreaterThan(0);
    for (const client of [budi, ani]) client.session.lost();
    expect(rig.hub.tails.bytes).toBe(0);
    rig.clock.advance(2_000);
    // Their Leaves came after them.
    expect(rig.hub.tails.bytes).toBe(0);
    const late = rig.client('citra');
    late.join('lab', { last: 100 });
    expect(texts(late)).toEqual(Array.from({ length: 40 }, (_, n) => `line ${n}`));
    expect(late.frames.filter((frame) => kindOf(frame) === 'leave')).toHaveLength(2);
  });

  test('counts no more when it ends', () => {
    const rig = new Rig({ roomsMax: 2, rooms: ['lobby'] });
    const budi = rig.client('budi', 'one');
    const ani = rig.client('ani');
    ani.join('@budi');
    for (const client of [budi, ani]) client.session.lost();
    rig.clock.advance(60_000);
    expect(rig.hub.tails.bytes).toBe(0);
  });
});
