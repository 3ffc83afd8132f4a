import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Appliance,
  type Bundle,
  createSkopeoClient,
  DOCKER,
  type FaultProxy,
  OCI,
  pushBundle,
  type RegistryProcess,
  startFaultProxy,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { killProgram, signalInit } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { askManifest, manifestsAsked } from './tag-requests.ts';

/** Longer than the time of each tag that expires below, with nginx's repetition included. */
const EXPIRED_MS = 2_200;
let stage: Stage;
let upstream: RegistryProcess;
let faultProxy: FaultProxy;
let appliance: Appliance;
let image: Bundle;
let next: Bundle;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  faultProxy = stage.use(
    await startFaultProxy({ host: stage.network.gateway, upstream: upstream.url }),
  );
  image = await pushImage(upstream, 'team/app', 'v1', { seed: 'tags' });
  next = await pushImage(upstream, 'team/next', 'v1', { seed: 'tags, next' });
  const { url } = faultProxy;
  appliance = await stage.appliance(
    {
      'hour.test': { url },
      'short.test': { url, tags: { default: '2s' } },
      'stale.test': { url, tags: { default: '2s', whileChecking: 'stale' } },
      'keep.test': { url, tags: { default: '2s', deleted: 'keep' } },
      'never.test': { url, tags: { never: 'v\\d' } },
      'off.test': { url, tags: { enabled: false } },
    },
    {
      env: {
        MANIFEST_CACHE_PRIMARY_REGEX: 'edge',
        MANIFEST_CACHE_PRIMARY_TIME: '2s',
        EGRESS_NOT_FOUND_TIME: '1ms',
      },
    },
  );
});

beforeEach(() => {
  faultProxy.setRules();
  faultProxy.forget();
});

afterAll(() => stage[Symbol.asyncDispose]());

it('a tag is requested once, and within its time not again, also after a restart', async () => {
  const name = 'hour.test/team/app:v1';
  expect(await askManifest(appliance, name)).toMatchObject({
    status: 200,
    cache: 'MISS',
    digest: image.top.digest,
  });
  expect(manifestsAsked(faultProxy)).toEqual(['GET v1']);
  for (const method of ['GET', 'HEAD']) {
    expect(await askManifest(appliance, name, { method })).toMatchObject({
      status: 200,
      cache: 'HIT',
      digest: image.top.digest,
    });
  }
  await using skopeo = await createSkopeoClient({ ca: appliance.ca });
  const inspected = await skopeo.inspect(`${appliance.registry}/hour.test/team/app:v1`);
  expect(JSON.parse(inspected.stdout)).toMatchObject({ Digest: image.top.digest });
  await appliance.restart();
  expect(await askManifest(appliance, name)).toMatchObject({ cache: 'HIT' });
  expect(manifestsAsked(faultProxy)).toEqual(['GET v1']);
});

it('a tag costs one upstream request for a herd of fifty', async () => {
  await pushBundle(upstream, 'team/herd', 'v1', image);
  faultProxy.setRules({ when: { kind: 'manifest' }, do: { delayMs: 300 } });
  faultProxy.forget();
  const name = 'hour.test/team/herd:v1';
  const herd = Array.from({ length: 50 }, () => askManifest(appliance, name));
  const answers = await Promise.all(herd);
  expect(new Set(answers.map(({ digest }) => digest))).toEqual(new Set([image.top.digest]));
  expect(manifestsAsked(faultProxy)).toEqual(['GET v1']);
});

it.each([
  ['its default time', 'short.test', 'latest'],
  ['the time of its tier', 'hour.test', 'edge'],
])(
  'a tag is checked by HEAD after %s, and only its new digest is fetched',
  async (_what, registry, tag) => {
    await pushBundle(upstream, 'team/moves', tag, image);
    faultProxy.forget();
    const name = `${registry}/team/moves:${tag}`;
    await askManifest(appliance, name);
    await sleep(EXPIRED_MS);
    expect(await askManifest(appliance, name)).toMatchObject({ digest: image.top.digest });
    expect(manifestsAsked(faultProxy)).toEqual([`GET ${tag}`, `HEAD ${tag}`]);
    const moved = await pushImage(upstream, 'team/moves', tag, { seed: `tags, moved ${tag}` });
    faultProxy.forget();
    expect(await askManifest(appliance, name)).toMatchObject({ digest: image.top.digest });
    await sleep(EXPIRED_MS);
    expect(await askManifest(appliance, name)).toMatchObject({
      cache: 'MISS',
      digest: moved.top.digest,
    });
    expect(manifestsAsked(faultProxy)).toEqual([`HEAD ${tag}`, `GET ${moved.top.digest}`]);
  },
);

