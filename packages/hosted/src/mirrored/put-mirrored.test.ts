import { rm } from 'node:fs/promises';
import { blobFile } from '@registry-cache/domain';
import { addPin, findPin, listDigestPins } from '@registry-cache/pins';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  digestOf,
  type MirrorOptions,
  type OpenMirror,
  openMirror,
} from '../testing/open-mirror.ts';
import { codeOf, createPushClient, toImage } from '../testing/push-client.ts';
import { putPart } from '../testing/put-part.ts';

let stack: AsyncDisposableStack;
let mirror: OpenMirror;

beforeEach(() => {
  stack = new AsyncDisposableStack();
});

afterEach(() => stack.disposeAsync());

const open = async (options?: MirrorOptions) => {
  mirror = await openMirror(stack, options);
};
const { pushBlob, putManifest, pushImage } = createPushClient(() => mirror);

const findTagPin = (tag: string) => findPin(mirror.root, 'quay.test', 'team/app', tag);
const pinnedDigests = async () =>
  (await listDigestPins(mirror.root, 'quay.test', 'team/app')).map(({ digest }) => digest);

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
