import { randomBytes } from 'node:crypto';
import { chmod, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  type Bundle,
  basicAuthorization,
  createHttpClient,
  digestOf,
  type FaultProxy,
  layersOf,
  makeImage,
  makeTemporaryFolder,
  pushBundle,
  type RegistryProcess,
  runCommand,
  startFaultProxy,
  type TemporaryFolder,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ANN, ask, startHosted } from './hosted-stage.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';
import { withoutProgress } from './without-progress.ts';

const MIB = 1024 * 1024;
const LARGE_LAYERS = Array.from({ length: 16 }, () => 10_000_000);

let stage: Stage;
let folder: TemporaryFolder;
let origin: RegistryProcess;
let faultProxy: FaultProxy;
let small: Bundle;
let large: Bundle;

beforeAll(async () => {
  stage = await openStage();
  folder = stage.use(await makeTemporaryFolder('container-kills'));
  // The programs of the container run as another user.
  await chmod(folder.path, 0o777);
  origin = await stage.upstream();
  small = await pushImage(origin, 'team/small', 'v1', { seed: 'container kills, small' });
  large = await pushImage(origin, 'team/tall', 'v1', {
    seed: 'container kills, large',
    layerSizesBytes: LARGE_LAYERS,
  });
  const host = stage.network.gateway;
  faultProxy = stage.use(await startFaultProxy({ host, upstream: origin.url }));
});

beforeEach(async () => {
  await faultProxy.resume();
  faultProxy.setRules();
  faultProxy.forget();
});

afterAll(() => stage[Symbol.asyncDispose]());

const smallTargets = () => listTargets('quay.io', 'team/small', 'v1', small);
const largeTargets = () => listTargets('quay.io', 'team/tall', 'v1', large);

const open = (env: Record<string, string> = {}) =>
  stage.appliance({ 'quay.io': faultProxy }, { extraMounts: [`${folder.path}:/bundles`], env });

const command = (appliance: Appliance, ...args: string[]) =>
  appliance.exec(['registry-cache', ...args]);

/**
 * kill -9 of the first process, by which the kernel kills all others of the container. `podman kill`
 * does the same a second later, when the work may be done.
 */
async function killAll(appliance: Appliance): Promise<void> {
  process.kill(await appliance.pid(), 'SIGKILL');
  await until('the container has ended', async () => !(await appliance.isRunning()));
}

test('a push goes on where it was, and nothing of it is served before its end', async () => {
  const appliance = await startHosted(stage, '1G');
  const target = { url: appliance.url, ca: appliance.ca, credentials: ANN };
  const before = makeImage({ seed: 'pushed before the kill' });
  await pushBundle(target, 'apps/before', 'v1', before);
  const bytes = randomBytes(24 * MIB);
  const digest = digestOf(bytes);
  const start = await ask(appliance, 'POST', '/v2/apps/half/blobs/uploads/', ANN);
  const location = start.headers.location ?? '';
  const first = await ask(appliance, 'PATCH', location, ANN, { body: bytes.subarray(0, 8 * MIB) });
  expect(first.status).toBe(202);
  // The second piece is on its way.
  const { pathname, search } = new URL(location, appliance.url);
  const sending = sendSlowly(appliance, pathname + search, bytes.subarray(8 * MIB));
  const uploads = join(appliance.storeDir, 'hosted');
  await until('some of the second piece has arrived', async () => {
    return (await largestFile(uploads)) > 9 * MIB;
  });
  await killAll(appliance);
  await sending;
  await appliance.start();
  const state = await ask(appliance, 'GET', location, ANN);
  const arrived = Number(state.headers.range?.split('-')[1]) + 1;
  expect([state.status, arrived]).toEqual([204, expect.any(Number)]);
  expect(arrived).toBeGreaterThanOrEqual(8 * MIB);
  expect((await ask(appliance, 'GET', `/v2/apps/half/blobs/${digest}`, ANN)).status).toBe(404);
  const { body } = await ask(appliance, 'GET', '/v2/_catalog', ANN);
  expect(body.toString()).not.toContain('apps/half');
  const rest = { body: bytes.subarray(arrived) };
  const end = await ask(appliance, 'PUT', `${location}?digest=${digest}`, ANN, rest);
  expect(end.status).toBe(201);
  const whole = await ask(appliance, 'GET', `/v2/apps/half/blobs/${digest}`, ANN);
  expect(digestOf(whole.body)).toBe(digest);
  for (const { digest: one } of before.blobs) {
    expect((await ask(appliance, 'GET', `/v2/apps/before/blobs/${one}`, ANN)).status).toBe(200);
  }
});

