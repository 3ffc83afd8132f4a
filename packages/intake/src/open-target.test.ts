import { mkdtemp, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layerLinkDir, repositoryDir } from '@registry-cache/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTarget } from './open-target.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'target-'));
});

afterEach(() => rm(root, { recursive: true }));

test('the link of a brought layer has the time 0, and one of egress keeps its own', async () => {
  const target = openTarget(root, 'up');
  const link = join(layerLinkDir(repositoryDir(root, 'up', 'team/app'), DIGEST), 'link');
  await target.linkLayer('team/app', DIGEST);
  expect((await stat(link)).mtimeMs).toBe(0);
  await utimes(link, 1000, 1000);
  await target.linkLayer('team/app', DIGEST);
  expect((await stat(link)).mtimeMs).toBe(1_000_000);
});
