import { defineConfig } from 'vitest/config';

// Browser tests against a running system, told by ATRIUM_URL, ATRIUM_USER and ATRIUM_PASSWORD. They
// are steps of one story, in the order in which they are written.
export default defineConfig({
  test: {
    include: ['e2e/**/*.spec.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    bail: 1,
    reporters: ['verbose'],
    disableConsoleIntercept: true,
  },
});
