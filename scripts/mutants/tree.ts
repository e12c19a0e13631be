// A throw-away copy of the checkout, in which bugs are planted.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** One line around a change has to be as it was: what stands further off may have moved on. */
const APPLY = ['apply', '-C1', '--whitespace=nowarn'] as const;

/** Every tracked file below `root` as it is now, from the root. @throws Error when git can not tell */
export function trackedFiles(root: string): string[] {
  const listed = git(root, ['ls-files', '-z']).split('\0');
  return listed.filter((file) => file !== '' && existsSync(join(root, file)));
}

/** Owns: a folder of its own, until `remove`. */
export class Tree {
  readonly root: string;

  /** Copies `files` of `root` to a new folder in `within`; its `node_modules` is shared. */
  constructor(root: string, files: readonly string[], within: string = tmpdir()) {
    this.root = mkdtempSync(join(realpathSync(within), 'kentongan-mutants-'));
    try {
      for (const file of files) {
        mkdirSync(dirname(join(this.root, file)), { recursive: true });
        cpSync(join(root, file), join(this.root, file));
      }
      // A junction needs no rights on Windows; elsewhere the word means nothing.
      symlinkSync(realpathSync(join(root, 'node_modules')), this.#modules, 'junction');
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  get #modules(): string {
    return join(this.root, 'node_modules');
  }

  /** @throws Error when the patch does not fit the sources any more */
  apply(patch: string): void {
    git(this.root, [...APPLY, patch]);
  }

  revert(patch: string): void {
    git(this.root, [...APPLY, '--reverse', patch]);
  }

  remove(): void {
    // First the link, so that nothing can reach through it.
    rmSync(this.#modules, { force: true });
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
