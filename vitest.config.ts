import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const E2E = {
  globalSetup: ['tests/e2e/setup.ts'],
  testTimeout: 120_000,
  hookTimeout: 180_000,
  // A line of a log may come late on a busy machine; a good test waits no longer for it.
  expect: { poll: { timeout: 15_000 } },
};

/** These files measure times, which other files would change. */
const ALONE = ['dead-upstreams', 'herd', 'limits'].map((name) => `tests/e2e/${name}.test.ts`);

const CLUSTER = {
  globalSetup: ['tests/cluster/setup.ts'],
  testTimeout: 300_000,
  // A file may wait for another one here.
  hookTimeout: 600_000,
  expect: { poll: { timeout: 15_000 } },
  fileParallelism: false,
  maxWorkers: 1,
};

/** It needs Pulumi, which is built by `./scripts/test --pulumi` alone. */
const PULUMI_ENGINE = 'tests/cluster/pulumi-engine.test.ts';

/** The slowest files start first. At the end one of them would keep a single worker busy. */
const SLOWEST = ['clients/proxied', 'clients/docker', 'clients/containerd', 'restart'].concat(
  [
    'access-matrix',
    'reload-broken',
    'guesses',
    'slow-readers',
    'kills',
    'start-variants',
    'hot-manifests',
  ],
  ['planted', 'tags', 'scripts', 'clients/podman', 'clients/skopeo', 'endless-bodies'],
);

class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = SLOWEST.findIndex((name) => moduleId.endsWith(`/e2e/${name}.test.ts`));
      return index === -1 ? SLOWEST.length : index;
    };
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    coverage: {
      include: ['packages/*/src/**/*.ts'],
      exclude: ['packages/testbed/**', '**/testing/**', '**/*.test.ts'],
      // `pnpm coverage` makes a table of it, with a line for each package.
      reporter: ['json-summary'],
      reportOnFailure: true,
    },
    sequence: { sequencer: SlowestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'deploy/pulumi/src/**/*.test.ts'],
          testTimeout: 120_000,
          expect: { poll: { timeout: 10_000 } },
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
      {
        // All files share one cluster, in namespaces and with node ports of their own.
        test: {
          ...CLUSTER,
          name: 'cluster',
          include: ['tests/cluster/**/*.test.ts'],
          exclude: [PULUMI_ENGINE],
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          ...CLUSTER,
          name: 'pulumi',
          include: [PULUMI_ENGINE],
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
