import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startCdn } from './cdn.ts';
import { createHttpClient } from './http-client.ts';
import { digestOf } from './images/content.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

test('only signed URLs are served, also with ranges, and a leaked header is recorded', async () => {
  await using folder = await makeTemporaryFolder('cdn');
  const digest = digestOf(Buffer.from('hello'));
  const hex = digest.slice(7);
  const blobDir = join(folder.path, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex);
  await mkdir(blobDir, { recursive: true });
  await writeFile(join(blobDir, 'data'), 'hello');
  await using cdn = await startCdn({ storageDir: folder.path });
  await using client = createHttpClient({ url: cdn.url });

  const url = cdn.signedUrl(digest);
  expect((await client.get(url)).text()).toBe('hello');
  const part = await client.get(url, { headers: { range: 'bytes=1-3', authorization: 'x' } });
  expect([part.status, part.text()]).toEqual([206, 'ell']);
  expect((await client.get(url, { headers: { range: 'bytes=5-' } })).status).toBe(416);
  expect((await client.get(`/blob/${digest}?signature=00`)).status).toBe(403);
  cdn.expireSignatures();
  expect((await client.get(url)).status).toBe(403);
  expect(cdn.seen.map(({ authorization }) => authorization)).toEqual([
    undefined,
    'x',
    undefined,
    undefined,
    undefined,
  ]);
});
