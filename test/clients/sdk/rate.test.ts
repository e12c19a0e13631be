// A long text piped into a server with a rate: the real hub and the real client, with time in the test's hand.
import { expect, test } from 'vitest';
import { Lan } from './lan.ts';
import { look } from './stage.ts';

interface Run {
  /** Milliseconds until all was stored. */
  readonly took: number;
  /** What the client was told beside that. */
  readonly faults: number[];
  readonly losses: string[];
  readonly stored: string[];
}

/** Sends so many lines as fast as the client takes them. */
async function pipe(lines: number, options: { rate: number; burst: number }): Promise<Run> {
  const lan = new Lan(options);
  const { client } = lan.client('alice');
  const faults: number[] = [];
  const losses: string[] = [];
  const stored: string[] = [];
  client.on('fault', ({ code }) => faults.push(code));
  client.on('state', (state) => {
    if (state.at === 'waiting' || state.at === 'closed') losses.push(state.cause?.message ?? state.at);
  });
  client.on('entry', ({ kind }) => {
    if (kind.type === 'chat') stored.push(kind.text);
  });
  void look(client.connect());
  const joining = look(client.join('lobby'));
  await lan.pass(50);
  const view = joining.value;
  if (view === undefined) throw new Error('not in the room');
  const sent = Array.from({ length: lines }, (_, n) => look(view.send(`line ${n}`)));
  let took = 0;
  while (sent.some(({ pending }) => pending)) {
    if (took > 1_000_000)
      throw new Error(`${sent.filter(({ pending }) => pending).length} were never stored`);
    await lan.pass(100);
    took += 100;
  }
  expect(sent.flatMap(({ error }) => error ?? [])).toEqual([]);
  return { took, faults, losses, stored };
}

test.each([
  ['the default rate', 1_500, { rate: 200, burst: 400 }],
  ['a rate below what may be unanswered', 200, { rate: 10, burst: 20 }],
  ['the lowest rate of all', 70, { rate: 1, burst: 1 }],
])(
  'a long text comes in whole, in order and as fast as it may, with no word of it: %s',
  async (_, lines, options) => {
    const { took, faults, losses, stored } = await pipe(lines, options);
    expect(faults).toEqual([]);
    expect(losses).toEqual([]);
    expect(stored).toEqual(Array.from({ length: lines }, (__, n) => `line ${n}`));
    const least = ((lines - options.burst) / options.rate) * 1_000;
    expect(took).toBeGreaterThan(least * 0.95);
    expect(took).toBeLessThan(least * 1.1 + 1_500);
  },
);

test('what is asked while a long text goes out does not wait behind all that may be unanswered', async () => {
  const lan = new Lan({ rate: 5, burst: 5 });
  const { client } = lan.client('alice');
  void look(client.connect());
  const joining = look(client.join('lobby'));
  await lan.pass(50);
  const view = joining.value;
  if (view === undefined) throw new Error('not in the room');
  for (let n = 0; n < 200; n++) void look(view.send(`line ${n}`));
  await lan.pass(5_000);
  const page = look(view.history({ limit: 1 }));
  await lan.pass(1_500);
  expect(page.value?.entries).toHaveLength(1);
  expect(view.unacknowledged).toBeGreaterThan(150);
});

test('without a rate nothing waits', async () => {
  const { took, faults } = await pipe(2_000, { rate: 0, burst: 0 });
  expect(faults).toEqual([]);
  expect(took).toBeLessThan(2_000);
});