/** The next test imports what this one has exported. */
test('an export shows no image in part, and writes only what is missing', async () => {
  const near = await open();
  await pullTargets(near, [...smallTargets(), ...largeTargets()]);
  const exporting = command(near, 'export', '--out', '/bundles/both', '--all');
  const blobs = join(folder.path, 'both/blobs/sha256');
  await until('some blobs are written', async () => (await listFiles(blobs)).length >= 6, {
    intervalMs: 2,
  });
  await killAll(near);
  await exporting;
  expect(await listFiles(join(folder.path, 'both'))).not.toContain('index.json');
  await near.start();
  const wrong = await command(near, 'verify', '/bundles/both');
  expect([wrong.exitCode, wrong.stdout]).toEqual([
    1,
    expect.stringContaining('missing index.json'),
  ]);
  const again = await command(near, 'export', '--out', '/bundles/both', '--all', '--json');
  expect(again.exitCode).toBe(0);
  const { keptBytes, images } = JSON.parse(again.stdout);
  expect([images, keptBytes]).toEqual([2, expect.any(Number)]);
  expect(keptBytes).toBeGreaterThan(0);
  const verified = await command(near, 'verify', '/bundles/both');
  expect([verified.exitCode, verified.stdout]).toEqual([0, expect.stringContaining('; whole; ')]);
  expect((await listFiles(blobs)).filter((name) => name.endsWith('.unfinished'))).toEqual([]);
});

test('an import shows the images that it has finished, and goes on with the next one', async () => {
  await faultProxy.pause();
  const far = await open({ OFFLINE: 'true' });
  const importing = command(far, 'import', '/bundles/both');
  const spool = join(far.storeDir, 'egress');
  const staged = async () => (await readdir(spool)).filter((name) => name.startsWith('import-'));
  await until('blobs of the large image are read', async () => (await staged()).length >= 5, {
    intervalMs: 5,
  });
  await killAll(far);
  expect((await importing).exitCode).not.toBe(0);
  await far.start();
  await pullTargets(far, smallTargets());
  await expectNothingOf(far, 'team/tall', large);
  const again = await command(far, 'import', '/bundles/both');
  expect([again.exitCode, again.stdout]).toEqual([
    0,
    expect.stringMatching(/^1 image \(.*\) imported, 1 here before, 0 refused$/),
  ]);
  await pullTargets(far, largeTargets());
});

test('warming goes on where it was, and fetches hardly a byte twice', async () => {
  const appliance = await open();
  const perSecond = { bytesPerSecond: 10_000_000, share: 'all' } as const;
  faultProxy.setRules({ when: { kind: 'blob' }, do: perSecond });
  const list = 'quay.io/team/small:v1\nquay.io/team/tall:v1\n';
  const warm = () =>
    runCommand('podman', ['exec', '-i', appliance.id, 'registry-cache', 'warm', '-'], {
      input: list,
    });
  const warming = warm();
  await until('half of it was fetched', () => faultProxy.bytes({ kind: 'blob' }) > 70_000_000, {
    intervalMs: 5,
  });
  await killAll(appliance);
  expect((await warming).exitCode).not.toBe(0);
  await appliance.start();
  const again = await warm();
  expect([withoutProgress(again.stderr), again.exitCode]).toEqual(['', 0]);
  const sizeBytes = [...small.blobs, ...large.blobs].reduce(
    (sum, one) => sum + one.bytes.length,
    0,
  );
  expect(faultProxy.bytes({ kind: 'blob' })).toBeLessThan(sizeBytes * 1.01);
  await faultProxy.pause();
  await pullTargets(appliance, [...smallTargets(), ...largeTargets()]);
});

async function expectNothingOf(appliance: Appliance, repository: string, image: Bundle) {
  await using client = appliance.client();
  const paths = [
    'manifests/v1',
    `manifests/${image.top.digest}`,
    ...layersOf(image).map(({ digest }) => `blobs/${digest}`),
  ];
  for (const path of paths) {
    const { status } = await client.get(`/v2/quay.io/${repository}/${path}`);
    expect([path, status]).toEqual([path, 503]);
  }
}

/** Sends a body until the connection breaks. */
async function sendSlowly(appliance: Appliance, path: string, body: Uint8Array): Promise<void> {
  await using client = createHttpClient({ url: appliance.url, ca: appliance.ca });
  await client
    .request('PATCH', path, { headers: { authorization: basicAuthorization(ANN) }, body })
    .catch(() => undefined);
}

async function listFiles(dir: string): Promise<string[]> {
  return readdir(dir).catch(() => []);
}

/** The size in bytes of the largest file below a folder. */
async function largestFile(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = files.map(({ parentPath, name }) => {
    return stat(join(parentPath, name)).then(
      ({ size }) => size,
      () => 0,
    );
  });
  return Math.max(0, ...(await Promise.all(sizes)));
}
