import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { formatImageName } from '../layout/image-name.ts';
import { digestOf, platform, TestStore } from '../testing/test-store.ts';

const APP = 'team/app';

it('collects an image with its signature, its attestation and the signature of that', async () => {
  const store = new TestStore();
  const image = store.addImage(APP, 'v1', ['a layer']);
  const signature = store.addImage(APP, `sha256-${image.digest.slice(7)}.sig`, ['a signature']);
  const attestation = store.addImage(APP, undefined, ['an attestation'], { subject: image });
  const second = store.addImage(APP, undefined, ['signed'], { subject: attestation });
  store.addImage(APP, 'v2', ['another layer']);
  const plan = await store.collect({ [APP]: ['v1'] });
  expect(plan.images.map(formatImageName)).toEqual([
    'quay.io/team/app:v1',
    `quay.io/team/app:sha256-${image.digest.slice(7)}.sig`,
    `quay.io/team/app@${attestation.digest}`,
    `quay.io/team/app@${second.digest}`,
  ]);
  expect([...plan.manifests.keys()]).toEqual(
    [image, signature, attestation, second].map(({ digest }) => digest),
  );
  expect([plan.blobs.size, plan.lacking]).toEqual([8, []]);
});

it('keeps an index as it is, and marks the platforms that are not here', async () => {
  const store = new TestStore();
  const amd64 = store.addImage(APP, undefined, ['for amd64']);
  const arm64 = store.addImage(APP, undefined, ['for arm64']);
  const absent = { ...arm64, digest: digestOf('absent') };
  const index = store.addManifest(
    APP,
    {
      manifests: [
        { ...amd64, ...platform('amd64') },
        { ...arm64, ...platform('arm64') },
        { ...absent, ...platform('s390x') },
      ],
    },
    'v1',
  );
  rmSync(store.blob(digestOf('for arm64')));
  const plan = await store.collect({ [APP]: ['v1'] });
  expect(plan.images).toEqual([
    expect.objectContaining({
      digest: index.digest,
      missingPlatforms: ['linux/arm64', 'linux/s390x'],
    }),
  ]);
  expect([...plan.manifests.keys()]).toEqual([amd64.digest, index.digest]);
});

it('names what is not whole here', async () => {
  const store = new TestStore();
  store.addImage(APP, 'v1', ['a layer']);
  const index = { manifests: [{ ...store.addBlob('other'), ...platform('amd64') }] };
  store.addManifest(APP, index, 'v2');
  rmSync(store.blob(digestOf('a layer')));
  const { images, lacking } = await store.collect({ [APP]: ['v1', 'v2', 'v3'] });
  expect(images).toEqual([]);
  expect(lacking).toEqual([
    { image: 'quay.io/team/app:v1', why: `not here: ${digestOf('a layer')}` },
    { image: 'quay.io/team/app:v2', why: `not here: ${digestOf('other')}` },
    { image: 'quay.io/team/app:v3', why: 'it is not here' },
  ]);
});

it('takes all tags, and manifests to which nothing leads', async () => {
  const store = new TestStore();
  const child = store.addImage(APP, undefined, ['for amd64']);
  store.addManifest(APP, { manifests: [{ ...child, ...platform('amd64') }] }, 'v1');
  const loose = store.addImage(APP, undefined, ['pulled by digest']);
  const { images } = await store.collect({ [APP]: 'all' });
  expect(images.map(({ reference }) => reference)).toEqual(['v1', loose.digest]);
});

it('takes one platform, with nothing that refers to it', async () => {
  const store = new TestStore();
  const amd64 = store.addImage(APP, undefined, ['for amd64']);
  const arm64 = store.addImage(APP, undefined, ['for arm64']);
  store.addImage(APP, undefined, ['signed'], { subject: arm64 });
  const manifests = [
    { ...amd64, ...platform('amd64') },
    { ...arm64, ...platform('arm64') },
  ];
  store.addManifest(APP, { manifests }, 'v1');
  const { images } = await store.collect({ [APP]: ['v1'] }, { platform: 'linux/arm64' });
  expect(images.map(({ digest }) => digest)).toEqual([arm64.digest]);
  const none = await store.collect({ [APP]: ['v1'] }, { platform: 'linux/ppc64le' });
  expect(none.lacking).toEqual([{ image: 'quay.io/team/app:v1', why: 'it has no linux/ppc64le' }]);
});
