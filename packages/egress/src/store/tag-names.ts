import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isTag, repositoryDir, tagsDir } from '@registry-cache/domain';

/** How many links are checked at once. */
const BATCH = 100;

/** The stored tags of a repository, in no order; empty for an unknown repository. */
export async function listTagNames(
  root: string,
  upstreamId: string,
  repository: string,
): Promise<string[]> {
  const directory = tagsDir(repositoryDir(root, upstreamId, repository));
  const names = (await readdir(directory).catch(() => [])).filter(isTag);
  const found: string[] = [];
  for (let start = 0; start < names.length; start += BATCH) {
    const batch = names.slice(start, start + BATCH);
    const links = batch.map((tag) => stat(join(directory, tag, 'current', 'link')));
    const outcomes = await Promise.allSettled(links);
    // The cleaner will remove a directory without a link.
    found.push(...batch.filter((_, index) => outcomes[index]?.status === 'fulfilled'));
  }
  return found;
}