it('an expired tag is served at once and checked meanwhile, if the policy says so', async () => {
  await pushBundle(upstream, 'team/fast', 'latest', image);
  const name = 'stale.test/team/fast:latest';
  await askManifest(appliance, name);
  await pushBundle(upstream, 'team/fast', 'latest', next);
  await sleep(EXPIRED_MS);
  expect(await askManifest(appliance, name)).toMatchObject({
    cache: 'STALE',
    digest: image.top.digest,
  });
  await until('the new digest is served', async () => {
    return (await askManifest(appliance, name)).digest === next.top.digest;
  });
});

it('a new digest of a tag such as 22.04 is found, and its check delays no pull', async () => {
  await pushBundle(upstream, 'team/distro', '22.04', image);
  await pushBundle(upstream, 'team/distro', '22.04.1', image);
  const moving = 'short.test/team/distro:22.04';
  const release = 'short.test/team/distro:22.04.1';
  for (const name of [moving, release]) await askManifest(appliance, name);
  for (const tag of ['22.04', '22.04.1']) await pushBundle(upstream, 'team/distro', tag, next);
  await sleep(EXPIRED_MS);
  // Longer than the soft timeout. A pull that waited for the check would get STALE.
  faultProxy.setRules({ when: { kind: 'manifest' }, do: { delayMs: 1_500 } });
  faultProxy.forget();
  expect(await askManifest(appliance, moving)).toMatchObject({
    cache: 'HIT',
    digest: image.top.digest,
  });
  await until('the new 22.04 is served', async () => {
    return (await askManifest(appliance, moving)).digest === next.top.digest;
  });
  // A full version is a release, and is not checked for a long time.
  expect(await askManifest(appliance, release)).toMatchObject({
    cache: 'HIT',
    digest: image.top.digest,
  });
  expect(manifestsAsked(faultProxy)).not.toContain('HEAD 22.04.1');
});

it.each(['never.test', 'off.test'])('a tag is checked at every pull at %s', async (registry) => {
  const name = `${registry}/team/app:v1`;
  for (let count = 0; count < 3; count += 1) await askManifest(appliance, name);
  // A late check of another test's tag may be among the requests.
  const asked = manifestsAsked(faultProxy).filter((each) => each.endsWith(' v1'));
  expect(asked).toEqual(['GET v1', 'HEAD v1', 'HEAD v1']);
});

it.each([
  ['short.test', 404, undefined],
  ['keep.test', 200, 'STALE'],
])('a tag that its upstream has deleted gets, at %s: %s', async (registry, status, cache) => {
  const name = `${registry}/team/app:v1`;
  await askManifest(appliance, name);
  const gone = JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'gone' }] });
  faultProxy.setRules({ when: { kind: 'manifest' }, do: { respond: { status: 404, body: gone } } });
  expect(await askManifest(appliance, name)).toMatchObject({ status: 200 });
  await sleep(EXPIRED_MS);
  expect(await askManifest(appliance, name)).toMatchObject({ status });
  if (cache !== undefined) expect(await askManifest(appliance, name)).toMatchObject({ cache });
  // The result stays the same while the upstream fails.
  faultProxy.setRules({ do: { respond: { status: 500 } } });
  expect((await askManifest(appliance, name)).status).toBe(status === 404 ? 500 : 200);
});

it('a tag is served in a type that the client accepts, if the upstream has one', async () => {
  const docker = await pushImage(upstream, 'team/types', 'docker', {
    seed: 'tags, docker',
    format: 'docker',
  });
  await pushBundle(upstream, 'team/types', 'latest', image);
  const name = 'hour.test/team/types:latest';
  await askManifest(appliance, name);
  // From now on the upstream has another manifest, for clients that accept Docker's types only.
  await pushBundle(upstream, 'team/types', 'latest', docker);
  const accept = DOCKER.manifest;
  expect(await askManifest(appliance, name, { accept })).toMatchObject({
    cache: 'MISS',
    digest: docker.top.digest,
  });
  const others = await askManifest(appliance, name, { accept: OCI.manifest });
  expect(others).toMatchObject({ cache: 'HIT', digest: image.top.digest });
});

it('a tag comes from the engine while egress is away', async () => {
  const name = 'hour.test/team/app:v1';
  await askManifest(appliance, name);
  await signalInit(appliance, 'STOP');
  try {
    await killProgram(appliance, 'egress');
    // Longer than nginx repeats an answer.
    await sleep(6_000);
    expect(await askManifest(appliance, name)).toMatchObject({
      status: 200,
      cache: 'STALE',
      digest: image.top.digest,
    });
    const cold = await askManifest(appliance, 'hour.test/team/next:v1');
    expect(cold).toMatchObject({ status: 503 });
  } finally {
    await signalInit(appliance, 'CONT');
  }
  await until('egress is back', async () => {
    return (await askManifest(appliance, 'hour.test/team/next:v1')).status === 200;
  });
  expect(await askManifest(appliance, name)).toMatchObject({ cache: 'HIT' });
});
