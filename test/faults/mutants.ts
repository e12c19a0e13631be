// The harness proves itself: servers that break the promise must be found out by the campaigns that watch over it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Tree } from '../../scripts/mutants/tree.ts';
import type { Campaign, Figures, Run } from './campaign.ts';
import { type FindingKind, FINDINGS, Findings } from './finding.ts';
import { kill } from './kill.ts';
import { power } from './power.ts';
import { programFiles } from './program.ts';

/** Where the liars are. */
export const PATCHES = fileURLToPath(new URL('mutants', import.meta.url));
const WATCHERS: readonly Campaign[] = [kill, power];

export const mutants: Campaign = {
  name: 'mutants',
  about: 'servers that acknowledge what is not on the disk: kill and power must find it',
  // It ends as soon as the lie is found out.
  quick: 15,
  full: 20,
  run: huntAll,
};

async function huntAll(run: Run): Promise<Figures> {
  const figures: Record<string, string> = {};
  for (const [index, file] of readdirSync(PATCHES).toSorted().entries()) {
    const patch = readFileSync(join(PATCHES, file), 'utf8');
    const watcher = WATCHERS.find(({ name }) => name === headerOf(patch, 'Campaign'));
    const kinds = FINDINGS.filter((name) => headerOf(patch, 'Finds').split(' ').includes(name));
    if (watcher === undefined || kinds.length === 0) throw new Error(`${file}: its header says too little`);
    // What it finds is no finding of ours; that it finds nothing is.
    const found = new Findings();
    const tree = new Tree(run.tree, programFiles(run.tree));
    try {
      tree.apply(join(PATCHES, file));
      await watcher.run({
        ...run,
        tree: tree.root,
        random: run.random.fork(index),
        findings: found,
        isEnough: () => countOf(found, kinds) > 0,
      });
    } finally {
      tree.remove();
    }
    const seen = found.texts.find((text) => kinds.some((kind) => text.startsWith(`${kind}: `)));
    if (seen !== undefined) process.stdout.write(`   ${file}: ${seen}\n`);
    if (countOf(found, kinds) === 0) {
      run.findings.add(
        'silent',
        `${file}: ${watcher.name} noticed nothing (${found.summary}; ${found.texts.join('; ')})`,
      );
    }
    figures[file.replace('.patch', '')] =
      `${kinds.map((kind) => `${kind} ${found.count(kind)}`).join(', ')} within ${run.cycles} cycles of ${watcher.name}`;
  }
  return figures;
}

function countOf(found: Findings, kinds: readonly FindingKind[]): number {
  return kinds.reduce((sum, kind) => sum + found.count(kind), 0);
}

function headerOf(text: string, key: string): string {
  return new RegExp(`^# ${key}: (.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
}
