import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { blobFile, tagCurrentLink } from '@registry-cache/domain';
import { describe, expect, test, vi } from 'vitest';
import { openCatalog } from './open-catalog.ts';
import { digestOf, REPOSITORY, TestStore } from './testing/store.ts';

const [CONFIG, LAYER, OTHER] = ['config', 'layer', 'other'].map(digestOf) as [
  string,
  string,
  string,
];
/** Longer than a change counts as new. */
const SETTLE_MS = 80;

function setUp() {
  const store = new TestStore();
  const catalog = openCatalog(store.root);
  const tagsOf = (digest: string) => catalog.tagsLeadingTo({ ...REPOSITORY, digest });
  return { store, catalog, tagsOf };
}

async function all(names: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const name of names) found.push(name);
  return found;
}

function addImage(store: TestStore, tag: string, layer = LAYER) {
  const manifest = store.manifest(`manifest of ${tag}`, { layers: [CONFIG, layer] });
  const absent = digestOf(`absent ${tag}`);
  const index = store.manifest(`index of ${tag}`, { children: [manifest, absent] });
  store.tag(tag, index);
  return { manifest, index, absent };
}

describe('a tag leads', () => {
  test('to its digest, the children of its index and their config and layers', async () => {
    const { store, tagsOf } = setUp();
    const { index, manifest } = addImage(store, 'v1');
    for (const digest of [index, manifest, CONFIG, LAYER]) {
      expect(await tagsOf(digest)).toEqual(['v1']);
    }
    expect(await tagsOf(OTHER)).toEqual([]);
  });

  test('to a digest that is not stored, and to absent children of its index', async () => {
    const { store, tagsOf } = setUp();
    const { absent } = addImage(store, 'v1');
    store.tag('v2', OTHER);
    expect(await tagsOf(absent)).toEqual(['v1']);
    expect(await tagsOf(OTHER)).toEqual(['v2']);
  });

  test('to what other tags lead to as well', async () => {
    const { store, tagsOf } = setUp();
    const { index } = addImage(store, 'v1');
    addImage(store, 'v2', OTHER);
    store.tag('latest', index);
    expect(await tagsOf(CONFIG)).toEqual(['latest', 'v1', 'v2']);
    expect(await tagsOf(LAYER)).toEqual(['latest', 'v1']);
  });

  test('to the referrers of each manifest, and to their layers', async () => {
    const { store, tagsOf } = setUp();
    const { manifest, index } = addImage(store, 'v1');
    const report = store.manifest('report', { layers: [OTHER], subject: manifest });
    const signature = store.manifest('signature', { layers: [OTHER], subject: report });
    for (const digest of [report, signature, OTHER]) expect(await tagsOf(digest)).toEqual(['v1']);
    expect(await tagsOf(index)).toEqual(['v1']);
  });

  test('to the referrers that the upstream listed and that are not here', async () => {
    const { store, tagsOf } = setUp();
    const { index } = addImage(store, 'v1');
    store.listReferrers(index, OTHER, digestOf('second'));
    expect(await tagsOf(OTHER)).toEqual(['v1']);
    expect(await tagsOf(digestOf('second'))).toEqual(['v1']);
  });

  test.each(['', '.sig', '.att', '.sbom'])('to what the tag sha256-<hex>%s has', async (ending) => {
    const { store, tagsOf } = setUp();
    const { manifest } = addImage(store, 'v1');
    const signature = store.manifest('signature', { layers: [OTHER] });
    store.tag(`${manifest.replace(':', '-')}${ending}`, signature);
    expect(await tagsOf(signature)).toEqual(['v1']);
    expect(await tagsOf(OTHER)).toEqual(['v1']);
  });
});

test('a tag sha256-<hex> of a digest without tags leads nowhere', async () => {
  const { store, tagsOf } = setUp();
  const signature = store.manifest('signature', { layers: [OTHER] });
  store.tag(`${LAYER.replace(':', '-')}.sig`, signature);
  expect(await tagsOf(signature)).toEqual([]);
  expect(await tagsOf(OTHER)).toEqual([]);
});

