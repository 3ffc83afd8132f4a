import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { blobFile, INTERNAL_HEADERS } from '@registry-cache/domain';
import { addPin, findPin, listDigestPins } from '@registry-cache/pins';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stagingRepository } from '../store/staging.ts';
import {
  digestOf,
  type MirrorOptions,
  type OpenMirror,
  openMirror,
} from '../testing/open-mirror.ts';
import { putPart } from '../testing/put-part.ts';

const UPLOADS = '/v2/team/app/blobs/uploads/';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const LAYER = 'the bytes of a layer';
let stack: AsyncDisposableStack;
let mirror: OpenMirror;

beforeEach(() => {
  stack = new AsyncDisposableStack();
});

afterEach(() => stack.disposeAsync());

const open = async (options?: MirrorOptions) => {
  mirror = await openMirror(stack, options);
};
const ask = (method: string, path: string, body?: string | Uint8Array) =>
  mirror.ask(method, path, { upstreamId: 'quay.test', ...(body !== undefined && { body }) });
const codeOf = (text: string) => JSON.parse(text).errors[0].code as string;
const part = (bytes: string) => ({ digest: digestOf(bytes), size: bytes.length });
const toImage = (layer = LAYER, more: object = {}) =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: part('{}'),
    layers: [part(layer)],
    ...more,
  });

async function startUpload(): Promise<string> {
  const { status, headers } = await ask('POST', UPLOADS);
  expect(status).toBe(202);
  return String(headers.location);
}

async function pushBlob(bytes: string, repository = 'team/app'): Promise<void> {
  const path = `/v2/${repository}/blobs/uploads/?digest=${digestOf(bytes)}`;
  expect((await ask('POST', path, bytes)).status).toBe(201);
}

const putManifest = (reference: string, bytes: string) =>
  ask('PUT', `/v2/team/app/manifests/${reference}`, bytes);

async function pushImage(tag: string, layer = LAYER): Promise<string> {
  for (const blob of ['{}', layer]) await pushBlob(blob);
  expect((await putManifest(tag, toImage(layer))).status).toBe(201);
  return digestOf(toImage(layer));
}

const findTagPin = (tag: string) => findPin(mirror.root, 'quay.test', 'team/app', tag);
const pinnedDigests = async () =>
  (await listDigestPins(mirror.root, 'quay.test', 'team/app')).map(({ digest }) => digest);

describe('an upload', () => {
  it("ends in the registry's part of the store, and no longer in that of hosted images", async () => {
    await open();
    await pushBlob(LAYER);
    expect(await mirror.target.hasLayer('team/app', digestOf(LAYER))).toBe(true);
    expect(await mirror.target.blobSize(digestOf(LAYER))).toBe(LAYER.length);
    const staging = stagingRepository('quay.test', 'team/app');
    expect(await mirror.hosted.hasLayer(staging, digestOf(LAYER))).toBe(false);
    expect(await mirror.deletions.list()).toEqual([
      { kind: 'blob', repository: staging, digest: digestOf(LAYER) },
    ]);
  });

  it('of bytes with another digest is refused, and nothing of it is here', async () => {
    await open();
    const location = await startUpload();
    const put = await ask('PUT', `${location}?digest=${digestOf('other')}`, LAYER);
    expect([put.status, codeOf(put.text)]).toEqual([400, 'DIGEST_INVALID']);
    for (const bytes of ['other', LAYER]) {
      expect(await mirror.target.hasLayer('team/app', digestOf(bytes))).toBe(false);
      expect(await mirror.target.blobSize(digestOf(bytes))).toBeUndefined();
    }
    expect((await ask('GET', location)).status).toBe(404);
  });

  it('whose body breaks off goes on at the byte that arrived last', async () => {
    await open();
    const location = await startUpload();
    const sending = request({
      socketPath: mirror.socketPath,
      method: 'PATCH',
      path: location,
      headers: { 'content-length': LAYER.length, [INTERNAL_HEADERS.mirrored.key]: 'quay.test' },
    });
    sending.on('error', () => undefined);
    sending.write(LAYER.slice(0, 7));
    await sleep(100);
    sending.destroy();
    const shown = await ask('GET', location);
    expect([shown.status, shown.headers.range]).toEqual([204, '0-6']);
    const put = await ask('PUT', `${location}?digest=${digestOf(LAYER)}`, LAYER.slice(7));
    expect(put.status).toBe(201);
    expect(await mirror.target.hasLayer('team/app', digestOf(LAYER))).toBe(true);
  });

  it('that finds no room gets 507 and is dropped', async () => {
    await open({ reserve: async () => false });
    const location = await startUpload();
    const patch = await ask('PATCH', location, LAYER);
    expect(patch.status).toBe(507);
    expect(patch.text).toContain('CLEANER_MAXSIZE');
    expect((await ask('GET', location)).status).toBe(404);
  });

  it('is not found in another repository', async () => {
    await open();
    const location = await startUpload();
    expect((await ask('GET', location.replace('team/app', 'team/other'))).status).toBe(404);
    const other = await mirror.ask('GET', location, { upstreamId: 'other.test' });
    expect(other.status).toBe(404);
  });

  it('into the name of a registry that has just gone is refused', async () => {
    await open();
    const answer = await mirror.ask('POST', UPLOADS, { upstreamId: 'gone.test' });
    expect([answer.status, codeOf(answer.text)]).toEqual([404, 'NAME_UNKNOWN']);
  });
});

