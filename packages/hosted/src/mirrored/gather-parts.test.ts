import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_MANIFEST_PARTS } from '@registry-cache/domain';
import { type ImportTarget, openTarget } from '@registry-cache/intake';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeEgress, type Fetch, openEgress } from '../testing/fake-egress.ts';
import { putPart } from '../testing/put-part.ts';
import { gatherParts } from './gather-parts.ts';
import { readParts } from './read-pushed.ts';

const REGISTRY = {
  id: 'quay.test',
  host: 'quay.test',
  prefixes: ['quay.test'],
  hasLibrary: false,
};
const INDEX = 'application/vnd.oci.image.index.v1+json';
let stack: AsyncDisposableStack;
let root: string;
let target: ImportTarget;
let egress: FakeEgress;
let fetchPart: Fetch;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  root = await mkdtemp(join(tmpdir(), 'gather-'));
  stack.defer(() => rm(root, { recursive: true, force: true }));
  target = openTarget(root, REGISTRY.id);
  fetchPart = async () => 'the registry has no such blob';
  egress = await openEgress(stack, join(root, 'egress.sock'), (...part) => fetchPart(...part));
});

afterEach(() => stack.disposeAsync());

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}`;
const part = (letter: string, size = 10) => ({ digest: digestOf(letter), size });
const image = (...layers: object[]) => ({ schemaVersion: 2, config: part('c'), layers });
const index = (...letters: string[]) => ({
  schemaVersion: 2,
  mediaType: INDEX,
  manifests: letters.map((letter) => part(letter)),
});

const put = (letter: string, content: string | object = '0123456789') => {
  const isLayer = typeof content === 'string';
  const bytes = isLayer ? content : JSON.stringify(content);
  return putPart(target, 'team/app', isLayer ? 'layer' : 'manifest', digestOf(letter), bytes);
};

const gather = (manifest: object, mayFetch = true) =>
  gatherParts(
    { openTarget: (id) => openTarget(root, id), egress: egress.door },
    { registry: REGISTRY, repository: 'team/app' },
    readParts(Buffer.from(JSON.stringify(manifest))),
    async () => mayFetch,
  );

describe('gatherParts', () => {
  it('asks nobody for what is here', async () => {
    for (const letter of ['c', 'a', 'b']) await put(letter);
    await gather(image(part('a'), part('b')));
    expect(egress.asked).toEqual([]);
  });

  it('fetches each missing part once, also where it is named twice', async () => {
    await put('c');
    fetchPart = async () => {
      await put('a');
      return undefined;
    };
    await gather(image(part('a'), part('a')));
    expect(egress.asked).toEqual([`/v2/team/app/blobs/${digestOf('a')}`]);
  });

  it('waits for a blob that gets its place a moment after its last byte', async () => {
    await put('c');
    fetchPart = async () => {
      if (egress.asked.length > 2) await put('a');
      return undefined;
    };
    await gather(image(part('a')));
    expect(egress.asked).toHaveLength(3);
  });

  it('names what cannot be had, and why', async () => {
    await put('a');
    const gathered = gather(image(part('a'), part('b')));
    await expect(gathered).rejects.toMatchObject({ status: 400, ociCode: 'MANIFEST_BLOB_UNKNOWN' });
    await expect(gathered).rejects.toThrow(
      `${digestOf('c')}: quay.test did not give it: the registry has no such blob`,
    );
    await expect(gathered).rejects.toThrow(`${digestOf('b')}: quay.test did not give it`);
    await expect(gathered).rejects.not.toThrow(digestOf('a'));
  });

  it('says that there is no room, where the parts come and do not stay', async () => {
    fetchPart = async () => undefined;
    await expect(gather(image())).rejects.toThrow('the store has no room for it');
  });

  it('names five parts at most, and counts the others', async () => {
    const letters = ['0', '1', '2', '3', '4', '5', '6'];
    await put('c');
    const gathered = gather(image(...letters.map((letter) => part(letter))));
    await expect(gathered).rejects.toThrow(/; and 2 more$/);
  });

  it('fetches nothing for a client that may not', async () => {
    const gathered = gather(image(part('a')), false);
    await expect(gathered).rejects.toThrow('it was not pushed, and this client may not fetch it');
    expect(egress.asked).toEqual([]);
  });

  it("does not count another repository's blob as here", async () => {
    await put('c');
    await putPart(target, 'team/other', 'layer', digestOf('a'), '0123456789');
    await expect(gather(image(part('a')))).rejects.toThrow(digestOf('a'));
    expect(egress.asked).toHaveLength(1);
  });

  it('refuses a blob of another size than the manifest says', async () => {
    await put('c');
    await put('a');
    await expect(gather(image(part('a', 11)))).rejects.toMatchObject({
      ociCode: 'MANIFEST_INVALID',
      message: `${digestOf('a')} has 10 bytes, and the manifest says 11`,
    });
  });

  it('leaves layers out that other places have', async () => {
    await put('c');
    await gather(image({ ...part('a'), urls: ['https://example.com/a'] }));
    expect(egress.asked).toEqual([]);
  });

  it('looks into the images of an index, and fetches images and their layers', async () => {
    await put('e', image(part('a')));
    fetchPart = async (_repository, digest) => {
      const [, letter = ''] = /^sha256:(.)/.exec(digest) ?? [];
      await put(letter, letter === 'f' ? image(part('b')) : undefined);
      return undefined;
    };
    await gather(index('e', 'f'));
    expect(new Set(egress.asked)).toEqual(
      new Set([
        ...['a', 'b', 'c'].map((letter) => `/v2/team/app/blobs/${digestOf(letter)}`),
        `/v2/team/app/manifests/${digestOf('f')}`,
      ]),
    );
  });

  it('names a layer that an image of an index lacks', async () => {
    await put('c');
    await put('e', image(part('a')));
    await expect(gather(index('e'))).rejects.toThrow(digestOf('a'));
  });

  it('refuses indexes that lead to more than four others', async () => {
    const letters = ['0', '1', '2', '3', '4', '5'];
    for (const [at, letter] of letters.entries()) await put(letter, index(letters[at + 1] ?? '0'));
    await expect(gather(index('0'))).rejects.toThrow('its indexes are too deep');
  });

  it('refuses an index whose index names more parts than a manifest may', async () => {
    const many = Array.from({ length: MAX_MANIFEST_PARTS + 1 }, () => part('1'));
    await put('0', { ...index(), manifests: many });
    await expect(gather(index('0'))).rejects.toMatchObject({ ociCode: 'MANIFEST_INVALID' });
    expect(egress.asked).toEqual([]);
  });

  it('ends where indexes lead back to themselves', async () => {
    await put('0', index('1'));
    await put('1', index('0'));
    await gather(index('0'));
  });
});