test('the tags of another repository lead nowhere here', async () => {
  const { store, catalog } = setUp();
  addImage(store, 'v1');
  const there = { upstreamId: 'quay.io', repository: 'team', digest: LAYER };
  expect(await catalog.tagsLeadingTo(there)).toEqual([]);
  expect(await catalog.tagsLeadingTo({ ...there, repository: '../quay.io/team/app' })).toEqual([]);
});

test.each([0, SETTLE_MS])('every change is seen at once, %i ms after another', async (ms) => {
  const { store, tagsOf } = setUp();
  const { index, manifest } = addImage(store, 'v1');
  expect(await tagsOf(LAYER)).toEqual(['v1']);
  await setTimeout(ms);
  store.tag('v2', index);
  expect(await tagsOf(LAYER)).toEqual(['v1', 'v2']);
  await setTimeout(ms);
  store.tag('v1', OTHER);
  expect(await tagsOf(LAYER)).toEqual(['v2']);
  expect(await tagsOf(OTHER)).toEqual(['v1']);
  await setTimeout(ms);
  store.removeTag('v1');
  expect(await tagsOf(OTHER)).toEqual([]);
  await setTimeout(ms);
  const late = store.manifest('late', { children: [manifest, OTHER] });
  expect(await tagsOf(OTHER)).toEqual([]);
  store.tag('v3', late);
  expect(await tagsOf(OTHER)).toEqual(['v3']);
  await setTimeout(ms);
  store.listReferrers(late, digestOf('listed'));
  expect(await tagsOf(digestOf('listed'))).toEqual(['v3']);
  await setTimeout(ms);
  store.removeLink(manifest);
  expect(await tagsOf(LAYER)).toEqual([]);
  expect(await tagsOf(manifest)).toEqual(['v2', 'v3']);
  expect(await tagsOf(digestOf('listed'))).toEqual(['v3']);
});

test('a manifest whose data comes after its link is seen at once', async () => {
  const { store, tagsOf } = setUp();
  const { manifest } = addImage(store, 'v1');
  store.removeData(manifest);
  expect(await tagsOf(LAYER)).toEqual([]);
  await setTimeout(SETTLE_MS);
  expect(await tagsOf(LAYER)).toEqual([]);
  expect(store.manifest('manifest of v1', { layers: [CONFIG, LAYER] })).toBe(manifest);
  expect(await tagsOf(LAYER)).toEqual(['v1']);
});

test('every file is looked at again after ten seconds', async () => {
  const { store, tagsOf } = setUp();
  const { manifest } = addImage(store, 'v1');
  const { index } = addImage(store, 'v2', OTHER);
  await setTimeout(SETTLE_MS);
  expect(await tagsOf(LAYER)).toEqual(['v1']);
  store.removeData(manifest);
  // As an engine or an operator writes: the directory of all tags does not change.
  writeFileSync(tagCurrentLink(store.directory, 'v1'), index);
  expect(await tagsOf(LAYER)).toEqual(['v1']);
  const nowMs = performance.now();
  using _ = vi.spyOn(performance, 'now').mockImplementation(() => nowMs + 10_000);
  expect(await tagsOf(LAYER)).toEqual([]);
  expect(await tagsOf(OTHER)).toEqual(['v1', 'v2']);
});

test('requests at the same time see every change before them', async () => {
  const { store, tagsOf } = setUp();
  const { index } = addImage(store, 'v0');
  const waiting: Promise<readonly string[]>[] = [];
  for (let number = 1; number <= 20; number += 1) {
    store.tag(`v${number}`, index);
    waiting.push(tagsOf(LAYER));
    if (number % 3 === 0) await setTimeout(1);
  }
  for (const [number, tags] of (await Promise.all(waiting)).entries()) {
    expect(tags.length).toBeGreaterThanOrEqual(number + 2);
  }
});

