// All attacks, in the order in which they are run.
import type { Attack } from './attack.ts';
import { bombs } from './attacks/bombs.ts';
import { descriptors } from './attacks/descriptors.ts';
import { floods } from './attacks/floods.ts';
import { frames } from './attacks/frames.ts';
import { medley } from './attacks/medley.ts';
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

/** The one of this name. @throws Error when there is none */
export function attackOf(name: string): Attack {
  const found = [...ATTACKS, medley].find((attack) => attack.name === name);
  if (found !== undefined) return found;
  throw new Error(`there is no attack ${name}: ${ATTACKS.map((one) => one.name).join(', ')}`);
}
