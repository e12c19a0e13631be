// `npm test`: everything that needs nothing but Node. What needs more is in vitest.system.config.ts.
import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/system/**', 'test/package/**'],
    setupFiles: ['test/setup.ts'],
    // However the tests were started: hints of the programs are those of a checkout.
    env: { npm_command: 'exec' },
    reporters: ['default', './scripts/final-line-reporter.ts'],
    pool: 'threads',
    // Nothing here measures time: a test that hangs is cut off, a slow machine is only slow.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