test('reading leaves the access times', async () => {
  const { store, tagsOf } = setUp();
  const { manifest } = addImage(store, 'v1');
  const file = blobFile(store.root, manifest);
  utimesSync(file, 1, 1);
  expect(await tagsOf(LAYER)).toEqual(['v1']);
  expect(statSync(file).atimeMs).toBe(1_000);
});

describe('hostile content', () => {
  test('in a circle comes to an end', async () => {
    const { store, tagsOf } = setUp();
    const ring = [0, 1, 2].map((number) => digestOf(`ring ${number}`));
    for (const [at, digest] of ring.entries()) {
      const next = { digest: ring[(at + 1) % ring.length] };
      const value = { manifests: [{ digest }, next], subject: next };
      store.addAs(digest, JSON.stringify(value));
    }
    expect(await tagsOf(ring[2] ?? '')).toEqual([]);
    store.tag('v1', ring[0] ?? '');
    for (const digest of ring) expect(await tagsOf(digest)).toEqual(['v1']);
  });

  test('may be nested hundreds of times', async () => {
    const { store, tagsOf } = setUp();
    let digest = LAYER;
    for (let depth = 0; depth < 300; depth += 1) {
      digest = store.manifest(`depth ${depth}`, { children: [digest] });
    }
    store.tag('v1', digest);
    expect(await tagsOf(LAYER)).toEqual(['v1']);
  });

  test('that is no manifest leads nowhere', async () => {
    const { store, tagsOf } = setUp();
    const values = [null, [], 1, { layers: 1, config: [], manifests: [null, 1, { digest: 2 }] }];
    const digests = values.map((value) => store.content(value));
    store.addAs(OTHER, '{');
    store.tag('v1', OTHER);
    for (const [at, digest] of digests.entries()) store.tag(`tag-${at}`, digest);
    expect(await tagsOf(OTHER)).toEqual(['v1']);
    expect(await tagsOf('sha256:2')).toEqual([]);
  });

  test('of more than the memory is an error, until it is gone', async () => {
    const store = new TestStore();
    const catalog = openCatalog(store.root, { capacityBytes: 100_000 });
    const tagsOf = (digest: string) => catalog.tagsLeadingTo({ ...REPOSITORY, digest });
    addImage(store, 'v1');
    expect(await tagsOf(LAYER)).toEqual(['v1']);
    const children = Array.from({ length: 1_000 }, (_, number) => digestOf(`child ${number}`));
    const huge = store.manifest('huge', { children });
    await expect(tagsOf(LAYER)).rejects.toThrow('more than 100000 bytes of memory');
    await expect(tagsOf(LAYER)).rejects.toMatchObject({ code: 'REPOSITORY_TOO_LARGE' });
    store.removeLink(huge);
    const nowMs = performance.now();
    using _ = vi.spyOn(performance, 'now').mockImplementation(() => nowMs + 20_000);
    expect(await tagsOf(LAYER)).toEqual(['v1']);
  });
});

test('many repositories share the memory, and each is read again', async () => {
  const store = new TestStore();
  const catalog = openCatalog(store.root, { capacityBytes: 20_000 });
  addImage(store, 'v1');
  for (let round = 0; round < 20; round += 1) {
    const other = { upstreamId: 'quay.io', repository: `other/${round}`, digest: LAYER };
    expect(await catalog.tagsLeadingTo(other)).toEqual([]);
    expect(await catalog.tagsLeadingTo({ ...REPOSITORY, digest: LAYER })).toEqual(['v1']);
  }
});

test('lists the repositories that have manifests, and their tags in order', async () => {
  const { store, catalog } = setUp();
  addImage(store, 'v2');
  addImage(store, 'v1');
  expect(await all(catalog.repositories('quay.io'))).toEqual(['team/app']);
  expect(await all(catalog.tags(REPOSITORY))).toEqual(['v1', 'v2']);
  expect(await all(catalog.repositories('docker.io'))).toEqual([]);
  const missing = { upstreamId: 'quay.io', repository: 'team' };
  expect(await all(catalog.tags(missing))).toEqual([]);
});
