// The harness on trial: servers that misbehave in every way that it watches for, and attackers that do disturb. It
// must find each of them, and nothing in a server that is left alone.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Transport } from '../../bench/link.ts';
import type { Attack } from './attack.ts';
import { frames } from './attacks/frames.ts';
import { type FindingKind, Findings } from './finding.ts';
import { type Figures, play, type Play } from './play.ts';

const PLANT = fileURLToPath(new URL('plant.ts', import.meta.url));

export interface Trial {
  readonly tree: string;
  readonly folder: string;
  readonly seed: number;
  readonly transports: readonly Transport[];
  readonly findings: Findings;
  readonly say: (text: string) => void;
}

/** What is planted, and what it must be found out as: one of these. */
const PLANTED: Readonly<Record<string, readonly FindingKind[]>> = {
  block: ['late'],
  throw: ['crash'],
  reject: ['crash'],
  complain: ['defect'],
  leak: ['heap'],
  lose: ['lost'],
  double: ['doubled'],
  alter: ['foreign'],
  tattle: ['leak'],
  cut: ['ended'],
};

/** What makes `play` run a server that misbehaves in this way as soon as the attack begins. */
export function planted(plant: string, folder: string): Pick<Play, 'environment' | 'onStorm'> {
  return {
    environment: { HOSTILE_PLANT: plant, HOSTILE_FOLDER: folder, NODE_OPTIONS: `--import ${PLANT}` },
    onStorm: () => writeFileSync(join(folder, plant), ''),
  };
}

const FRAMES = 1_500;
const CALM: Attack = { ...frames, warmUp: { quick: 3_000 } };

export const self = {
  name: 'self',
  about: 'the harness on trial: what is planted must be found, and nothing else',
  run: async (trial: Trial): Promise<Figures> => {
    const figures: Record<string, string> = {};
    for (const [plant, kinds] of [['nothing', []] as const, ...Object.entries(PLANTED)]) {
      const found = new Findings();
      const folder = mkdtempSync(join(trial.folder, `${plant}-`));
      await play({
        ...trial,
        ...planted(plant, folder),
        folder,
        attack: CALM,
        scale: 'quick',
        amount: FRAMES,
        findings: found,
        flags: [],
      }).catch((error: unknown) => found.add('stuck', String(error)));
      figures[plant] = found.summary;
      const isFound = kinds.length === 0 ? found.total === 0 : kinds.some((kind) => found.count(kind) > 0);
      if (isFound) trial.say(`${plant}: ${found.texts[0] ?? 'nothing'}`);
      else trial.findings.add('silent', `${plant}: ${found.summary}; ${found.texts.join('; ')}`);
    }
    return figures;
  },
};