describe('a mount', () => {
  const mount = (from: string, bytes = LAYER) =>
    ask('POST', `/v2/team/to/blobs/uploads/?mount=${digestOf(bytes)}&from=${from}`);

  it.each(['team/app', 'quay.test/team/app'])('from %s links the blob', async (from) => {
    await open();
    await pushBlob(LAYER);
    const answer = await mount(encodeURIComponent(from));
    expect(answer.status).toBe(201);
    expect(answer.headers.location).toBe(`/v2/team/to/blobs/${digestOf(LAYER)}`);
    expect(await mirror.target.hasLayer('team/to', digestOf(LAYER))).toBe(true);
  });

  it.each([
    ['a repository without it', 'team/empty'],
    ['another registry without it', 'other.test/team/app'],
    ['a hosted repository', 'apps/team/app'],
    ['no repository at all', '../../secret'],
    ['nothing', ''],
  ])('from %s begins an upload', async (_name, from) => {
    await open();
    await pushBlob(LAYER);
    await putHosted('apps/team/app');
    const answer = await mount(encodeURIComponent(from));
    expect(answer.status).toBe(202);
    expect(answer.headers.location).toMatch(/^\/v2\/team\/to\/blobs\/uploads\/[^/]+$/);
    expect(await mirror.target.hasLayer('team/to', digestOf(LAYER))).toBe(false);
    const end = `${answer.headers.location}?digest=${digestOf(LAYER)}`;
    expect((await ask('PUT', end, LAYER)).status).toBe(201);
    expect(await mirror.target.hasLayer('team/to', digestOf(LAYER))).toBe(true);
  });

  it('of a blob that the caller may not pull begins an upload', async () => {
    const asked: string[] = [];
    const mayPullBlob = async (_caller: unknown, image: string) => {
      asked.push(image);
      return false;
    };
    await open({ rights: { mayPullBlob } });
    await pushBlob(LAYER);
    expect((await mount('team/app')).status).toBe(202);
    expect(asked).toEqual(['quay.test/team/app']);
    expect(await mirror.target.hasLayer('team/to', digestOf(LAYER))).toBe(false);
  });

  it("into a hosted repository from an upstream's begins an upload", async () => {
    await open();
    await pushBlob(LAYER);
    for (const from of [
      'quay.test/team/app',
      'team/app',
      stagingRepository('quay.test', 'team/app'),
    ]) {
      const query = new URLSearchParams({ mount: digestOf(LAYER), from });
      const answer = await mirror.ask('POST', `/v2/apps/to/blobs/uploads/?${query}`);
      expect(answer.status).toBe(202);
      expect(await mirror.hosted.hasLayer('apps/to', digestOf(LAYER))).toBe(false);
    }
  });

  /** Pushes the layer into a hosted repository. */
  async function putHosted(repository: string): Promise<void> {
    const path = `/v2/${repository}/blobs/uploads/?digest=${digestOf(LAYER)}`;
    expect((await mirror.ask('POST', path, { body: LAYER })).status).toBe(201);
    expect(await mirror.hosted.hasLayer(repository, digestOf(LAYER))).toBe(true);
  }
});

