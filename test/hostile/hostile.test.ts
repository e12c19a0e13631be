// A slice of `npm run hostile`: a real server, attackers, honest people. Nothing here is judged by time.
import { afterAll, expect, test } from 'vitest';
import { TRANSPORTS } from '../../bench/link.ts';
import { Tree } from '../../scripts/mutants/tree.ts';
import { programFiles } from '../faults/program.ts';
import { killAll } from '../faults/server.ts';
import { makeFolder, removeAll } from '../faults/world.ts';
import { frames } from './attacks/frames.ts';
import { medley } from './attacks/medley.ts';
import { Findings } from './finding.ts';
import { type Figures, play, type Play } from './play.ts';
import { killChildren } from './scene.ts';
import { planted } from './self.ts';

const ROOT = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');
const isLinux = process.platform === 'linux';
// A copy: its servers are the same program, whatever happens to the checkout, and leave nothing behind in it.
const tree = new Tree(ROOT, programFiles(ROOT));

afterAll(async () => {
  killAll();
  await killChildren();
  removeAll();
  tree.remove();
});

/** The same attacks for everybody who runs the tests; `npm run hostile` chooses others each time. */
const SEED = 1;

async function attack(how: Partial<Play> & Pick<Play, 'folder'>): Promise<[Figures, Findings]> {
  const findings = new Findings();
  const figures = await play({
    tree: tree.root,
    attack: medley,
    scale: 'slice',
    seed: SEED,
    amount: 1,
    transports: TRANSPORTS,
    findings,
    flags: [],
    ...how,
  });
  return [figures, findings];
}

test.skipIf(!isLinux)('attackers disturb nobody and are told nothing that is not theirs', async () => {
  const [figures, findings] = await attack({ folder: makeFolder() });
  expect(findings.texts).toEqual([]);
  expect(figures).toMatchObject({ 'frames: frames': expect.any(Number), 'upgrades: requests': 400 });
});

test.skipIf(!isLinux)('a server that tells somebody something twice is found out', async () => {
  const folder = makeFolder();
  const [, findings] = await attack({ folder, attack: frames, amount: 500, ...planted('double', folder) });
  expect(findings.count('doubled')).toBeGreaterThan(0);
});
