// chat.log through crashes at every operation: the lines are the entries, each exactly once.
import { afterEach, expect, test } from 'vitest';
import { Random } from '../support/random.ts';
import { ROOMS, World } from './crash-world.ts';

const SEED = Number(process.env['FC_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** As many stories of each kind; more of them find more. */
const STORIES = Number(process.env['KENTONGAN_STORIES'] ?? 20);
const NEVER = Number.POSITIVE_INFINITY;

let world: World | undefined;
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.log(`FC_SEED=${SEED}\n${world?.disk.journal.join('\n')}`);
  await world?.disk.end();
  world = undefined;
});

const seqOf = (line: string): number => Number(/#(\d+)/.exec(line)?.[1]);
const bySeq = (x: string, y: string): number => seqOf(x) - seqOf(y);

/** A process that dies at one operation, another that may die anywhere, and one that ends well. */
async function story(stream: number, dieAt: number): Promise<World> {
  const random = new Random(SEED, stream);
  await world?.disk.end();
  world = new World(random);
  const failing = random.pick([0, 0, 0.05, 0.2]);
  await world.live(40, { dieAt, failing });
  if (random.chance(0.5)) world.disk.cutPower();
  await world.live(30, { dieAt: random.between(1, 80), failing });
  if (random.chance(0.5)) world.disk.cutPower();
  await world.live(10, { dieAt: NEVER, failing });
  return world;
}

/** The lines of a room: in each file in order, and together, by seq. */
function linesIn(files: readonly string[][], room: string): { isOrdered: boolean; lines: string[] } {
  const mine = files.map((lines) => lines.filter((line) => line.startsWith(`${room} `)));
  const isOrdered = mine.every((lines) => lines.join() === lines.toSorted(bySeq).join());
  return { isOrdered, lines: mine.flat().toSorted(bySeq) };
}

/** What the lines of a room are to be: from #1 on, without a gap. */
function entriesOf(said: readonly string[], room: string): { isOrdered: boolean; lines: string[] } {
  const texts = said.filter((each) => each.startsWith(`${room} `)).map((each) => each.slice(2));
  return {
    isOrdered: true,
    lines: texts.map((text, i) => `${room} #${i + 1} notice announcement: ${text}`),
  };
}

test('a process that dies at any operation, by a kill or a power cut', async () => {
  const { operations } = (await story(0, NEVER)).lives[0] ?? { operations: 0 };
  expect(operations).toBeGreaterThan(30);
  const step = 1 + Math.floor(operations / STORIES);
  for (let dieAt = 1 + (SEED % step); dieAt <= operations; dieAt += step) {
    const { said, files } = await story(0, dieAt);
    for (const room of ROOMS) expect(linesIn(files(), room)).toEqual(entriesOf(said, room));
  }
});

test('any processes on any disk', async () => {
  for (let round = 1; round <= STORIES; round++) {
    const { said, files } = await story(round, new Random(SEED, round).between(1, 150));
    for (const room of ROOMS) expect(linesIn(files(), room)).toEqual(entriesOf(said, room));
  }
});
