import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf, type OpenMirror, openMirror } from '../testing/open-mirror.ts';
import { codeOf, LAYER, part, toImage, toIndex } from '../testing/push-client.ts';

/** Ann may name everything, bob nothing that he has not sent. */
const rights = {
  mayNamePart: async (caller: { user?: string | undefined } | undefined) => caller?.user === 'ann',
};

let stack: AsyncDisposableStack;
let mirror: OpenMirror;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  mirror = await openMirror(stack, { rights });
});

afterEach(() => stack.disposeAsync());

describe.each([
  ["an upstream's name", { upstreamId: 'quay.test' }, '/v2/team/app'],
  ['a hosted registry', {}, '/v2/apps/team/app'],
])('in %s', (_name, to, repository) => {
  const ask = (user: string, method: string, path: string, body?: string) =>
    mirror.ask(method, `${repository}/${path}`, {
      ...to,
      user,
      ...(body !== undefined && { body }),
    });

  async function pushBlob(user: string, bytes: string): Promise<void> {
    const path = `blobs/uploads/?digest=${digestOf(bytes)}`;
    expect((await ask(user, 'POST', path, bytes)).status).toBe(201);
  }

  const pushBlobs = async (user: string) => {
    for (const bytes of ['{}', LAYER]) await pushBlob(user, bytes);
  };

  async function expectRefused(user: string, manifest: string, ...missing: string[]) {
    const put = await ask(user, 'PUT', 'manifests/mine', manifest);
    expect([put.status, codeOf(put.text)]).toEqual([400, 'MANIFEST_BLOB_UNKNOWN']);
    for (const bytes of missing) {
      const why = 'this client has not pushed it, and may not pull it';
      expect(put.text).toContain(`${digestOf(bytes)}: ${why}`);
    }
  }

  const put = async (user: string, reference: string, manifest: string) =>
    (await ask(user, 'PUT', `manifests/${reference}`, manifest)).status;

  it('a manifest names what its client has sent, and not what others have', async () => {
    await pushBlobs('ann');
    await expectRefused('bob', toImage(), '{}', LAYER);
    await pushBlob('bob', '{}');
    await expectRefused('bob', toImage(), LAYER);
    await pushBlob('bob', LAYER);
    expect(await put('bob', 'mine', toImage())).toBe(201);
  });

  it('a manifest names what its client may pull', async () => {
    await pushBlobs('bob');
    expect(await put('ann', 'v1', toImage())).toBe(201);
  });

  it('an index names manifests that its client has sent', async () => {
    await pushBlobs('bob');
    expect(await put('bob', digestOf(toImage()), toImage())).toBe(201);
    await expectRefused('eve', toIndex(toImage()), toImage());
    expect(await put('bob', 'mine', toIndex(toImage()))).toBe(201);
  });

  it.each([
    ['beside the layers, without a size', { manifests: [{ digest: digestOf(LAYER) }] }],
    ['that other places have', { layers: [{ ...part(LAYER), urls: ['https://example.com/'] }] }],
  ])('a part %s is a part', async (_what, more) => {
    await pushBlobs('ann');
    await pushBlob('bob', '{}');
    await expectRefused('bob', toImage('{}', more), LAYER);
  });

  it('a part that the client may not pull is there for it once it was sent', async () => {
    await pushBlobs('ann');
    const look = async () => (await ask('bob', 'HEAD', `blobs/${digestOf(LAYER)}`)).status;
    expect(await look()).toBe(404);
    await pushBlob('bob', LAYER);
    expect(await look()).toBe(200);
  });

  it('a manifest that the client may not pull is there for it once it was sent', async () => {
    const path = `manifests/${digestOf(toImage())}`;
    const look = async () => (await ask('bob', 'HEAD', path)).status;
    await pushBlobs('ann');
    expect(await put('ann', 'v1', toImage())).toBe(201);
    expect(await look()).toBe(404);
    await pushBlobs('bob');
    expect(await put('bob', 'mine', toImage())).toBe(201);
    expect(await look()).toBe(200);
  });
});

it("a part that was sent into an upstream's name is told by its size and type", async () => {
  const to = { upstreamId: 'quay.test', user: 'bob' };
  for (const body of ['{}', LAYER]) {
    const path = `/v2/team/app/blobs/uploads/?digest=${digestOf(body)}`;
    expect((await mirror.ask('POST', path, { ...to, body })).status).toBe(201);
  }
  const path = `/v2/team/app/manifests/${digestOf(toImage())}`;
  expect((await mirror.ask('PUT', path, { ...to, body: toImage() })).status).toBe(201);
  const manifest = await mirror.ask('HEAD', path, to);
  expect(manifest.headers).toMatchObject({
    'content-type': 'application/vnd.oci.image.manifest.v1+json',
    'content-length': String(toImage().length),
    'docker-content-digest': digestOf(toImage()),
  });
  const blob = await mirror.ask('HEAD', `/v2/team/app/blobs/${digestOf(LAYER)}`, to);
  expect(blob.headers['content-length']).toBe(String(LAYER.length));
  const other = await mirror.ask('HEAD', `/v2/team/other/blobs/${digestOf(LAYER)}`, to);
  expect(other.status).toBe(404);
  // The edge names a caller that may not pull. Others never come here.
  const unnamed = await mirror.ask('HEAD', `/v2/team/app/blobs/${digestOf(LAYER)}`, {
    upstreamId: 'quay.test',
  });
  expect(unnamed.status).toBe(404);
});
