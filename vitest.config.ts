import { defineConfig } from 'vitest/config';

const E2E = {
  globalSetup: ['tests/e2e/setup.ts'],
  testTimeout: 120_000,
  hookTimeout: 180_000,
};

/** These files take ports or names of the whole machine, or tell by the clock what happened. */
const ALONE = ['dead-upstreams', 'herd', 'limits', 'restart', 'scripts'].map(
  (name) => `tests/e2e/${name}.test.ts`,
);

export default defineConfig({
  test: {
    coverage: {
      include: ['packages/*/src/**/*.ts'],
      exclude: ['packages/testbed/**', '**/testing/**', '**/*.test.ts'],
      // `pnpm coverage` makes a table of it, with a line for each package.
      reporter: ['json-summary'],
      reportOnFailure: true,
    },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts'],
          testTimeout: 20_000,
          // Most of these tests wait (for a timer, a socket, a process) rather than compute.
          maxWorkers: 5,
        },
      },
      {
        // Each file has a network and containers of its own, and waits more than it computes.
        test: {
          ...E2E,
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          exclude: ALONE,
          maxWorkers: Number(process.env.E2E_WORKERS ?? 4),
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...E2E,
          name: 'e2e-alone',
          include: ALONE,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
