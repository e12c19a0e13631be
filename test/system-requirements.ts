// What `npm run test:system` needs beside Node. A missing program stops the run: no test skips itself.
import { spawnSync } from 'node:child_process';

interface Requirement {
  readonly program: string;
  readonly args: readonly string[];
  /** The Debian package that has it. */
  readonly debian: string;
}

const REQUIREMENTS: readonly Requirement[] = [
  { program: 'tmux', args: ['-V'], debian: 'tmux' },
  { program: 'python3', args: ['--version'], debian: 'python3' },
  { program: 'ip', args: ['-V'], debian: 'iproute2' },
  { program: 'openssl', args: ['version'], debian: 'openssl' },
  { program: 'curl', args: ['--version'], debian: 'curl' },
  { program: 'chromium', args: ['--version'], debian: 'chromium' },
];

/** The Debian packages whose programs can not be run here. */
export function missingPackages(requirements: readonly Requirement[] = REQUIREMENTS): string[] {
  return requirements
    .filter(({ program, args }) => spawnSync(program, args, { stdio: 'ignore' }).status !== 0)
    .map(({ debian }) => debian);
}

/** Called by vitest once, before any test. */
export function setup(): void {
  const missing = missingPackages();
  if (missing.length === 0) return;
  throw new Error(
    `The system tests need more than Node. Missing Debian packages: ${missing.join(' ')}\n` +
      `  sudo apt-get install -y --no-install-recommends ${missing.join(' ')}`,
  );
}