describe('a manifest', () => {
  it('is linked, tagged and pinned', async () => {
    await open();
    const digest = await pushImage('v1');
    expect(await mirror.target.hasManifest('team/app', digest)).toBe(true);
    expect(await mirror.target.readTag('team/app', 'v1')).toBe(digest);
    expect(await findTagPin('v1')).toMatchObject({ digest, why: 'mirrored', by: 'anonymous' });
  });

  it('moves a tag, also to an image that the tag had before', async () => {
    await open();
    const first = await pushImage('v1');
    const second = await pushImage('v1', 'another layer');
    expect(await mirror.target.readTag('team/app', 'v1')).toBe(second);
    await pushImage('v1');
    expect(await mirror.target.readTag('team/app', 'v1')).toBe(first);
    expect(await findTagPin('v1')).toMatchObject({ digest: first });
  });

  it('is refused where a part is missing, and neither tag nor pin is there', async () => {
    await open();
    await pushBlob('{}');
    const put = await putManifest('v1', toImage());
    expect([put.status, codeOf(put.text)]).toEqual([400, 'MANIFEST_BLOB_UNKNOWN']);
    expect(put.text).toContain(digestOf(LAYER));
    expect(await mirror.target.hasManifest('team/app', digestOf(toImage()))).toBe(false);
    expect(await mirror.target.readTag('team/app', 'v1')).toBeUndefined();
    expect(await findTagPin('v1')).toBeUndefined();
  });

  it('is refused under another digest', async () => {
    await open();
    const put = await putManifest(digestOf('other'), toImage());
    expect([put.status, codeOf(put.text)]).toEqual([400, 'DIGEST_INVALID']);
    expect(put.text).toContain(digestOf(toImage()));
  });

  it.each(['.hidden', `sha512:${'0'.repeat(128)}`])('is refused under %s', async (reference) => {
    await open();
    expect((await putManifest(reference, toImage())).status).toBe(400);
  });

  it('that finds no room gets 507', async () => {
    let isFull = false;
    await open({ reserve: async () => !isFull });
    for (const blob of ['{}', LAYER]) await pushBlob(blob);
    isFull = true;
    expect((await putManifest('v1', toImage())).status).toBe(507);
    expect(await mirror.target.readTag('team/app', 'v1')).toBeUndefined();
  });

  it('of an index takes over the pins of its images', async () => {
    await open();
    for (const blob of ['{}', LAYER]) await pushBlob(blob);
    const child = digestOf(toImage());
    expect((await putManifest(child, toImage())).status).toBe(201);
    expect(await pinnedDigests()).toEqual([child]);
    const manifests = [{ digest: child, size: toImage().length }];
    const index = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests });
    expect((await putManifest('v1', index)).status).toBe(201);
    expect(await pinnedDigests()).toEqual([]);
    expect(await findTagPin('v1')).toMatchObject({ digest: digestOf(index) });
  });

  it('that refers to another one says so', async () => {
    await open();
    for (const blob of ['{}', LAYER]) await pushBlob(blob);
    const subject = part('some manifest');
    const content = toImage(LAYER, { subject });
    const put = await putManifest(digestOf(content), content);
    expect([put.status, put.headers['oci-subject']]).toEqual([201, subject.digest]);
  });
});

