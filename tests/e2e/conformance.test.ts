import {
  type Appliance,
  describeContent,
  makeArtifact,
  makeIndex,
  makeJsonContent,
  pushBundle,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ConformanceQuestion, runConformance } from './conformance.ts';
import { openStage, type Stage } from './stage.ts';

const REPOSITORY = 'team/app';
const INDEX = makeIndex({ seed: 'conformance', architectures: ['amd64', 'arm64'] });
const SIGNATURE = makeArtifact({
  seed: 'conformance',
  subject: describeContent(INDEX.top),
  artifactType: 'application/vnd.example.signature',
});
/** The fallback tag that clients push for registries without referrers, such as distribution. */
const FALLBACK = makeJsonContent(INDEX.top.mediaType, {
  schemaVersion: 2,
  mediaType: INDEX.top.mediaType,
  manifests: [
    { ...describeContent(SIGNATURE.top), artifactType: 'application/vnd.example.signature' },
  ],
});
const FALLBACK_TAG = INDEX.top.digest.replace(':', '-');
const HOLDS: ConformanceQuestion['holds'] = {
  tags: ['v1', FALLBACK_TAG],
  manifests: [...INDEX.manifests, ...SIGNATURE.manifests].map(({ digest }) => digest),
  blobs: [...INDEX.blobs, ...SIGNATURE.blobs].map(({ digest }) => digest),
  referrers: [INDEX.top.digest],
};
let stage: Stage;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  await pushBundle(upstream, REPOSITORY, 'v1', INDEX);
  await pushBundle(upstream, REPOSITORY, undefined, SIGNATURE);
  await pushBundle(upstream, REPOSITORY, FALLBACK_TAG, {
    top: FALLBACK,
    manifests: [FALLBACK],
    blobs: [],
  });
  const other = await stage.upstream();
  appliance = await stage.appliance(
    { 'quay.test': upstream, 'docker.io': other },
    { env: { CERTIFICATE_NAMES: 'cache.test *.cache.test' } },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

it.each([
  ['a path prefix', 'cache.test', `quay.test/${REPOSITORY}`],
  ['a host name', 'quay.test.cache.test', REPOSITORY],
])('a registry named by %s conforms', async (_, host, repository) => {
  const registry = `${host}:${new URL(appliance.url).port}`;
  const report = await runConformance({ registry, repository, ca: appliance.ca, holds: HOLDS });
  expect(report.failures).toEqual([]);
  expect(report.counts, report.text).toMatchObject({ FAIL: 0, Error: 0, Skip: 0 });
  expect(report.counts.Pass).toBeGreaterThan(25);
});
