// A throw-away copy of the checkout, in which bugs are planted.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Every tracked file below `root` as it is now, from the root. @throws Error when git can not tell */
export function trackedFiles(root: string): string[] {
  const listed = git(root, ['ls-files', '-z']).split('\0');
  return listed.filter((file) => file !== '' && existsSync(join(root, file)));
}

/** Owns: a folder of its own, until `remove`. */
export class Tree {
  readonly root: string;

  /** Copies `files` of `root`; its `node_modules` is shared. */
  constructor(root: string, files: readonly string[]) {
    this.root = mkdtempSync(join(realpathSync(tmpdir()), 'kentongan-mutants-'));
    for (const file of files) {
      mkdirSync(dirname(join(this.root, file)), { recursive: true });
      cpSync(join(root, file), join(this.root, file));
    }
    // A junction needs no rights on Windows; elsewhere the word means nothing.
    symlinkSync(realpathSync(join(root, 'node_modules')), join(this.root, 'node_modules'), 'junction');
  }

  /** @throws Error when the patch does not fit the sources any more */
  apply(patch: string): void {
    git(this.root, ['apply', '--whitespace=nowarn', patch]);
  }

  revert(patch: string): void {
    git(this.root, ['apply', '--whitespace=nowarn', '--reverse', patch]);
  }

  remove(): void {
    if (!existsSync(this.root)) return;
    // First the link, so that nothing can reach through it.
    unlinkSync(join(this.root, 'node_modules'));
    rmSync(this.root, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** @throws Error with what git said */
function git(cwd: string, args: readonly string[]): string {
  // Neither a hook that started us nor a repository around the copy may have a say.
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('GIT_')));
  const ran = spawnSync('git', args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...env, GIT_CEILING_DIRECTORIES: dirname(cwd) },
  });
  if (ran.error !== undefined) throw ran.error;
  if (ran.status !== 0) throw new Error(`git ${args.join(' ')}: ${ran.stderr.trim()}`);
  return ran.stdout;
}
