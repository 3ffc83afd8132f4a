import { utimesSync } from 'node:fs';
import { tagCurrentLink } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { TestStore } from '../testing/store.ts';
import { ImageMeasure, type MeasuredImage } from './measure-images.ts';
import { readImages } from './read-images.ts';

async function measure(root: string): Promise<MeasuredImage[]> {
  const images = new ImageMeasure();
  for await (const image of readImages(root, 'quay.io')) images.add(image);
  return [...images.list()];
}

it('tells platforms, the last check, and what each image has alone and with others', async () => {
  const store = new TestStore();
  const layer = store.content('a layer that two images share');
  const config = store.content({ os: 'linux', architecture: 'arm64', variant: 'v8' });
  const own = store.content('a layer of one image');
  const descriptor = (digest: string, platform?: object) => ({ digest, size: 1, platform });
  const one = store.content({ config: descriptor(config), layers: [descriptor(layer)] });
  const other = store.content({ layers: [descriptor(layer), descriptor(own)] });
  const missing = `sha256:${'0'.repeat(64)}`;
  const index = store.content({
    manifests: [
      descriptor(other, { os: 'linux', architecture: 'amd64' }),
      descriptor(missing, { os: 'linux', architecture: 's390x' }),
    ],
  });
  store.tag('one', one);
  store.tag('also-one', one);
  store.tag('many', index);
  store.tag('not-here', missing);
  utimesSync(tagCurrentLink(store.directory, 'one'), 1_700_000_000, 1_700_000_000);
  const images = new Map((await measure(store.root)).map((image) => [image.tag, image]));
  expect([...images.keys()]).toEqual(['also-one', 'many', 'one']);
  expect(images.get('one')).toMatchObject({
    ...{ upstreamId: 'quay.io', repository: 'team/app', digest: one },
    ...{ platforms: ['linux/arm64/v8'], checkedMs: 1_700_000_000_000 },
  });
  const sizeOf = (value: unknown) => JSON.stringify(value).length;
  const shared = sizeOf('a layer that two images share');
  expect(images.get('many')).toMatchObject({ platforms: ['linux/amd64'], sharedBytes: shared });
  expect(images.get('also-one')).toMatchObject({
    sharedBytes: shared,
    ownBytes: images.get('one')?.ownBytes,
  });
});

it('ends at an index that names itself', async () => {
  const store = new TestStore();
  const digest = `sha256:${'1'.repeat(64)}`;
  store.addAs(digest, JSON.stringify({ manifests: [{ digest, size: 1 }] }));
  store.tag('circle', digest);
  expect(await measure(store.root)).toHaveLength(1);
});
