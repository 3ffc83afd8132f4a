import { expect, test } from 'vitest';
import { countParts, isForeignLayer, parseDescriptors } from './descriptors.ts';

const [A, B] = ['a', 'b'].map((letter) => `sha256:${letter.repeat(64)}`);

const parse = (value: unknown) => parseDescriptors(Buffer.from(JSON.stringify(value)));

test('reads config and layers of an image', () => {
  expect(parse({ config: { digest: A, size: 1 }, layers: [{ digest: B, size: 2 }] })).toEqual([
    { digest: A, sizeBytes: 1, isManifest: false },
    { digest: B, sizeBytes: 2, isManifest: false },
  ]);
});

test('reads the manifests of an index', () => {
  expect(parse({ manifests: [{ digest: A, size: 3 }] })).toEqual([
    { digest: A, sizeBytes: 3, isManifest: true },
  ]);
});

test.each([
  [{ config: {}, layers: [null, 7, { digest: A, size: 1 }] }, 4],
  [{ manifests: [{ digest: A }, { digest: A }] }, 2],
  [{ layers: 'text' }, 0],
  [[], 0],
])('counts the entries of %j, whatever they are: %i', (value, count) => {
  expect(countParts(Buffer.from(JSON.stringify(value)))).toBe(count);
});

test.each([
  null,
  [],
  'text',
  { layers: 7 },
  { layers: [null, { digest: 'sha256:../..', size: 1 }, { digest: A, size: -1 }, { digest: A }] },
])('finds nothing in %j', (value) => {
  expect(parse(value)).toEqual([]);
});

test('finds nothing in text that is not JSON', () => {
  expect(parseDescriptors(Buffer.from('{'))).toEqual([]);
});

test.each([
  ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', true],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', true],
  ['application/vnd.oci.image.layer.v1.tar+gzip', false],
  ['application/vnd.example.foreigner', false],
  [undefined, false],
])('tells by the type %s whether a layer is foreign: %s', (mediaType, isForeign) => {
  expect(isForeignLayer({ mediaType })).toBe(isForeign);
});
