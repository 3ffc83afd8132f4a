import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { BundleContents } from '@registry-cache/bundle';
import { OCI_MANIFEST } from '@registry-cache/domain';
import { listenOnSocket } from '@registry-cache/runtime';
import { expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../../testing/distribution-store.ts';
import { OurStore } from '../../testing/our-store.ts';
import { createFolder } from '../../testing/run-program.ts';
import { findInBundleOrStore } from './find-blob.ts';
import { pushHosted } from './push-hosted.ts';

it('pushes a layer that a delta leaves out from the blobs of the cache', async () => {
  const folder = createFolder();
  const store = new OurStore(join(folder, 'store'));
  store.addImage('quay.io', 'team/base', 'v1', ['base']);
  const { socket, pushed } = await startWorker(folder);
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST });
  const digest = digestOf(manifest);
  const contents: BundleContents = {
    place: 'delta',
    images: [],
    findBlob: (wanted) =>
      wanted === digest
        ? { sizeBytes: manifest.length, stream: () => [Buffer.from(manifest)] }
        : undefined,
  };
  const layer = { digest: digestOf('base'), sizeBytes: 4, isOptional: false };
  const image = { name: undefined, label: 'apps/app:1', digest, missingPlatforms: undefined };
  const parsed = { mediaType: OCI_MANIFEST, artifactType: undefined, children: [], blobs: [layer] };
  const taken = await pushHosted(
    { name: 'apps/app:1', repository: 'apps/app', reference: '1', image },
    {
      manifests: [{ ...parsed, subject: undefined, digest, sizeBytes: manifest.length }],
      blobs: [layer],
    },
    {
      findBlob: findInBundleOrStore(contents, store.root),
      socket,
      onRead: () => undefined,
      signal: AbortSignal.timeout(10_000),
    },
  );
  expect(taken).toEqual({ outcome: 'imported', newBytes: 4 + manifest.length });
  expect(pushed).toEqual([
    [`/v2/apps/app/blobs/uploads/1?digest=${layer.digest}`, 'base'],
    [`/v2/apps/app/manifests/${digest}`, manifest],
    ['/v2/apps/app/manifests/1', manifest],
  ]);
});

/** A worker that has nothing, and takes everything. */
async function startWorker(folder: string) {
  const pushed: (readonly [path: string | undefined, content: string])[] = [];
  const server = createServer(async ({ method, url }, response) => {
    const content = await text(response.req);
    if (method === 'PUT') pushed.push([url, content]);
    const status = { HEAD: 404, POST: 202 }[method ?? ''] ?? 201;
    response.writeHead(status, { location: `${url}1` }).end();
  });
  const socket = join(folder, 'hosted.sock');
  await listenOnSocket(server, { path: socket, mode: 0o600 });
  onTestFinished(() => void server.close());
  return { socket, pushed };
}
