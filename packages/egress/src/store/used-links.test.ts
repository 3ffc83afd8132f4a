import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { blobFile, layerLinkDir, repositoryDir, revisionLinkDir } from '@registry-cache/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openContentStore } from './content-store.ts';
import { openRevisionStore } from './manifests.ts';
import { listUsedLinks } from './used-links.ts';

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}`;
const [FETCHED, BROUGHT, FETCHED_MANIFEST, BROUGHT_MANIFEST] = [...'abcd'].map(digestOf) as [
  string,
  string,
  string,
  string,
];
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'used-links-'));
});

afterEach(() => rm(root, { recursive: true }));

async function write(file: string, text: string, time?: Date) {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  if (time !== undefined) await utimes(file, time, time);
}

test('neither layers nor manifests of an import are listed for the bucket', async () => {
  const directory = repositoryDir(root, 'up', 'team/app');
  for (const digest of [FETCHED, BROUGHT, FETCHED_MANIFEST, BROUGHT_MANIFEST]) {
    await write(blobFile(root, digest), 'content');
  }
  const revisions = openRevisionStore(root);
  await openContentStore(root).linkLayer('up', 'team/app', FETCHED);
  await revisions.link('up', 'team/app', FETCHED_MANIFEST);
  await write(join(layerLinkDir(directory, BROUGHT), 'link'), BROUGHT, new Date(0));
  const manifest = join(revisionLinkDir(directory, BROUGHT_MANIFEST), 'link');
  await write(manifest, BROUGHT_MANIFEST, new Date(0));

  const tags = { read: async () => undefined };
  const deps = { storeRoot: root, upstreamIds: ['up'], tags, revisions, sinceMs: 0 };
  const found = [];
  for await (const link of listUsedLinks(deps)) found.push(link);
  expect(found).toMatchObject([
    { kind: 'layer', digest: FETCHED },
    { kind: 'revision', digest: FETCHED_MANIFEST },
  ]);
});
