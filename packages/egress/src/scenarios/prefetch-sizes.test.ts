import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { blobFile } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { BLOB_OPTIONS, startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { LARGE, LARGE_DIGEST } from '../testing/large-blob.ts';
import { startOrigin } from '../testing/origin.ts';

const TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** Sends a layer slowly in chunks; the image's manifest names its size. */
function startChunked(size: number) {
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: TYPE,
    layers: [{ digest: LARGE_DIGEST, size }],
  });
  return startOrigin(async (seen, response) => {
    if (seen.url.includes('/manifests/')) {
      response.writeHead(200, { 'content-type': TYPE });
      return void response.end(manifest);
    }
    response.writeHead(200);
    for (let start = 0; start < LARGE.length && !response.destroyed; start += 1_000_000) {
      response.write(LARGE.subarray(start, start + 1_000_000));
      await sleep(100);
    }
    response.end();
  });
}

test.each([
  ['is fetched without a reader up to the size in the manifest', LARGE.length, true],
  ['ends without a reader beyond the size in the manifest', 2_000_000, false],
])('a layer without a length %s', async (_what, size, isStored) => {
  await using origin = await startChunked(size);
  const upstreams = [upstreamAt(origin.url, { prefetchMaxBytes: 1e9 })];
  const blobs = { ...BLOB_OPTIONS, unreadMs: 200 };
  await using egress = await startFixture(origin.url, { options: { upstreams, blobs } });
  expect((await egress.ask('/v2/team/app/manifests/v1')).status).toBe(200);
  const ended = () => egress.log.find(({ msg }) => msg === 'blob fetched')?.outcome;
  await expect.poll(ended, { timeout: 10_000 }).toBe(isStored ? 'stored' : 'failed');
  const file = blobFile(join(egress.dir, 'store'), LARGE_DIGEST);
  const bytes = await readFile(file).catch(() => undefined);
  expect(bytes?.equals(LARGE) === true).toBe(isStored);
});
