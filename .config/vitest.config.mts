import { defineConfig } from 'vitest/config';

/** What every machine can run: no root, no network, under three minutes. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 20_000,
    // Loading the sources anew for each file takes a third of the time; no test changes what they keep.
    isolate: false,
    // By default one processor is left idle.
    maxWorkers: '100%',
  },
});
