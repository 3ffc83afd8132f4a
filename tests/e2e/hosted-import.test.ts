import { type Appliance, makeIndex, pushBundle } from '@registry-cache/testbed';
import { expect, it } from 'vitest';
import { ANN, ask, startHosted } from './hosted-stage.ts';
import { openStage } from './stage.ts';

const BUNDLE = '/tmp/bundle';

const run = async (appliance: Appliance, ...args: string[]) =>
  await appliance.exec(['registry-cache', ...args]);

it('a bundle brings images of a hosted registry back, whole, and nothing twice', async () => {
  await using stage = await openStage();
  const appliance = await startHosted(stage);
  const target = { url: appliance.url, ca: appliance.ca, credentials: ANN };
  const image = makeIndex({ seed: 'bundle', architectures: ['amd64', 'arm64'] });
  await pushBundle(target, 'apps/team/app', 'v1', image);
  await run(appliance, 'export', '--out', BUNDLE, 'apps/team/app:v1');
  const path = '/v2/apps/team/app';
  const gone = await ask(appliance, 'DELETE', `${path}/manifests/${image.top.digest}`, ANN);
  expect(gone.status).toBe(202);
  expect((await run(appliance, 'import', BUNDLE)).stdout).toMatch(/^1 image \(.*\) imported/m);
  expect((await run(appliance, 'import', BUNDLE)).stdout).toContain('1 here before, 0 refused');
  const found = await ask(appliance, 'GET', `${path}/manifests/v1`, ANN);
  expect(found.headers['docker-content-digest']).toBe(image.top.digest);
  for (const { digest, bytes } of image.blobs) {
    const blob = await ask(appliance, 'GET', `${path}/blobs/${digest}`, ANN);
    expect(blob.body.equals(bytes)).toBe(true);
  }
});
