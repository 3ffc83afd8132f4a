import { dirname, join } from 'node:path';
import { repositoryDir, revisionLinkDir } from '@registry-cache/domain';
import { hasLink, readLink, touchDirectory, writeLink } from './link-file.ts';

/** The revision links: each lets one repository serve one manifest. */
export interface RevisionStore {
  has(upstreamId: string, repository: string, digest: string): Promise<boolean>;
  /**
   * Whether egress let the manifest in. A push or an import writes links of the time 0, and no rule
   * has looked at what they bring.
   */
  hasEntered(upstreamId: string, repository: string, digest: string): Promise<boolean>;
  link(upstreamId: string, repository: string, digest: string): Promise<void>;
}

export function openRevisionStore(root: string): RevisionStore {
  const file = (upstreamId: string, repository: string, digest: string) =>
    join(revisionLinkDir(repositoryDir(root, upstreamId, repository), digest), 'link');
  return {
    has: (...place) => hasLink(file(...place)),
    async hasEntered(...place) {
      return ((await readLink(file(...place)))?.mtimeMs ?? 0) > 0;
    },
    async link(upstreamId, repository, digest) {
      const link = file(upstreamId, repository, digest);
      await writeLink(link, digest);
      await touchDirectory(dirname(dirname(link)));
    },
  };
}
