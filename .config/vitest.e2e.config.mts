import { defineConfig } from 'vitest/config';

/** Real hosts: needs root and the host scripts; each file says what it skips and why. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Packages come over a network that stalls now and then; each test can be run again on the same host.
    retry: 1,
    fileParallelism: false,
  },
});
