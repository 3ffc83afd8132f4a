import { expect, it } from 'vitest';
import { chooseChildren, isPlatform } from './choose-children.ts';
import { parseManifest } from './parse-manifest.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const child = (letter: string, platform?: string, attests?: string) => ({
  digest: digest(letter),
  platform,
  attests,
});
const CHILDREN = [
  child('a', 'linux/amd64'),
  child('b', 'linux/arm64/v8'),
  child('c', 'linux/arm/v7'),
  child('d', 'linux/arm/v6'),
  child('e', 'unknown/unknown', digest('a')),
  child('f', 'unknown/unknown', digest('c')),
];

it.each([
  [['linux/amd64'], 'ae'],
  [['linux/arm64'], 'b'],
  [['linux/arm/v7'], 'cf'],
  [['linux/arm'], 'cdf'],
  [['linux/s390x'], ''],
  [['linux/s390x', 'linux/amd64'], 'ae'],
  [['all'], 'abcdef'],
])('of an index, %s chooses %s, with attestations', (platforms, letters) => {
  const chosen = chooseChildren(CHILDREN, platforms).map((one) => one.digest);
  expect(chosen).toEqual([...letters].map(digest));
});

it('chooses a child without a platform for every one, and arm64 for its only variant', () => {
  expect(chooseChildren([child('a')], ['linux/amd64'])).toHaveLength(1);
  expect(chooseChildren([child('a', 'linux/arm64')], ['linux/arm64/v8'])).toHaveLength(1);
  expect(chooseChildren([child('a', 'linux/arm64')], ['linux/arm'])).toHaveLength(0);
});

it('tells platforms from other words', () => {
  expect(['all', 'linux/arm64', 'linux/arm/v7', 'windows/amd64'].filter(isPlatform)).toHaveLength(
    4,
  );
  expect(['', 'arm64', 'linux/', 'Linux/amd64', 'a/b/c/d'].filter(isPlatform)).toEqual([]);
});

it('reads the children of an index and the blobs of an image, without layers from elsewhere', () => {
  const index = {
    manifests: [
      { digest: digest('a'), platform: { os: 'linux', architecture: 'arm', variant: 'v7' } },
      {
        digest: digest('b'),
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: { 'vnd.docker.reference.digest': digest('a') },
      },
      { digest: 'sha256:short' },
    ],
  };
  expect(parseManifest(Buffer.from(JSON.stringify(index)))).toEqual({
    isIndex: true,
    blobs: [],
    children: [child('a', 'linux/arm/v7'), child('b', 'unknown/unknown', digest('a'))],
  });
  const image = {
    config: { digest: digest('c'), size: 3 },
    layers: [
      { digest: digest('d'), size: 4, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' },
      {
        digest: digest('e'),
        size: 5,
        mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      },
      { digest: digest('f'), size: -1 },
    ],
  };
  expect(parseManifest(Buffer.from(JSON.stringify(image)))).toEqual({
    isIndex: false,
    children: [],
    blobs: [
      { digest: digest('c'), sizeBytes: 3, isChart: false },
      { digest: digest('d'), sizeBytes: 4, isChart: false },
    ],
  });
  expect(parseManifest(Buffer.from('no JSON'))).toMatchObject({ isIndex: false, blobs: [] });
});
