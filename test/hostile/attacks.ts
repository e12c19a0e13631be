// All attacks, in the order in which they are run.
import type { Attack } from './attack.ts';
import { bombs } from './attacks/bombs.ts';
import { descriptors } from './attacks/descriptors.ts';
import { floods } from './attacks/floods.ts';
import { frames } from './attacks/frames.ts';
import { readers } from './attacks/readers.ts';
import { resets } from './attacks/resets.ts';
import { slowloris } from './attacks/slowloris.ts';
import { upgrades } from './attacks/upgrades.ts';

export const ATTACKS: readonly Attack[] = [
  frames,
  upgrades,
  slowloris,
  resets,
  descriptors,
  floods,
  readers,
  bombs,
];
