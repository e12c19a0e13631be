// `npm run test:system`: real processes, pseudo-terminals, network namespaces, other languages.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/system/**/*.test.ts', 'test/package/**/*.test.ts'],
    globalSetup: ['test/system-requirements.ts'],
    setupFiles: ['test/setup.ts'],
    // However the tests were started: hints of the programs are those of a checkout.
    env: { npm_command: 'exec' },
    reporters: ['default', './scripts/final-line-reporter.ts'],
    pool: 'forks',
    // One file at a time: they start processes of their own and share two cores.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
