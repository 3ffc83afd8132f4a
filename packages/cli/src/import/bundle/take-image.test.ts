import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { blobFile } from '@registry-cache/domain';
import { openTarget } from '@registry-cache/intake';
import { expect, it } from 'vitest';
import { digestOf, openOurStore, write } from '../../testing/distribution-store.ts';
import { createFolder } from '../../testing/run-program.ts';
import { takeImage } from './take-image.ts';

const LAYERS = ['first layer', 'second layer'];
const MANIFEST = JSON.stringify({ layers: LAYERS.map((layer) => digestOf(layer)) });
const IMAGE = {
  name: 'quay.io/team/app:v1',
  upstreamId: 'quay.io',
  repository: 'team/app',
  reference: 'v1',
  image: { name: undefined, label: 'v1', digest: digestOf(MANIFEST), missingPlatforms: undefined },
};

/** A store that has the first layer, and loses it as soon as the second one comes. */
function open(inBundle: readonly string[]) {
  const root = createFolder();
  mkdirSync(join(root, 'egress'));
  const old = blobFile(root, digestOf('first layer'));
  write(old, 'first layer');
  const contents = new Map(inBundle.map((content) => [digestOf(content), Buffer.from(content)]));
  const describe = (content: string) => ({
    ...{ digest: digestOf(content), sizeBytes: content.length },
    ...{ children: [], blobs: [], isIndex: false },
  });
  const take = () =>
    takeImage(
      IMAGE,
      { manifests: [describe(MANIFEST)] as never, blobs: LAYERS.map(describe) as never },
      {
        findBlob(digest) {
          const bytes = contents.get(digest);
          if (digest === digestOf('second layer')) {
            rmSync(dirname(old), { recursive: true, force: true });
          }
          return bytes && { sizeBytes: bytes.length, stream: () => [bytes] };
        },
        target: openTarget(root, 'quay.io'),
        reserve: async () => true,
        rotten: new Set(),
        onRead: () => undefined,
        signal: new AbortController().signal,
      },
    );
  return { root, ours: openOurStore(root), take };
}

it('takes a layer out of the bundle that was evicted while the others came', async () => {
  const { root, ours, take } = open([...LAYERS, MANIFEST]);
  const newBytes = [...LAYERS, MANIFEST].join('').length;
  expect(await take()).toEqual({ outcome: 'imported', newBytes });
  expect(ours.tag('team/app', 'v1')).toBe(IMAGE.image.digest);
  const target = openTarget(root, 'quay.io');
  for (const layer of LAYERS) expect(await target.blobSize(digestOf(layer))).toBe(layer.length);
});

it('refuses the image of a delta whose base was evicted meanwhile, and shows nothing of it', async () => {
  const { root, ours, take } = open(['second layer', MANIFEST]);
  const why = `it lacks ${digestOf('first layer')}`;
  expect(await take()).toEqual({ outcome: 'refused', why });
  expect(ours.tag('team/app', 'v1')).toBeUndefined();
  expect(ours.hasManifest('team/app', IMAGE.image.digest)).toBe(false);
  expect(readdirSync(join(root, 'egress'))).toEqual([]);
});
