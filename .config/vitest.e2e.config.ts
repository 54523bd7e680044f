import { defineConfig } from 'vitest/config';

/** Real hosts: needs root and the host scripts; each file says what it skips and why. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    fileParallelism: false,
  },
});
