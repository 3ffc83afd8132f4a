import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { INTERNAL_HEADERS, MAX_MANIFEST_PARTS } from '@registry-cache/domain';
import { findPin, listDigestPins } from '@registry-cache/pins';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MOST_UPLOADS } from '../store/begun-uploads.ts';
import { stagingRepository } from '../store/staging.ts';
import {
  digestOf,
  type MirrorOptions,
  type OpenMirror,
  openMirror,
} from '../testing/open-mirror.ts';
import { codeOf, createPushClient, LAYER, part, toImage, toIndex } from '../testing/push-client.ts';

const UPLOADS = '/v2/team/app/blobs/uploads/';
let stack: AsyncDisposableStack;
let mirror: OpenMirror;

beforeEach(() => {
  stack = new AsyncDisposableStack();
});

afterEach(() => stack.disposeAsync());

const open = async (options?: MirrorOptions) => {
  mirror = await openMirror(stack, options);
};
const { ask, pushBlob, putManifest, pushImage } = createPushClient(() => mirror);

async function startUpload(): Promise<string> {
  const { status, headers } = await ask('POST', UPLOADS);
  expect(status).toBe(202);
  return String(headers.location);
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

  it('beyond the most of a user gets 429, until another one of them ends', async () => {
    await open();
    const locations = await Promise.all(Array.from({ length: MOST_UPLOADS }, startUpload));
    const more = await mirror.ask('POST', '/v2/apps/team/app/blobs/uploads/');
    expect([more.status, codeOf(more.text)]).toEqual([429, 'TOOMANYREQUESTS']);
    expect(more.headers['retry-after']).toBe('60');
    expect((await ask('DELETE', String(locations[0]))).status).toBe(204);
    const put = await ask('PUT', `${locations[1]}?digest=${digestOf(LAYER)}`, LAYER);
    expect(put.status).toBe(201);
    for (const status of [202, 202, 429]) expect((await ask('POST', UPLOADS)).status).toBe(status);
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

  it.each([
    ["an upstream's name", 'quay.test', '/v2/team/app/manifests/v1'],
    ['a hosted registry', undefined, '/v2/apps/team/app/manifests/v1'],
  ])('with more than 2000 parts is refused in %s', async (_name, upstreamId, path) => {
    await open();
    const many = Array.from({ length: MAX_MANIFEST_PARTS + 1 }, (_, at) => `${at}`);
    const body = toIndex(...many);
    const put = await mirror.ask('PUT', path, { ...(upstreamId && { upstreamId }), body });
    expect([put.status, codeOf(put.text)]).toEqual([400, 'MANIFEST_INVALID']);
    expect(put.text).toContain('at most 2000 parts, and this one names 2001');
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
    const index = toIndex(toImage());
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