describe('a manifest whose layer is evicted before its pin is there', () => {
  const next = toImage('evicted');

  /** The layer goes as soon as the manifest of the second image is in the store. */
  async function openWithEviction(fetchPart?: MirrorOptions['fetchPart']): Promise<void> {
    await open({
      ...(fetchPart && { fetchPart }),
      alterTarget: (target) => ({
        ...target,
        async storeBlob(digest, ...more) {
          await target.storeBlob(digest, ...more);
          if (digest === digestOf(next)) await rm(blobFile(mirror.root, digestOf('evicted')));
        },
      }),
    });
  }

  async function expectUnchanged(first: string): Promise<void> {
    expect(await mirror.target.readTag('team/app', 'v1')).toBe(first);
    expect(await findTagPin('v1')).toMatchObject({ digest: first });
    expect(await mirror.target.hasManifest('team/app', digestOf(next))).toBe(false);
    expect(await pinnedDigests()).toEqual([]);
  }

  it('is refused where nobody gives the layer again, and tag and pin stay', async () => {
    await openWithEviction();
    const first = await pushImage('v1');
    await pushBlob('evicted');
    const put = await putManifest('v1', next);
    expect([put.status, codeOf(put.text)]).toEqual([400, 'MANIFEST_BLOB_UNKNOWN']);
    await expectUnchanged(first);
  });

  it('gets 507 where it happens each time, and tag and pin stay', async () => {
    const fetched: string[] = [];
    await openWithEviction(async (repository, digest) => {
      fetched.push(digest);
      await putPart(mirror.target, repository, 'layer', digest, 'evicted');
      return undefined;
    });
    const first = await pushImage('v1');
    await pushBlob('evicted');
    expect((await putManifest('v1', next)).status).toBe(507);
    expect(fetched).toEqual([digestOf('evicted'), digestOf('evicted')]);
    await expectUnchanged(first);
  });

  it('leaves a pin of its digest that was there before', async () => {
    await openWithEviction();
    const at = { upstreamId: 'quay.test', repository: 'team/app', digest: digestOf(next) };
    const pin = { ...at, why: 'pin', by: 'operator', since: '2026-11-30T02:00:00.000Z' } as const;
    await addPin(mirror.root, pin);
    for (const blob of ['{}', 'evicted']) await pushBlob(blob);
    expect((await putManifest(digestOf(next), next)).status).toBe(400);
    expect(await listDigestPins(mirror.root, 'quay.test', 'team/app')).toEqual([pin]);
  });
});

describe('a deletion', () => {
  it('of a tag takes the tag and its pin, and leaves the image', async () => {
    await open();
    const digest = await pushImage('v1');
    expect((await ask('DELETE', '/v2/team/app/manifests/v1')).status).toBe(202);
    expect(await mirror.target.readTag('team/app', 'v1')).toBeUndefined();
    expect(await findTagPin('v1')).toBeUndefined();
    expect(await mirror.target.hasManifest('team/app', digest)).toBe(true);
    expect((await ask('DELETE', '/v2/team/app/manifests/v1')).status).toBe(404);
  });

  it('of a digest takes all its tags, and the pins of what refers to it', async () => {
    await open();
    const digest = await pushImage('v1');
    await pushImage('v2');
    const other = await pushImage('v3', 'another layer');
    const signature = toImage(LAYER, { subject: { digest, size: toImage().length } });
    expect((await putManifest(digestOf(signature), signature)).status).toBe(201);
    expect((await ask('DELETE', `/v2/team/app/manifests/${digest}`)).status).toBe(202);
    expect(await mirror.target.listTags('team/app')).toEqual(['v3']);
    expect(await pinnedDigests()).toEqual([]);
    expect(await findTagPin('v2')).toBeUndefined();
    expect(await findTagPin('v3')).toMatchObject({ digest: other });
    expect(await mirror.target.hasManifest('team/app', digest)).toBe(false);
  });

  it('of what is not here is 404', async () => {
    await open();
    const paths = ['v1', digestOf('x')].map((one) => `/v2/team/app/manifests/${one}`);
    for (const path of paths) expect((await ask('DELETE', path)).status).toBe(404);
  });
});

it.each([
  ['GET', '/v2/team/app/manifests/v1', 405],
  ['DELETE', `/v2/team/app/blobs/${digestOf(LAYER)}`, 405],
  ['GET', '/v2/team/app/tags/list', 405],
  ['PUT', '/v2/team/APP/manifests/v1', 404],
  ['POST', '/v2/', 404],
])('%s %s is %i: pulls go elsewhere', async (method, path, status) => {
  await open();
  expect((await ask(method, path)).status).toBe(status);
});
