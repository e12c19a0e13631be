// All attacks, in the order in which they are run.
import type { Attack } from './attack.ts';
import { frames } from './attacks/frames.ts';
import { resets } from './attacks/resets.ts';
import { slowloris } from './attacks/slowloris.ts';
import { upgrades } from './attacks/upgrades.ts';

export const ATTACKS: readonly Attack[] = [frames, upgrades, slowloris, resets];
