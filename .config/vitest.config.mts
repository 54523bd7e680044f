import { defineConfig } from 'vitest/config';

/** What every machine can run: no root, no network, under three minutes. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**'],
    testTimeout: 20_000,
    // By default one processor is left idle.
    maxWorkers: '100%',
  },
});
