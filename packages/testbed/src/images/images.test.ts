import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { describeContent, digestOf } from './content.ts';
import { layersOf, makeArtifact, makeImage, makeIndex } from './images.ts';

test('the same seed makes the same image, and another seed shares nothing with it', () => {
  const digests = (seed: string) => makeImage({ seed }).blobs.map(({ digest }) => digest);
  expect(digests('a')).toEqual(digests('a'));
  expect(digests('a').filter((digest) => digests('b').includes(digest))).toEqual([]);
});

test('diff_ids are the digests of the unpacked layers', () => {
  const image = makeImage({ seed: 'a', layerSizesBytes: [10, 2000] });
  const config = JSON.parse(String(image.blobs[0]?.bytes));
  const unpacked = layersOf(image).map(({ bytes }) => digestOf(gunzipSync(bytes)));
  expect(config.rootfs.diff_ids).toEqual(unpacked);
});

test('every manifest names content of the bundle, with its size', () => {
  const bundle = makeIndex({ seed: 'a', architectures: ['amd64', 'arm64'], format: 'docker' });
  const sizes = new Map(
    [...bundle.manifests, ...bundle.blobs].map(({ digest, bytes }) => [digest, bytes.length]),
  );
  for (const { bytes } of bundle.manifests) {
    const { config, layers = [], manifests = [] } = JSON.parse(String(bytes));
    for (const named of [config, ...layers, ...manifests].filter(Boolean)) {
      expect(sizes.get(named.digest)).toBe(named.size);
    }
  }
  expect(bundle.manifests.at(-1)).toBe(bundle.top);
});

test('an artifact names its subject', () => {
  const subject = describeContent(makeImage({ seed: 'a' }).top);
  const artifact = makeArtifact({ seed: 's', subject, artifactType: 'application/x' });
  expect(JSON.parse(String(artifact.top.bytes)).subject).toEqual(subject);
});
