import { utimesSync } from 'node:fs';
import { tagCurrentLink } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { TestStore } from '../testing/store.ts';
import { ImageMeasure } from './measure-images.ts';
import { readImages } from './read-images.ts';

/** The images with their sizes. */
async function measure(root: string) {
  const contents = new ImageMeasure();
  const images = [];
  for await (const { blobs, ...image } of readImages(root, 'quay.io')) {
    images.push({ ...image, content: contents.add(image.digest, blobs) });
  }
  const sizes = [...contents.sizes()];
  return images.map((image) => ({ ...image, ...sizes[image.content] }));
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

it('tells the first platforms of an index that names thousands, and none that are no words', async () => {
  const store = new TestStore();
  const digest = store.content({ layers: [] });
  const manifest = (os: string) => ({ digest, size: 1, platform: { os, architecture: 'amd64' } });
  const odd = ['<b>', 'a b', '\u001b[31m', '', '..a/b/c', 'a'.repeat(100)].map(manifest);
  const many = Array.from({ length: 3000 }, (_, index) => manifest(`os${index}`));
  store.tag('many', store.content({ manifests: [...odd, ...many] }));
  const [image] = await measure(store.root);
  expect(image?.platforms).toHaveLength(64);
  expect(image?.platforms).toContain('os63/amd64');
});

it('ends at an index that names itself', async () => {
  const store = new TestStore();
  const digest = `sha256:${'1'.repeat(64)}`;
  store.addAs(digest, JSON.stringify({ manifests: [{ digest, size: 1 }] }));
  store.tag('circle', digest);
  expect(await measure(store.root)).toHaveLength(1);
});

it('holds nothing for a tag of known content, and numbers contents on from any number', () => {
  const contents = new ImageMeasure(7);
  const [one, other] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`);
  const layer = { digest: `sha256:${'3'.repeat(64)}`, sizeBytes: 5 };
  for (let tag = 0; tag < 1000; tag += 1) expect(contents.add(String(one), [layer])).toBe(7);
  expect(
    contents.add(String(other), [layer, { ...layer, digest: String(other), sizeBytes: 2 }]),
  ).toBe(8);
  expect(contents.next).toBe(9);
  expect([...contents.sizes()]).toEqual([
    { content: 7, ownBytes: 0, sharedBytes: 5 },
    { content: 8, ownBytes: 2, sharedBytes: 5 },
  ]);
});
