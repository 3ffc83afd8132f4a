import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { repositoryDir, revisionsDir, tagsDir } from '@registry-cache/domain';
import { expect, onTestFinished, test } from 'vitest';
import { openRevisionStore } from './manifests.ts';
import { openTagStore } from './tags.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const PLACE = { upstreamId: 'up', repository: 'team/app' };

/** The catalog of the store looks again when the change time of these directories is new. */
test('every write of a tag and of a revision changes the time of the directory of all', async () => {
  const root = await mkdtemp(join(tmpdir(), 'registry-cache-touched-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const directory = repositoryDir(root, PLACE.upstreamId, PLACE.repository);
  const tags = openTagStore(root);
  const revisions = openRevisionStore(root);
  const writes: [string, () => Promise<void>][] = [
    [
      tagsDir(directory),
      () => tags.write({ ...PLACE, tag: 'v1' }, { digest: DIGEST, confirmedAtMs: 1_000 }),
    ],
    [
      join(revisionsDir(directory), 'sha256'),
      () => revisions.link(PLACE.upstreamId, PLACE.repository, DIGEST),
    ],
  ];
  for (const [changed, write] of writes) {
    await write();
    const { ctimeMs } = await stat(changed);
    await setTimeout(20);
    await write();
    expect((await stat(changed)).ctimeMs).toBeGreaterThan(ctimeMs);
  }
});
