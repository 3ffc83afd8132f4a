import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isTag, repositoryDir, tagsDir } from '@registry-cache/domain';

/** So many links are looked at together. */
const BATCH = 100;

/** The tags of a repository that name something here, in no order; none where it is not known. */
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
    // A directory alone is a rest that the cleaner will remove.
    found.push(...batch.filter((_, index) => outcomes[index]?.status === 'fulfilled'));
  }
  return found;
}
