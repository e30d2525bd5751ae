import { defineConfig } from 'vitest/config';

// Browser tests against a running system, told by ATRIUM_URL, ATRIUM_USER and ATRIUM_PASSWORD. They
// are steps of one story, in the order in which they are written. Where ATRIUM_PROVIDER says what the
// button of a sign-in service is called, it is the story of that button.
const story = process.env.ATRIUM_PROVIDER ? 'provider' : 'chat';

export default defineConfig({
  test: {
    include: [`e2e/${story}.spec.ts`],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What comes of a request takes as long as the machine is busy; a second is the default.
    expect: { poll: { timeout: 15_000 } },
    fileParallelism: false,
    bail: 1,
    reporters: ['verbose'],
    disableConsoleIntercept: true,
  },
});
