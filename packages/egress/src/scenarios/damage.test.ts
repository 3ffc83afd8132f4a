import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  blobFile,
  layerLinkDir,
  repositoryDir,
  revisionLinkDir,
  tagCurrentLink,
} from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { BLOB, DIGEST, PATH, serveBlob } from '../testing/blob-origin.ts';
import { type EgressFixture, startFixture } from '../testing/egress-fixture.ts';
import { startOrigin } from '../testing/origin.ts';
import { digestOf } from '../wire/http/digest.ts';

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';

const jsonOf = (value: object) => Buffer.from(JSON.stringify({ schemaVersion: 2, ...value }));
const manifestOf = (size: number, digest = DIGEST) =>
  jsonOf({ mediaType: MANIFEST_TYPE, layers: [{ digest, size }] });

async function put(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

/** A store with BLOB and manifests that name it; the last one has the tag `v1`. */
async function fill({ dir }: EgressFixture, ...manifests: Buffer[]): Promise<void> {
  const root = join(dir, 'store');
  const place = repositoryDir(root, 'up', 'team/app');
  await put(blobFile(root, DIGEST), BLOB);
  await put(join(layerLinkDir(place, DIGEST), 'link'), DIGEST);
  for (const bytes of manifests) {
    const digest = digestOf(bytes);
    await put(blobFile(root, digest), bytes);
    await put(join(revisionLinkDir(place, digest), 'link'), digest);
    await put(tagCurrentLink(place, 'v1'), digest);
  }
}

const damage = ({ dir }: EgressFixture, bytes = 1000) =>
  truncate(blobFile(join(dir, 'store'), DIGEST), bytes);

const damaged = async (egress: EgressFixture) =>
  /damaged_blobs_total{upstream="up.example.com"} (\d+)/.exec(
    (await egress.ask('/metrics', { over: 'socket' })).body,
  )?.[1];

test.each([
  ['a manifest', [manifestOf(BLOB.length)]],
  [
    'an index of it',
    [
      manifestOf(BLOB.length),
      jsonOf({
        mediaType: INDEX_TYPE,
        manifests: [
          { digest: digestOf(manifestOf(BLOB.length)), size: manifestOf(BLOB.length).length },
        ],
      }),
    ],
  ],
])('a truncated layer is fetched anew after a request for %s', async (_what, manifests) => {
  await using origin = await startOrigin((seen, response) => serveBlob(seen, response));
  await using egress = await startFixture(origin.url);
  await fill(egress, ...manifests);
  await damage(egress);
  const head = await egress.ask('/v2/team/app/manifests/v1', { method: 'HEAD' });
  expect([head.status, head.headers['x-cache']]).toEqual([200, 'HIT']);
  const got = await egress.ask(PATH);
  expect([got.status, got.body === BLOB.toString()]).toEqual([200, true]);
  expect(await damaged(egress)).toBe('1');
  await expect
    .poll(() => readFile(blobFile(join(egress.dir, 'store'), DIGEST)).catch(() => undefined))
    .toEqual(BLOB);
});

test('a manifest with a wrong size removes no blob', async () => {
  await using origin = await startOrigin((seen, response) => serveBlob(seen, response));
  await using egress = await startFixture(origin.url);
  await fill(egress, manifestOf(5));
  await egress.ask('/v2/team/app/manifests/v1');
  expect((await egress.ask(PATH)).body).toBe(BLOB.toString());
  expect([origin.seen, await damaged(egress)]).toEqual([[], undefined]);
});

test('an empty blob is fetched anew, and linked for no other repository before', async () => {
  await using origin = await startOrigin((seen, response) => serveBlob(seen, response));
  await using egress = await startFixture(origin.url);
  await fill(egress);
  await damage(egress, 0);
  expect((await egress.ask(PATH)).body).toBe(BLOB.toString());
});

test('a truncated blob is not served to another repository, since the upstream names its size', async () => {
  await using origin = await startOrigin((seen, response) => serveBlob(seen, response));
  await using egress = await startFixture(origin.url);
  await fill(egress);
  await damage(egress);
  const got = await egress.ask(PATH.replace('team/app', 'other/app'));
  expect(got.body).toBe(BLOB.toString());
  expect(await damaged(egress)).toBe('1');
});

test('a manifest with wrong bytes is fetched anew', async () => {
  const bytes = manifestOf(BLOB.length);
  await using origin = await startOrigin((_seen, response) => {
    response.writeHead(200, {
      'content-type': MANIFEST_TYPE,
      'docker-content-digest': digestOf(bytes),
    });
    response.end(bytes);
  });
  await using egress = await startFixture(origin.url);
  await fill(egress, bytes);
  const file = blobFile(join(egress.dir, 'store'), digestOf(bytes));
  await writeFile(file, bytes.toString().replace('300000', '300001'));
  expect((await egress.ask('/v2/team/app/manifests/v1')).body).toBe(bytes.toString());
  expect(await readFile(file)).toEqual(bytes);
});
