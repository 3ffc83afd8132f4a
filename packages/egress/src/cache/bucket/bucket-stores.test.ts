import type { UploadTask } from '@registry-cache/bucket';
import { expect, test } from 'vitest';
import type { BucketReader } from './bucket-reader.ts';
import { type BucketStores, withBucketStores } from './bucket-stores.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

/** Links a layer, and returns what then waits for the bucket. */
async function link(
  reader: { readonly isOfPeer: boolean; readonly isWrong: boolean },
  isForPeers = false,
): Promise<UploadTask[]> {
  const queued: UploadTask[] = [];
  const local = { store: { linkLayer: async () => undefined } } as unknown as BucketStores;
  const { store } = withBucketStores(local, {
    reader: {
      takeFromPeer: () => reader.isOfPeer,
      isWrong: () => reader.isWrong,
    } as unknown as BucketReader,
    isForPeers,
    enqueue: async (task) => void queued.push(task),
    hasRules: () => false,
    onNotStored: () => expect.unreachable(),
  });
  await store.linkLayer('up', 'team/app', DIGEST);
  return queued;
}

const TASK = { kind: 'layer', upstreamId: 'up', repository: 'team/app', digest: DIGEST };

test('a layer of a peer is sent to the bucket by that peer alone', async () => {
  expect(await link({ isOfPeer: true, isWrong: false })).toEqual([]);
  expect(await link({ isOfPeer: true, isWrong: false }, true)).toEqual([TASK]);
  expect(await link({ isOfPeer: false, isWrong: false })).toEqual([TASK]);
});

test('a layer of a peer is sent to the bucket where the bucket had wrong bytes', async () => {
  expect(await link({ isOfPeer: true, isWrong: true })).toEqual([TASK]);
});
